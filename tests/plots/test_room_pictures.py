"""Pictures of what a room said: every point and every estimate is in them, and the median where it belongs."""

import numpy as np

from slo_workbench.plots.ballot_scores import draw_ballot_scores
from slo_workbench.plots.estimates_strip import draw_estimates


def test_every_point_is_drawn_and_equal_ones_lie_side_by_side() -> None:
    given = {"paid": {"happiness": [5, 5, 1], "measurability": [3, 3, 3], "cost": [4, 2, 2]}}
    ax = draw_ballot_scores(given, disputed=["paid"])
    happiness, measurability, cost = (points.get_offsets()[:, 0] for points in ax.collections)
    assert len(set(np.round(happiness, 6))) == 3
    assert sorted(np.round(happiness).tolist()) == [1, 5, 5]
    assert np.isclose(np.mean(measurability), 3)
    assert len(cost) == 3
    assert [line.get_xdata()[0] for line in ax.lines[:3]] == [5, 3, 2]
    assert "disputed" in ax.get_yticklabels()[0].get_text()


def test_twenty_equal_points_stay_between_their_neighbours() -> None:
    ax = draw_ballot_scores({"paid": {name: [3] * 20 for name in ("happiness", "measurability", "cost")}})
    places = ax.collections[0].get_offsets()[:, 0]
    assert 2.55 < places.min() < places.max() < 3.45


def test_estimates_far_apart_are_drawn_on_a_log_scale_that_says_so() -> None:
    near = draw_estimates([("a", 500.0), ("b", 2000.0)], middle=1250.0, written=str)
    far = draw_estimates([("a", 1.0), ("b", 2000.0)], middle=1000.5, written=str)
    assert (near.get_xscale(), far.get_xscale()) == ("linear", "log")
    assert "log scale" in far.get_xlabel()
    assert far.lines[0].get_xdata()[0] == 1000.5


def test_shares_and_zeros_keep_an_even_axis() -> None:
    assert draw_estimates([("a", 0.01), ("b", 0.999)], middle=0.5, written=str, is_share=True).get_xscale() == "linear"
    assert draw_estimates([("a", 0.0), ("b", 5000.0)], middle=2500.0, written=str).get_xscale() == "linear"
