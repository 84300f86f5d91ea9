"""Tiers of alerts: published ones to the last digit, a workbook's changes, and every way in which a tier can be wrong."""

from dataclasses import FrozenInstanceError
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slo_workbench.analysis.alert_tier_findings import tier_findings
from slo_workbench.analysis.alert_tiers import IDS, AlertTier, preset_tiers, tier_words, tiers_of
from slo_workbench.document.alerting_model import Alerting, AlertTierSetting
from slo_workbench.errors import UnusableValue

FAST = AlertTier("page-fast", "page", 60, 5, Decimal("14.4"))
THREE_NINES = Decimal("0.999")


def rates(tiers):
    return [str(tier.burn_rate) for tier in tiers]


def codes(findings):
    return [finding.code for finding in findings]


def asked(*settings, preset="workbook", window_days=28):
    return tiers_of(Alerting(preset=preset, tiers=tuple(AlertTierSetting(**setting) for setting in settings)), window_days)


# The Site Reliability Workbook (2018), chapter 5, table 5-8 and the rule below it (30 days); B = f P / W for the others
@pytest.mark.parametrize(
    ("window_days", "expected"),
    [
        (30, ["14.4", "6", "3", "1"]),
        (28, ["13.44", "5.6", "2.8", "1"]),
        (90, ["43.2", "18", "9", "3"]),
        (7, ["3.36", "1.4", "1", "1"]),
    ],
)
def test_the_workbooks_burn_rates_follow_from_the_window(window_days, expected):
    assert rates(preset_tiers("workbook", window_days)) == expected


def test_a_tier_that_would_fire_on_track_is_raised_and_says_by_how_much():
    # 10.71 % at 28 days and 42.86 % at 7 for three days at a burn rate of 1: arithmetic on kubernetes-sigs/kubernetes-mixin issue 382
    for window_days, words in ((28, "0.9333, at which the target is kept; raised to 10.71 %"), (7, "raised to 42.86 %")):
        tier = preset_tiers("workbook", window_days)[3]
        assert words in tier.note
        assert tier.budget_spent_share(window_days) * window_days == pytest.approx(Decimal(3), rel=Decimal("1e-20"))
    assert preset_tiers("workbook", 30)[3].note == ""
    assert [bool(tier.note) for tier in preset_tiers("workbook", 7)] == [False, False, True, True]


# github.com/slok/sloth internal/alert/windows/google-30d.yaml, google-28d.yaml; examples/windows/7d.yaml
@pytest.mark.parametrize(
    ("window_days", "expected"),
    [
        (30, ["14.4", "6", "3", "1"]),
        (28, ["13.44", "5.6", "2.8", "0." + "9" + "3" * 27]),
        (7, ["13.44", "3.5", "1.4", "0.98"]),
    ],
)
def test_sloths_tiers_are_taken_as_they_are_even_below_a_burn_rate_of_one(window_days, expected):
    tiers = preset_tiers("sloth", window_days)
    assert rates(tiers) == expected
    assert {tier.pending_minutes for tier in tiers} == {0}


def test_sloth_has_no_tiers_for_other_windows():
    with pytest.raises(UnusableValue, match="7, 28 and 30 days, not 90"):
        preset_tiers("sloth", 90)


# github.com/pyrra-dev/pyrra slo/slo.go (Windows), in minutes: for, short, long
@pytest.mark.parametrize(
    ("window_days", "expected"),
    [
        (28, [(2, 5, 60), (15, 30, 360), (60, 120, 1440), (180, 360, 5760)]),
        (30, [(2, 5, 64), (16, 32, 386), (64, 129, 1543), (193, 386, 6171)]),
        (7, [(1, 1, 15), (4, 8, 90), (15, 30, 360), (45, 90, 1440)]),
    ],
)
def test_pyrras_windows_change_with_the_slo_window_and_its_factors_do_not(window_days, expected):
    tiers = preset_tiers("pyrra", window_days)
    assert [(tier.pending_minutes, tier.short_minutes, tier.long_minutes) for tier in tiers] == expected
    assert rates(tiers) == ["14", "7", "2", "1"]


def test_pyrras_tiers_spend_these_shares_of_28_days():
    # Pyrra's factors and windows: 14 * 1 h, 7 * 6 h, 2 * 1 d, 1 * 4 d of 28 d
    spent = [tier.budget_spent_share(28) for tier in preset_tiers("pyrra", 28)]
    assert [round(float(share), 4) for share in spent] == [0.0208, 0.0625, 0.0714, 0.1429]


@pytest.mark.parametrize("preset", ["workbook", "sloth", "pyrra"])
def test_tiers_of_all_presets_have_the_same_names(preset):
    assert tuple(tier.id for tier in preset_tiers(preset, 28)) == IDS


@given(st.integers(1, 3660))
def test_the_workbooks_budget_shares_come_back_from_its_burn_rates_for_any_window(window_days):
    for tier, share in zip(preset_tiers("workbook", window_days), ("0.02", "0.05", "0.1", "0.1"), strict=True):
        if tier.note:
            assert tier.burn_rate == 1
        else:
            assert tier.budget_spent_share(window_days) == Decimal(share)


def test_a_tier_is_exact_and_cannot_be_changed():
    assert FAST.bad_share(THREE_NINES) == Fraction(144, 10_000)
    with pytest.raises(FrozenInstanceError):
        FAST.burn_rate = Decimal(1)


# 14.4 used in a week: The Site Reliability Workbook's factor with elastic/kibana issue 170830
def test_a_30_day_factor_in_a_week_spends_more_than_people_think():
    assert round(float(FAST.budget_spent_share(7)), 4) == 0.0857


@pytest.mark.parametrize(
    "changes",
    [
        {"severity": "sms"}, {"burn_rate": 14.4}, {"burn_rate": Decimal(0)}, {"burn_rate": Decimal("NaN")}, {"long_minutes": 0},
        {"short_minutes": -1}, {"pending_minutes": -1},
    ],
)  # fmt: skip
def test_an_impossible_tier_is_refused(changes):
    usual = {"id": "x", "severity": "page", "long_minutes": 60, "short_minutes": 5, "burn_rate": Decimal(2)}
    with pytest.raises(UnusableValue):
        AlertTier(**{**usual, **changes})


@pytest.mark.parametrize("target", [Decimal(1), Decimal(0), 0.999])
def test_a_target_without_a_budget_or_a_binary_one_is_refused(target):
    with pytest.raises(UnusableValue):
        tier_findings(FAST, target=target, window_days=28)


def test_a_window_below_a_day_or_an_unknown_set_is_refused():
    for preset, window_days in (("workbook", 0), ("pyrra", 0), ("google", 28)):
        with pytest.raises(UnusableValue):
            preset_tiers(preset, window_days)


def test_a_setting_changes_only_what_it_names():
    tiers, findings = asked({"id": "page-fast", "pending": "2m", "keep_firing": "10m", "severity": "ticket"})
    assert findings == ()
    assert tiers[0] == AlertTier("page-fast", "ticket", 60, 5, Decimal("13.44"), 2, 10)
    assert tiers[1:] == preset_tiers("workbook", 28)[1:]


def test_a_longer_window_keeps_the_share_of_the_budget_or_in_pyrra_the_burn_rate():
    (fast, *_), _ = asked({"id": "page-fast", "long": "2h"})
    assert (fast.burn_rate, fast.budget_spent_share(28)) == (Decimal("6.72"), Decimal("0.02"))
    (fast, *_), _ = asked({"id": "page-fast", "long": "2h"}, preset="pyrra")
    assert fast.burn_rate == 14


def test_a_share_or_a_burn_rate_of_the_team_is_not_raised():
    tiers, _ = asked({"id": "ticket-slow", "budget_spent": "5%"}, {"id": "ticket-day", "burn_rate": 0.5})
    assert (rates(tiers)[2], round(float(tiers[3].burn_rate), 4), tiers[3].note) == ("0.5", 0.4667, "")


def test_a_burn_rate_of_the_file_is_the_decimal_that_was_written():
    (tier, *_), _ = asked({"id": "page-fast", "burn_rate": 13.44})
    assert tier.bad_share(Decimal("0.99")) == Fraction(1344, 10_000)


def test_tiers_are_switched_off_and_new_ones_come_last():
    new = {"id": "page-now", "severity": "page", "long": "30m", "short": "3m", "budget_spent": "1%"}
    tiers, findings = asked({"id": "ticket-day", "is_on": False}, new)
    assert [tier.id for tier in tiers] == ["page-fast", "page-slow", "ticket-slow", "page-now"]
    assert (rates(tiers)[3], findings) == ("13.44", ())


def test_a_new_tier_says_each_thing_it_lacks_and_the_name_that_may_be_meant():
    tiers, findings = asked({"id": "page-fats", "long": "1h"})
    assert tiers == preset_tiers("workbook", 28)
    assert [(finding.code, finding.where) for finding in findings] == [
        ("alert-tier-lacks", f"alerting.tiers[0].{name}") for name in ("severity", "short", "budget_spent")
    ]
    assert "did you mean 'page-fast'?" in findings[0].hint


def test_a_tier_off_that_is_nowhere_and_an_id_twice_are_told():
    tiers, findings = asked({"id": "page-fst", "is_on": False}, {"id": "page-slow", "long": "8h"}, {"id": "page-slow", "long": "9h"})
    assert codes(findings) == ["alert-tier-unknown", "alert-tier-twice"]
    assert tiers[1].long_minutes == 480


def test_a_preset_without_this_window_leaves_the_teams_own_tiers():
    own = {"id": "page-now", "severity": "page", "long": "30m", "short": "3m", "burn_rate": 10}
    tiers, findings = asked(own, {"id": "page-fast", "pending": "1m"}, preset="sloth", window_days=90)
    assert [tier.id for tier in tiers] == ["page-now"]
    assert [(finding.code, finding.where) for finding in findings] == [("alert-preset-window", "alerting.preset")]


def test_no_budget_spent_is_told_and_leaves_the_preset_as_it_is():
    tiers, findings = asked({"id": "page-fast", "budget_spent": "0"})
    assert (codes(findings), rates(tiers)[0]) == (["alert-tier-budget"], "13.44")


# T > 1 - 1 / B: burn factors and floors from the sources of the presets
@pytest.mark.parametrize(
    ("burn_rate", "floor"),
    [("43.2", "97.69"), ("36", "97.22"), ("16.8", "94.05"), ("14.4", "93.06"), ("14", "92.86"), ("13.44", "92.56"), ("7", "85.71"),
     ("6", "83.33"), ("5.6", "82.14"), ("3", "66.67"), ("2.8", "64.29"), ("2", "50")],
)  # fmt: skip
def test_a_tier_that_can_never_fire_says_from_which_target_on_it_could(burn_rate, floor):
    tier = AlertTier("x", "page", 60, 5, Decimal(burn_rate))
    (finding,) = [one for one in tier_findings(tier, target=Decimal("0.4"), window_days=1000) if one.code == "alert-tier-never"]
    assert f"above {floor} %" in finding.hint
    assert "alert-tier-never" not in codes(tier_findings(tier, target=Decimal("0.98"), window_days=1000))


def test_an_hour_down_at_90_percent_never_fires_the_fast_page():
    # 60 min of the 4,320 allowed in 30 days are 1.39 % of the budget, and it asks for 2 %
    assert codes(tier_findings(FAST, target=Decimal("0.9"), window_days=30)) == ["alert-tier-never"]


def test_a_tier_that_asks_for_exactly_all_events_never_fires_for_it_must_be_exceeded():
    tier = AlertTier("x", "page", 60, 5, Decimal(10))
    assert codes(tier_findings(tier, target=Decimal("0.9"), window_days=30)) == ["alert-tier-never"]
    assert codes(tier_findings(tier, target=Decimal("0.9001"), window_days=30)) == []


def test_a_burn_rate_below_one_is_no_fault_and_one_that_leaves_nothing_comes_too_late():
    slow = preset_tiers("sloth", 28)[3]
    (on_track,) = tier_findings(slow, target=THREE_NINES, window_days=28)
    assert (on_track.code, "10.7 %" in on_track.hint) == ("alert-tier-on-track", True)
    (late,) = tier_findings(AlertTier("x", "ticket", 4320, 360, Decimal(4)), target=THREE_NINES, window_days=7)
    assert late.code == "alert-tier-too-late"
    assert "171 % of the budget" in late.message
    assert "below 2.333" in late.hint


def test_a_long_window_beyond_the_promises_own_is_told():
    beyond = AlertTier("x", "ticket", 8 * 1440, 360, Decimal("0.8"))
    told = {finding.code: finding.message for finding in tier_findings(beyond, target=THREE_NINES, window_days=7)}
    assert told["alert-tier-beyond-window"] == "its long window of 8 d looks further back than the promise, whose window is 7 days"
    assert "alert-tier-beyond-window" not in codes(tier_findings(beyond, target=THREE_NINES, window_days=8))


# The Site Reliability Workbook (2018), chapter 5, low traffic: 1 / 0.0144 = 69.4 requests an hour at 99.9 %, 6.94 at 99 %
@pytest.mark.parametrize(("target", "enough", "needed"), [("0.999", 69.45, "69.4"), ("0.99", 6.95, "6.94")])
def test_one_bad_event_is_enough_below_this_traffic(target, enough, needed):
    (finding,) = tier_findings(FAST, target=Decimal(target), window_days=30, valid_per_hour=enough - 0.02)
    assert (finding.code, f"takes {needed} an hour" in finding.message) == ("alert-tier-one-event", True)
    assert tier_findings(FAST, target=Decimal(target), window_days=30, valid_per_hour=enough) == ()


def test_a_long_window_needs_fewer_events_an_hour():
    (finding,) = tier_findings(AlertTier("x", "page", 360, 30, Decimal(6)), target=THREE_NINES, window_days=30, valid_per_hour=1)
    # 1 / 0.006 = 166.7 events in 6 h
    assert "takes 27.8 an hour" in finding.message


@pytest.mark.parametrize("short_minutes", [0, 60, 61])
def test_a_short_window_of_nothing_or_not_shorter_is_told_with_the_usual_one(short_minutes):
    (finding,) = tier_findings(AlertTier("x", "page", 60, short_minutes, Decimal(2)), target=THREE_NINES, window_days=30)
    assert (finding.code, "5 min" in finding.hint) == ("alert-tier-short-window", True)


def test_pyrras_shortest_windows_vanish_in_short_slo_windows():
    assert codes(tier_findings(preset_tiers("pyrra", 2)[0], target=THREE_NINES, window_days=2)) == ["alert-tier-short-window"]


def test_a_raised_tier_says_so_in_a_note_and_findings_name_their_tier():
    (finding,) = tier_findings(preset_tiers("workbook", 28)[3], target=THREE_NINES, window_days=28)
    assert (finding.code, finding.severity, finding.where) == ("alert-tier-raised", "note", "ticket-slow")


def test_the_words_of_a_tier_say_its_times():
    tier = AlertTier("x", "ticket", 1440, 120, Decimal("2"), pending_minutes=60, keep_firing_minutes=5)
    assert tier_words(tier, 28) == "x (ticket: burn rate above 2 over 1 d and 2 h, for 1 h, kept for 5 min; 7.14 % of the budget)"
