"""The events of a journey's steps added up, with what the sum hides."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slo_workbench.analysis.journey_sli import compose_events
from slo_workbench.analysis.windows import pooled_sli
from slo_workbench.errors import TooLittleData, UnusableValue

STEPS = ("browse-availability", "seats-availability", "buy-availability")


def counts(*rows):
    minutes, valid, good = zip(*rows, strict=True) if rows else ((), (), ())
    times = pd.Timestamp("2026-03-02") + pd.to_timedelta(np.array(minutes, dtype=float), unit="min")
    return pd.DataFrame({"minute": times, "valid": np.array(valid, dtype=np.int64), "good": np.array(good, dtype=np.int64)})


def test_without_weights_good_and_valid_events_are_summed_and_divided_last():
    found = compose_events({"list": counts((0, 80, 80), (1, 100, 100)), "buy": counts((1, 20, 10), (2, 0, 0))})
    assert found.counts["valid"].tolist() == [80, 120, 0]
    assert found.counts["good"].tolist() == [80, 110, 0]
    assert str(found.counts["valid"].dtype) == "int64"
    assert found.sli_share == 190 / 200


def test_weights_scale_the_events_of_a_step():
    series = {"list": counts((0, 180, 180)), "buy": counts((0, 20, 10))}
    assert compose_events(series, {"buy": 9}).sli_share == 270 / 360
    halved = compose_events(series, {"list": 0.5})
    assert halved.counts[["valid", "good"]].to_numpy().tolist() == [[110.0, 100.0]]
    assert halved.steps["event_share"].tolist() == pytest.approx([90 / 110, 20 / 110])
    # what a step shows beside the sum is of its own events
    assert halved.steps[["valid", "bad"]].to_numpy().tolist() == [[180, 0], [20, 10]]


def test_the_sentences_name_the_busiest_and_the_worst_step_and_what_the_sum_would_hide():
    found = compose_events({"list": counts((0, 900, 900)), "buy": counts((0, 100, 90))}, event="request")
    first, second, third = found.sentences
    assert first == "99 % of 1,000 requests of 2 steps were good (list 100 %; buy 90 %)."
    assert second == (
        "list makes up 90 % of the requests, so the sum mostly tells of it; if the worst step, buy (10 %), failed altogether, "
        "the sum would still be 90 %."
    )
    assert "not multiplied" in third
    assert [(finding.code, finding.where) for finding in found.findings] == [("step-hides-others", "list")]


def test_a_step_without_events_adds_nothing_and_is_a_finding():
    found = compose_events({"list": counts((0, 10, 9)), "buy": counts()})
    assert found.sli_share == 0.9
    assert found.worst_step == "list"
    assert ("step-without-events", "buy") in [(finding.code, finding.where) for finding in found.findings]
    assert found.sentences == ("90 % of 10 events of 1 step were good.",)


def test_on_the_worked_example_the_busiest_step_is_browsing_and_the_worst_choosing_seats(stagedoor_history):
    series = {step: stagedoor_history.series_of(step) for step in STEPS}
    found = compose_events(series, event="request")
    assert found.sli_share == pooled_sli(pd.concat(series.values()))
    assert found.worst_step == "seats-availability"
    assert found.steps["event_share"].round(2).tolist() == [0.60, 0.32, 0.08]


@pytest.mark.parametrize(
    "weights", [{"buy": 0}, {"buy": -1.0}, {"buy": float("nan")}, {"buy": float("inf")}, {"buy": 1e300}, {"buy": 1e-300}, {"pay": 1}]
)
def test_weights_that_are_no_positive_number_of_a_step_are_refused(weights):
    with pytest.raises(UnusableValue, match="a weight is a number above 0"):
        compose_events({"buy": counts((0, 10, 9))}, weights)


def test_a_journey_without_any_event_is_refused():
    with pytest.raises(TooLittleData, match="no step has a valid event"):
        compose_events({"buy": counts((0, 0, 0)), "list": counts()})
    with pytest.raises(TooLittleData):
        compose_events({})


SERIES = st.lists(
    st.tuples(st.integers(0, 50), st.integers(1, 99), st.integers(0, 99)).map(lambda row: (row[0], row[1], min(row[1:]))), min_size=1
)


@given(st.lists(SERIES, min_size=1, max_size=4), st.integers(1, 9))
def test_the_sum_lies_between_the_steps_and_one_weight_for_all_changes_nothing(parts, weight):
    series = {f"step {number}": counts(*rows) for number, rows in enumerate(parts)}
    found, scaled = compose_events(series), compose_events(series, dict.fromkeys(series, weight))
    assert found.steps["sli"].min() - 1e-12 <= found.sli_share <= found.steps["sli"].max() + 1e-12
    assert scaled.sli_share == pytest.approx(found.sli_share)
    assert found.counts["valid"].sum() == sum(one["valid"].sum() for one in series.values())
    assert found.steps["event_share"].sum() == pytest.approx(1)
