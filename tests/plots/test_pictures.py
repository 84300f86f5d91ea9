"""Pictures are judged by what stands in their axes, not by pixels."""

from decimal import Decimal

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from slo_workbench.plots.predicted_window import draw_predicted_window
from slo_workbench.plots.sli_over_time import draw_sli_over_time
from slo_workbench.plots.style import plot_style

DAYS = pd.date_range("2026-03-02", periods=56)


def daily(slis=0.999):
    return pd.DataFrame({"day": DAYS, "sli": np.broadcast_to(slis, 56).copy(), "valid": 1000})


def rolling():
    return pd.DataFrame({"last_day": DAYS[27:], "sli": 0.9985})


def lines_of(ax):
    return {line.get_label(): line for line in ax.get_lines()}


def test_days_windows_and_target_stand_in_the_axes_with_units():
    ax = draw_sli_over_time(daily(), rolling(), window_days=28, target=Decimal("0.998"), title="Good enough")
    lines = lines_of(ax)
    assert len(lines["a day"].get_xdata()) == 56
    assert len(lines["the 28 days up to it"].get_ydata()) == 29
    assert lines["target 99.8 %"].get_ydata()[0] == 0.998
    assert ax.get_title(loc="left") == "Good enough"
    assert ax.yaxis.get_major_formatter()(0.9985, 0) == "99.85 %"
    low, high = ax.get_ylim()
    assert low < 0.998
    assert high > 1


def test_a_terrible_day_does_not_squeeze_the_rest_but_is_named_at_the_edge():
    slis = np.full(56, 0.999)
    slis[20] = 0.40
    ax = draw_sli_over_time(daily(slis), rolling(), window_days=28, target=Decimal("0.998"))
    assert ax.get_ylim()[0] > 0.99
    assert len(lines_of(ax)["a day below the axis"].get_xdata()) == 1
    assert [text.get_text() for text in ax.texts] == ["40 %"]


def test_days_without_data_are_not_drawn_as_good_ones():
    slis = np.full(56, 0.999)
    slis[10:14] = np.nan
    ax = draw_sli_over_time(daily(slis), rolling(), window_days=28)
    assert len(lines_of(ax)["a day"].get_xdata()) == 52


def test_a_short_history_without_window_or_target_is_drawn_all_the_same():
    ax = draw_sli_over_time(daily().head(2), rolling().head(0), window_days=28)
    assert list(lines_of(ax)) == ["a day"]


def test_incidents_are_wide_enough_to_be_seen():
    incidents = pd.DataFrame({"start": [pd.Timestamp("2026-03-10 10:00")], "end": [pd.Timestamp("2026-03-10 10:01")]})
    ax = draw_sli_over_time(daily(), rolling(), window_days=28, incidents=incidents)
    patch = next(patch for patch in ax.patches if patch.get_label() == "stood out")
    assert patch.get_width() > 0.2  # days


@pytest.fixture
def histogram():
    edges = np.linspace(0.99, 1, 21)
    return pd.DataFrame({"sli_from": edges[:-1], "sli_to": edges[1:], "share": np.full(20, 0.05)})


def test_bars_below_the_chosen_target_are_drawn_as_missed(histogram):
    ax = draw_predicted_window(histogram, {"chosen": Decimal("0.995")}, chosen=Decimal("0.995"))
    missed, kept = ax.containers
    assert (missed.get_label(), len(missed)) == ("would miss the target", 10)
    assert (kept.get_label(), len(kept)) == ("would keep it", 10)


def test_every_target_has_a_line_and_a_label_and_one_off_the_axis_says_so(histogram):
    ax = draw_predicted_window(histogram, {"stretch": Decimal("0.999"), "far": Decimal("0.9")})
    assert sorted(text.get_text() for text in ax.texts) == ["far 90 % (off the axis)", "stretch 99.9 %"]
    assert sorted(line.get_xdata()[0] for line in ax.get_lines()) == [0.99, 0.999]


def test_the_style_is_gone_after_the_picture():
    before = mpl.rcParams["axes.grid"], mpl.rcParams["font.size"]
    with plot_style():
        assert mpl.rcParams["axes.titleweight"] == "bold"
    assert (mpl.rcParams["axes.grid"], mpl.rcParams["font.size"]) == before
