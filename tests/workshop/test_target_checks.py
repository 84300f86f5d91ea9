"""Check yourself: what holds is told in a line with ✓, what does not is told with what to do."""

import pytest

from slo_workbench.workshop.check_failed import CheckFailed
from slo_workbench.workshop.decisions import decide
from slo_workbench.workshop.target_checks import check_alerts, check_policy, check_promise, check_proposal, check_target

BUY = "buy-availability-28d"


def test_the_worked_example_passes_every_check(workshop):
    checked = (check_target(workshop, BUY), check_promise(workshop, BUY), check_policy(workshop), check_alerts(workshop, BUY))
    assert all(line.startswith("✓ ") for line in checked)
    assert "99.1 % over 28 days is valid" in checked[0]


def test_a_promise_without_a_target_is_told_what_the_history_supports(workshop):
    with pytest.raises(CheckFailed, match=r"browse-availability-28d has no target yet: .*the history supports 9"):
        check_target(workshop, "browse-availability-28d")


@pytest.mark.parametrize(
    ("target", "said"), [("99.99%", "tighter than the history supports: about"), ("90%", "more than 10 times as many bad requests")]
)
def test_a_target_outside_what_the_data_support_is_refused(workshop, target, said):
    decide(workshop.path, "objective", BUY, target=target, reason="A nice number.")
    with pytest.raises(CheckFailed, match=said):
        check_target(workshop, BUY)


def test_a_tight_target_passes_once_it_is_called_aspirational(workshop):
    decide(workshop.path, "objective", BUY, target="99.9%", reason="Buyers ask for it.", ambition="aspirational")
    assert "It is aspirational: about" in check_target(workshop, BUY)
    assert "nobody is called" in check_alerts(workshop, BUY)


def test_a_target_without_a_reason_is_told_so(workshop):
    text = workshop.path.read_text()
    workshop.path.write_text(text.replace("    reason: What the history supports.", "    # What the history supports."))
    with pytest.raises(CheckFailed, match="without a reason"):
        check_target(workshop, BUY)


@pytest.mark.parametrize(("taken_out", "missing"), [("owner: Ticketing team", "no owner"), ("next_review: 2027-05-03", "no next review")])
def test_a_promise_that_nobody_answers_for_is_told_so(workshop, taken_out, missing):
    head, _, tail = workshop.path.read_text().partition(f"  - id: {BUY}")
    workshop.path.write_text(f"{head}  - id: {BUY}{tail.replace(f'    {taken_out}', '    # out', 1)}")
    with pytest.raises(CheckFailed, match=missing):
        check_promise(workshop, BUY)


def test_a_policy_needs_clauses_and_somebody_who_acts(workshop):
    text = workshop.path.read_text()
    workshop.path.write_text(text.replace("      owner: Ticketing team\n      escalation", "      escalation"))
    with pytest.raises(CheckFailed, match="nobody does what freeze asks for"):
        check_policy(workshop)
    workshop.path.write_text(text[: text.index("  clauses:")] + text[text.index("risks:") :])
    with pytest.raises(CheckFailed, match="there is no error budget policy"):
        check_policy(workshop)


def test_alerts_that_can_never_fire_are_told_so(workshop):
    decide(workshop.path, "objective", BUY, target="90%", reason="To see.")
    with pytest.raises(CheckFailed, match="it can never fire"):
        check_alerts(workshop, BUY)


def test_a_proposal_that_is_not_written_or_of_another_day_is_told_so(workshop, tmp_path):
    with pytest.raises(CheckFailed, match="is not written"):
        check_proposal(workshop, BUY, out_dir=str(tmp_path / "out"))
    folder = tmp_path / "out" / "stagedoor" / BUY
    folder.mkdir(parents=True)
    (folder / "result.json").write_text('{"workbook_sha256": "of yesterday"}')
    with pytest.raises(CheckFailed, match=r"workbook\.yaml was changed after"):
        check_proposal(workshop, BUY, out_dir=str(tmp_path / "out"))
