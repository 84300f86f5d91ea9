"""Pictures of rows a day and of times to answer are judged by what stands in their axes."""

import numpy as np
import pandas as pd
import pytest

from slo_workbench.plots.date_axis import date_axis
from slo_workbench.plots.latency_curve import draw_latency_curve, latency_curve_alt_text
from slo_workbench.plots.rows_by_day import draw_rows_by_day, rows_by_day_alt_text
from slo_workbench.plots.style import axes_of, plot_style

DAYS = pd.DataFrame({"day": pd.date_range("2026-03-02", periods=5), "n_rows": [900, 1100, 0, 1000, 1000]})
GAPS = pd.DataFrame(
    {"start": pd.to_datetime(["2026-03-04 00:00", "2026-03-06 10:00"]), "end": pd.to_datetime(["2026-03-05 00:00", "2026-03-06 10:12"])}
)
CURVE = pd.DataFrame(
    {"threshold_ms": [100.0, 300.0, 1000.0, 3000.0], "good_share": [0.2, 0.6, 0.9, 0.99], "worst_window_share": [0.1, 0.5, 0.8, 0.97]}
)


def labels(ax):
    return ax.get_legend_handles_labels()[1]


def test_rows_a_day_are_bars_and_gaps_are_hatched_even_short_ones():
    with plot_style():
        ax = draw_rows_by_day(DAYS, GAPS, title="2 stretches")
    assert [bar.get_height() for bar in ax.containers[0]] == DAYS["n_rows"].tolist()
    bands = [patch for patch in ax.patches if patch.get_hatch()]
    assert len(bands) == 2
    assert min(band.get_width() for band in bands) > 5 * 0.003
    assert ax.get_ylabel() == "rows"
    assert labels(ax).count("no data") == 1


def test_without_gaps_nobody_is_told_of_any():
    with plot_style():
        assert labels(draw_rows_by_day(DAYS, GAPS.head(0))) == ["rows a day"]
    assert rows_by_day_alt_text(DAYS, GAPS).endswith("between 0 and 1,100 a day; 2 stretches without data.")


def test_a_curve_names_its_log_scale_and_marks_thresholds_with_their_shares():
    with plot_style():
        ax = draw_latency_curve(CURVE, thresholds_ms=[1000, 300], knee_ms=300.0, event="request", title="90 % within 1 s")
    assert ax.get_xscale() == "log"
    assert "log scale" in ax.get_xlabel()
    upright = [float(line.get_xdata()[0]) for line in ax.lines if len(set(line.get_xdata())) == 1 and len(line.get_xdata()) == 2]
    assert upright == [300.0, 1000.0]
    assert [text.get_text() for text in ax.texts] == ["60 %\nwithin 300 ms", "90 %\nwithin 1 s"]
    assert labels(ax) == ["whole history", "worst 28 days", "chosen threshold", "where it bends"]
    assert ax.get_ylabel() == "share of valid requests"


def test_a_threshold_beyond_all_answers_is_in_the_picture_too():
    with plot_style():
        ax = draw_latency_curve(CURVE.drop(columns="worst_window_share"), thresholds_ms=[60_000.0])
    low, high = ax.get_xlim()
    assert low < 100 < 60_000 < high
    assert "worst 28 days" not in labels(ax)


def test_a_curve_is_told_in_words():
    told = latency_curve_alt_text(CURVE, thresholds_ms=[1000], event="request")
    assert told == "Share of valid requests good within each time, rising from 20 % at 100 ms to 99 % at 3 s. Within 1 s: 90 %."


@pytest.mark.parametrize("hours", [1, 73, 95, 24 * 7, 24 * 1460])
def test_a_date_axis_finds_a_step_for_any_span(hours):
    ax = axes_of(None, size_inches=(9, 3))
    start = pd.Timestamp("2026-05-04 03:00")
    ax.set_xlim(start, start + pd.Timedelta(hours=hours))
    date_axis(ax)
    ticks = ax.xaxis.get_majorticklocs()
    assert 2 <= len(ticks) <= 9
    assert np.all(np.diff(ticks) > 0)
