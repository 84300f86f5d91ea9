"""A service cannot promise more than its hard dependencies leave, and independence is not taken for granted."""

from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slo_workbench.analysis.dependency_ceiling import Dependency, ceiling_of, extra_nine, in_parallel, in_series, least_target_of_each
from slo_workbench.errors import UnusableValue

MINUTES_A_YEAR = 365 * 1440
targets = st.decimals("0.5", "0.9999", places=4)


def five_nines(n):
    return [Dependency(f"d{number}", Decimal("0.99999")) for number in range(n)]


# Treynor, Dahlin, Rau, Beyer, "The Calculus of Service Availability", ACM Queue 15(2), 2017: a 99.99 % service has 53 minutes a year;
# five critical dependencies of 99.999 % take 26 of them and leave 27
def test_five_dependencies_of_five_nines_leave_27_of_53_minutes_a_year_to_a_service_of_four_nines():
    ceiling = ceiling_of(five_nines(5))
    assert round(float(1 - ceiling.independent) * MINUTES_A_YEAR) == 26
    # the article rounds 52.56 up to 53 first and says 27
    left_minutes = float(ceiling.budget_left_share(Decimal("0.9999"))) * 0.0001 * MINUTES_A_YEAR
    assert left_minutes == pytest.approx(26.28, abs=0.01)
    assert 53 - round(float(1 - ceiling.independent) * MINUTES_A_YEAR) == 27


# the same article: critical dependencies offer one nine more than the service
def test_the_rule_of_the_extra_nine_is_half_the_budget_shared_by_five():
    assert extra_nine(Decimal("0.9999")) == Decimal("0.99999")
    assert least_target_of_each(Decimal("0.9999"), 5) == Decimal("0.99999")
    assert extra_nine(Decimal("0.995")) == Decimal("0.9995")


def test_series_multiply_and_copies_multiply_what_is_bad_exactly():
    assert in_series(Decimal("0.999"), Decimal("0.995")) == Decimal("0.994005")
    assert in_parallel(Decimal("0.99"), Decimal("0.9")) == Decimal("0.999")
    # twelve times four digits are more than the 28 of the usual context
    assert str(in_series(*[Decimal("0.9999")] * 12)).endswith(str(9999**12)[-10:])


def test_soft_dependencies_do_not_lower_the_ceiling_but_are_named():
    ceiling = ceiling_of([Dependency("payment", Decimal("0.995")), Dependency("mail", Decimal("0.9"), is_hard=False)])
    assert ceiling.independent == Decimal("0.995")
    assert "Left out as soft: mail" in ceiling.sentences[-1]


def test_without_a_hard_dependency_there_is_no_ceiling():
    for dependencies in ([], [Dependency("mail", Decimal("0.9"), is_hard=False)]):
        ceiling = ceiling_of(dependencies)
        assert (ceiling.independent, ceiling.assured) == (1, 1)
        assert ceiling.sentences[0] == "No hard dependency limits what can be promised."
        assert ceiling.findings(Decimal("0.9999")) == ()


def test_copies_lift_the_ceiling_only_as_far_as_they_fail_apart():
    one = ceiling_of([Dependency("database", Decimal("0.99"))])
    two = ceiling_of([Dependency("database", Decimal("0.99"), copies=2)])
    assert (one.independent, two.independent) == (Decimal("0.99"), Decimal("0.9999"))
    assert one.assured == two.assured == Decimal("0.99")
    assert "Independence flatters" in two.sentences[1]
    assert "99 % is left" in two.sentences[1]


def test_a_ceiling_is_never_written_higher_than_it_is():
    # 0.99499... is shown as 99.49 %, not as 99.5 %
    ceiling = ceiling_of([Dependency("payment", Decimal("0.995")), Dependency("database", Decimal("0.999"), copies=2)])
    assert "at most 99.49 % of events" in ceiling.sentences[0]
    assert ceiling_of([Dependency("d", Decimal("0.9"), copies=60)]).sentences[0].count("100 %") == 0


# the worked example's provider promises 99.5 %, and its objective is 99.1 %
def test_an_own_target_above_the_ceiling_is_found_with_what_could_be_done():
    ceiling = ceiling_of([Dependency("payment", Decimal("0.995"))])
    above = ceiling.findings(Decimal("0.999"), where="objectives[2].target")[0]
    assert (above.code, above.severity, above.where) == ("above-the-ceiling", "warning", "objectives[2].target")
    assert "at most 99.5 %" in above.message
    assert "ask of it at least 99.95 %" in above.hint
    near = ceiling.findings(Decimal("0.991"))[0]
    assert near.code == "near-the-ceiling"
    assert "use 56 % of the budget of 99.1 %" in near.message
    assert ceiling.findings(Decimal("0.99")) == ()


def test_the_least_target_rounds_towards_more():
    # a third of 0.05 % is 0.01666... %, so 0.016 % may be bad
    assert least_target_of_each(Decimal("0.999"), 3) == Decimal("0.99984")


@pytest.mark.parametrize("target", [0.999, Decimal(1), Decimal(0), Decimal("99.9")])
def test_a_promise_that_is_no_exact_share_is_refused(target):
    with pytest.raises(UnusableValue, match=r"exact decimal above 0 and below 1"):
        Dependency("payment", target)
    with pytest.raises(UnusableValue, match=r"exact decimal above 0 and below 1"):
        in_series(Decimal("0.9"), target)


def test_a_dependency_listed_twice_is_refused_as_it_would_count_twice():
    with pytest.raises(UnusableValue, match="database is listed twice"):
        ceiling_of([Dependency("database", Decimal("0.99")), Dependency("database", Decimal("0.999"))])


def test_nothing_cannot_be_put_together_and_no_copy_is_no_dependency():
    for put_together in (in_series, in_parallel):
        with pytest.raises(UnusableValue, match="no target"):
            put_together()
    with pytest.raises(UnusableValue, match="at least one copy"):
        Dependency("database", Decimal("0.99"), copies=0)
    with pytest.raises(UnusableValue, match="at least one dependency"):
        least_target_of_each(Decimal("0.99"), 0)


@given(st.lists(targets, min_size=1, max_size=4))
def test_series_and_parallel_are_the_sums_over_all_states_of_up_and_down(shares):
    def chance(state):
        return float(in_order([share if is_up else 1 - share for share, is_up in zip(shares, state, strict=True)]))

    def in_order(factors):
        result = Decimal(1)
        for factor in factors:
            result *= factor
        return result

    states = list(product([True, False], repeat=len(shares)))
    assert float(in_series(*shares)) == pytest.approx(sum(chance(state) for state in states if all(state)))
    assert float(in_parallel(*shares)) == pytest.approx(sum(chance(state) for state in states if any(state)))


@given(st.lists(st.tuples(targets, st.integers(1, 3)), min_size=1, max_size=6))
def test_what_is_assured_never_exceeds_the_ceiling_and_the_ceiling_no_group_of_copies(parts):
    dependencies = [Dependency(str(number), target, copies=copies) for number, (target, copies) in enumerate(parts)]
    ceiling = ceiling_of(dependencies)
    assert ceiling.assured <= ceiling.independent <= min(dependency.together for dependency in dependencies)
    assert ceiling_of(dependencies[::-1]).independent == ceiling.independent


@given(targets, st.integers(1, 40))
def test_dependencies_that_offer_the_least_keep_within_half_the_budget_however_they_coincide(own, n_hard):
    each = least_target_of_each(own, n_hard)
    ceiling = ceiling_of([Dependency(str(number), each) for number in range(n_hard)])
    assert 1 - ceiling.assured <= (1 - own) / 2
    assert ceiling.findings(own) == ()
