"""The picture under the slider: what moves is drawn anew, what stays is kept, and both look as if all had been drawn at once."""

import io
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from slo_workbench.analysis.windows import rolling_sli
from slo_workbench.plots.target_exploration import ExplorationPicture

NO_INCIDENT = pd.DataFrame({"start": pd.Series(dtype="datetime64[us]"), "end": pd.Series(dtype="datetime64[us]")})


def days(bad=3, n_days=56):
    return pd.DataFrame({"day": pd.date_range("2026-03-02", periods=n_days, unit="us"), "valid": 1000, "good": 1000 - bad})


def drawn(picture, daily, rolling, target, **more):
    options = {"window_days": 28, "incidents": NO_INCIDENT, "title": f"{target} is asked"} | more
    return picture.png(daily, rolling, target=Decimal(target), **options)


def test_a_moved_target_looks_as_if_all_had_been_drawn_at_once():
    daily = days()
    rolling = rolling_sli(daily, 28)
    picture = ExplorationPicture()
    drawn(picture, daily, rolling, "0.99")
    assert drawn(picture, daily, rolling, "0.998") == drawn(ExplorationPicture(), daily, rolling, "0.998")


def test_days_of_another_threshold_are_drawn_anew():
    picture, one, other = ExplorationPicture(), days(), days(bad=200)
    drawn(picture, one, rolling_sli(one, 28), "0.99")
    low = picture.ax.get_ylim()[0]
    rolling = rolling_sli(other, 28)
    assert drawn(picture, other, rolling, "0.99") == drawn(ExplorationPicture(), other, rolling, "0.99")
    assert picture.ax.get_ylim()[0] < low


def test_windows_below_the_target_are_marked_by_crosses_and_no_others():
    daily = days()
    daily.loc[40:, "good"] = 900
    rolling = rolling_sli(daily, 28)
    picture = ExplorationPicture()
    drawn(picture, daily, rolling, "0.99")
    crosses = next(line for line in picture.ax.get_lines() if line.get_label() == "a window that misses")
    assert len(crosses.get_xdata()) == (rolling["sli"] < 0.99).sum() > 0
    assert crosses.get_marker() == "X"


def test_a_target_below_the_axis_is_named_at_its_edge():
    daily = days()
    picture = ExplorationPicture()
    drawn(picture, daily, rolling_sli(daily, 28), "0.5")
    assert [text.get_text() for text in picture.ax.texts] == ["target 50 % lies below this picture ▼"]


def test_the_axis_reaches_the_documents_target_unless_that_squeezes_the_windows():
    daily = days()
    rolling = rolling_sli(daily, 28)
    lows = []
    for in_sight in ((), (Decimal("0.99"),), (Decimal("0.5"),)):
        picture = ExplorationPicture()
        drawn(picture, daily, rolling, "0.99", in_sight=in_sight)
        lows.append(picture.ax.get_ylim()[0])
    assert lows[1] < 0.99 < lows[0] == lows[2]


def test_it_reads_from_the_back_of_a_room():
    daily = days()
    picture = ExplorationPicture()
    png = drawn(picture, daily, rolling_sli(daily, 28), "0.99")
    texts = [*picture.ax.texts, *picture.figure.texts, *picture.ax.get_xticklabels(), *picture.ax.get_legend().get_texts()]
    assert min(text.get_fontsize() for text in texts) >= 11
    assert picture.ax.get_ylabel() == "good of valid events"
    pixels = np.asarray(Image.open(io.BytesIO(png)))
    assert pixels.shape == (460, 1000, 3)


@pytest.mark.parametrize("n_days", [1, 5])
def test_days_without_a_whole_window_are_drawn_all_the_same(n_days):
    daily = days(n_days=n_days)
    assert drawn(ExplorationPicture(), daily, rolling_sli(daily, 28), "0.99")
