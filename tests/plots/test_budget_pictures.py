"""Pictures of the budget are judged by what stands in their axes."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.dates import date2num

from slo_workbench.analysis.budget_over_time import budget_over_time
from slo_workbench.analysis.policy_replay import replay_policy
from slo_workbench.document.model import PolicyClause
from slo_workbench.plots.budget_burn_down import budget_burn_down_alt_text, draw_budget_burn_down
from slo_workbench.plots.policy_calendar import draw_policy_calendar, policy_calendar_alt_text
from slo_workbench.plots.style import plot_style
from slo_workbench.units import Window, parse_share, parse_window


def daily_of(bad, valid=1000):
    days = pd.date_range("2026-03-02", periods=len(bad))
    return pd.DataFrame({"day": days, "valid": valid, "good": valid - np.array(bad)})


def burnt(bad, window="7d", target="99%"):
    chosen = parse_window(window)
    return budget_over_time(daily_of(bad), target=parse_share(target), window=chosen).frame, chosen


def lines_of(ax):
    return {line.get_label(): line for line in ax.get_lines() if not line.get_label().startswith("_")}


def test_what_is_left_of_a_rolling_window_is_one_line_with_units_and_a_name():
    frame, window = burnt([5] * 20)
    ax = draw_budget_burn_down(frame, window=window, title="Half is left")
    line = lines_of(ax)["left of the budget of the 7 days up to then"]
    assert np.asarray(line.get_ydata(), dtype=float) == pytest.approx([0.5] * 14)
    assert ax.get_title(loc="left") == "Half is left"
    assert ax.yaxis.get_major_formatter()(0.5, 0) == "50 %"
    assert [text.get_text() for text in ax.texts] == ["50 % left"]
    assert ax.get_ylim()[0] < 0 < 1 < ax.get_ylim()[1]


def test_an_overspent_budget_is_hatched_and_a_terrible_one_cut_off_and_told():
    frame, window = burnt([0] * 8 + [500] + [0] * 12)
    ax = draw_budget_burn_down(frame, window=window)
    (overspent,) = ax.collections
    assert overspent.get_hatch() == "////"
    assert ax.get_ylim()[0] > -1.1
    assert sorted(text.get_text() for text in ax.texts) == ["100 % left", "down to -614 %"]
    over = draw_budget_burn_down(*burnt([0] * 8 + [100])[:1], window=window)
    assert [text.get_text() for text in over.texts] == ["43 % over"]


def test_calendar_periods_have_two_lines_with_their_names_and_begin_anew():
    frame, window = burnt([5] * 21, "week")
    ax = draw_budget_burn_down(frame, window=window)
    names = {"so far: of what the traffic so far allows", "extrapolated: of the budget expected for the whole week", "nothing left"}
    assert set(lines_of(ax)) == names
    pieces = [line for line in ax.get_lines() if len(line.get_xdata()) == 7]
    assert len(pieces) == 2 * 3


def test_steps_that_cannot_be_judged_are_not_drawn():
    frame, window = burnt([5] * 4 + [0] * 10)
    hole = frame.assign(is_judged=frame["is_judged"] & ~frame.index.isin([9, 10]), left_share=frame["left_share"].where(frame.index != 9))
    ax = draw_budget_burn_down(hole, window=window)
    lengths = [len(line.get_xdata()) for line in ax.get_lines()]
    assert lengths == [3, 3, 2]
    nothing = draw_budget_burn_down(frame.head(3), window=window)
    assert list(lines_of(nothing)) == ["nothing left"]


def test_incidents_within_the_picture_are_marked():
    frame, window = burnt([5] * 20)
    starts = pd.to_datetime(["2026-03-15 10:00", "2025-01-01 10:00"])
    ax = draw_budget_burn_down(frame, window=window, incidents=pd.DataFrame({"start": starts, "end": starts + pd.Timedelta(hours=1)}))
    assert len(lines_of(ax)["an incident"].get_xdata()) == 1


def test_the_alt_text_says_what_the_picture_shows():
    frame, window = burnt([0] * 7 + [35] + [0] * 5)
    assert budget_burn_down_alt_text(frame, window=window) == (
        "Left of the error budget of 7 days from 2026-03-09 to 2026-03-15: 100 % first, 50 % at last, 50 % at the least, at 2026-03-10."
    )
    assert "no step can be judged" in budget_burn_down_alt_text(frame.head(2), window=window)
    month, period = burnt([1] * 40, "month")
    assert "a calendar month, extrapolated to its end," in budget_burn_down_alt_text(month, window=period)


@pytest.fixture
def replayed():
    bad = [0] * 6 + [30] + [0] * 9
    clauses = [PolicyClause(id="look", budget_spent="20%", action="x"), PolicyClause(id="freeze", budget_spent="100%", action="x")]
    targets = {"proposed": parse_share("99%"), "95 %": parse_share("95%")}
    return replay_policy(daily_of(bad), clauses=clauses, targets=targets, window_days=3)


def test_each_target_and_clause_has_a_row_whose_bars_are_its_days(replayed):
    ax = draw_policy_calendar(replayed.calendar, replayed.table, title="A freeze")
    assert [label.get_text() for label in ax.get_yticklabels()] == ["look (20 %)", "freeze (100 %)"] * 2
    assert [text.get_text() for text in ax.texts] == [*["3 of 14 days"] * 3, "0 of 14 days", "proposed: 99 %", "95 %"]
    in_force = [bars for bars in ax.collections if bars.get_hatch()]
    assert len(in_force) == 3
    for bars in in_force:
        (path,) = bars.get_paths()
        days = path.vertices[:, 0]
        assert (days.min(), days.max()) == (date2num(pd.Timestamp("2026-03-08")), date2num(pd.Timestamp("2026-03-11")))
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    assert legend == ["in force", "not in force", "not judged: its window began before the data"]


def test_states_differ_in_more_than_colour(replayed):
    ax = draw_policy_calendar(replayed.calendar, replayed.table)
    looks = {(bars.get_hatch(), tuple(bars.get_facecolor()[0])) for bars in ax.collections}
    assert len(looks) == 3
    assert len({hatch for hatch, _ in looks}) == 2


def test_a_long_title_is_broken_and_a_single_row_is_drawn_too(replayed):
    one = replayed.table.head(1)
    ax = draw_policy_calendar(replayed.calendar, one, title="word " * 30)
    assert all(len(line) <= 66 for line in ax.get_title(loc="left").split("\n"))
    assert len(ax.get_yticks()) == 1


def test_the_alt_text_of_a_calendar_counts_the_days(replayed):
    told = policy_calendar_alt_text(replayed.table)
    assert told.endswith("95 %, look: 3 of 14 days; 95 %, freeze: 0 of 14 days.")


def test_pictures_can_be_written(replayed, tmp_path):
    frame, window = burnt([5] * 20, "month")
    with plot_style():
        draw_budget_burn_down(frame, window=Window(30, "month")).figure.savefig(tmp_path / "a.svg")
        draw_policy_calendar(replayed.calendar, replayed.table).figure.savefig(tmp_path / "b.png")
    assert (tmp_path / "a.svg").stat().st_size > 1000
    assert window.period == "month"
