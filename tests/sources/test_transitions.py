"""Outages from … to … become up seconds of all seconds, each counted once."""

import csv
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slo_workbench.document.findings import FindingsError
from slo_workbench.history.history import IndicatorQuery
from slo_workbench.history.quality import find_gaps
from slo_workbench.history.reduce import reduce_requests
from slo_workbench.sources.engine import connect_engine
from slo_workbench.sources.open import open_source
from slo_workbench.sources.rows import SourceRequest
from slo_workbench.sources.transitions import BIN_SECONDS, merge_spans, seconds_by_bin
from tests.conftest import real_file
from tests.sources.opening import codes_of

COUNTS = {"valid": "valid", "good": "good"}


def written(tmp_path, *rows, header="start,end"):
    path = tmp_path / "outages.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def reduced(path, query=COUNTS, **options):
    with connect_engine() as engine:
        source = open_source(engine, SourceRequest(path, format="transitions", **options))
        assert source.n_rows_read == source.n_rows_used + source.n_rows_refused + source.n_rows_left_out
        return reduce_requests({"requests": source}, [IndicatorQuery("up", "requests", **query)])


def seconds_of(history):
    series = history.series_of("up")
    return int(series["valid"].sum()), int((series["valid"] - series["good"]).sum())


def bad_by_day(history):
    series = history.series_of("up")
    bad = (series["valid"] - series["good"]).groupby(series["minute"].dt.strftime("%m-%d")).sum()
    return {day: int(n) for day, n in bad.items()}


def codes(history):
    return [finding.code for finding in history.findings]


def test_overlapping_outages_are_not_counted_twice(tmp_path):
    history = reduced(written(tmp_path, "2026-03-02T10:00:00Z,2026-03-02T10:30:00Z", "2026-03-02T10:20:00Z,2026-03-02T11:00:00Z"))
    assert seconds_of(history) == (3600, 3600)
    assert "another 10 min lay in several" in history.findings[0].message


def test_an_outage_over_midnight_falls_on_both_days(tmp_path):
    path = written(tmp_path, "2026-03-02T00:00:00Z,2026-03-02T00:00:01Z", "2026-03-02T23:50:00Z,2026-03-03T00:20:30Z")
    history = reduced(path)
    assert bad_by_day(history) == {"03-02": 601, "03-03": 1230}
    assert seconds_of(history) == (86_400 + 1230, 601 + 1230)


def test_durations_of_nothing_and_less_are_refused(tmp_path):
    path = written(
        tmp_path,
        "2026-03-02T10:00:00Z,2026-03-02T10:00:00Z",
        "2026-03-02T12:00:00Z,2026-03-02T11:00:00Z",
        "2026-03-02T10:00:00Z,2026-03-02T10:00:10Z",
    )
    history = reduced(path)
    assert history.provenance.sources[0].refused == {"end-not-after-start": 2}
    assert seconds_of(history) == (10, 10)
    finding = next(finding for finding in history.findings if finding.code == "refused-end-not-after-start")
    assert finding.example == "from 2026-03-02T12:00:00Z to 2026-03-02T11:00:00Z"


@pytest.mark.parametrize("end", ["", "9999-12-31T00:00:00Z"])
def test_an_outage_without_an_end_lasts_to_the_last_time_known(tmp_path, end):
    history = reduced(written(tmp_path, f"2026-03-02T10:00:00Z,{end}", "2026-03-02T10:30:00Z,2026-03-02T11:00:00Z"))
    assert seconds_of(history) == (3600, 3600)
    [open_one] = [finding for finding in history.findings if finding.code == "outage-open"]
    assert (open_one.count, open_one.severity) == (1, "warning")
    assert "2026-03-02 11:00:00 UTC" in open_one.message


def test_an_open_outage_that_is_the_last_thing_known_needs_a_span(tmp_path):
    path = written(tmp_path, "2026-03-02T10:00:00Z,")
    with pytest.raises(FindingsError):
        reduced(path)
    path = written(tmp_path, "2026-03-02T10:00:00Z,,down", "2026-03-02T00:00:00Z,2026-03-03T00:00:00Z,up", header="start,end,status")
    assert seconds_of(reduced(path)) == (86_400, 14 * 3600)


def test_time_between_outages_is_up_and_the_note_says_that_this_is_taken_for_granted(tmp_path):
    history = reduced(written(tmp_path, "2026-03-02T10:00:00Z,2026-03-02T10:00:07Z", "2026-03-04T10:00:00Z,2026-03-04T10:00:03Z"))
    assert seconds_of(history) == (2 * 86_400 + 3, 10)
    assert codes(history) == ["up-and-down-times", "span-from-outages"]
    assert "nobody reported otherwise" in history.findings[1].message


def test_a_row_that_is_up_gives_the_span(tmp_path):
    rows = ["2026-03-01T00:00:00Z,2026-03-08T00:00:00Z,UP", "2026-03-03T10:00:00Z,2026-03-03T11:00:00Z,Down"]
    history = reduced(written(tmp_path, *rows, header="start,end,status"))
    assert seconds_of(history) == (7 * 86_400, 3600)
    assert codes(history) == ["up-and-down-times", "span-from-rows"]


def test_time_that_no_row_covers_is_no_data_where_rows_say_up_and_down(tmp_path):
    rows = [
        "2026-03-01T00:00:00Z,2026-03-01T06:00:00Z,1",
        "2026-03-01T06:00:00Z,2026-03-01T06:10:00Z,0",
        "2026-03-01T12:00:00Z,2026-03-01T13:00:00Z,1",
    ]
    history = reduced(written(tmp_path, *rows, header="from,to,state"))
    assert seconds_of(history) == (7 * 3600 + 600, 600)
    gaps = find_gaps(history.rows, resolution_minutes=history.provenance.sources[0].resolution_minutes)
    assert [(gap.start.hour, gap.start.minute, gap.end.hour) for gap in gaps.itertuples()] == [(6, 15, 12)]
    assert "all but 5 h 50 min: no data" in history.findings[1].message


def test_a_status_that_is_neither_up_nor_down_is_refused_until_it_is_mapped(tmp_path):
    rows = ["2026-03-01T00:00:00Z,2026-03-01T00:01:00Z,major", "2026-03-01T01:00:00Z,2026-03-01T01:01:00Z,minor"]
    path = written(tmp_path, *rows, header="start,end,status")
    with pytest.raises(FindingsError) as caught:
        reduced(path)
    assert [finding.code for finding in caught.value.findings] == ["refused-status-unknown", "source-no-rows"]
    mapped = reduced(path, columns={"status": "case when status = 'major' then 'down' else 'up' end"})
    assert seconds_of(mapped) == (120, 60)


def test_a_second_that_an_outage_touches_is_down(tmp_path):
    history = reduced(
        written(tmp_path, "2026-03-02T10:00:00.900Z,2026-03-02T10:00:01.100Z", "2026-03-02T10:00:05Z,2026-03-02T10:00:05.001Z")
    )
    assert seconds_of(history) == (6, 3)


def test_times_without_zone_are_read_in_the_zone_given_also_when_the_clocks_change(tmp_path):
    history = reduced(written(tmp_path, "2026-03-29 00:30:00,2026-03-29 03:30:00"), time_zone="Europe/London")
    assert seconds_of(history)[1] == 2 * 3600


def test_rows_left_out_by_where_are_accounted_for(tmp_path):
    rows = [
        "2026-03-01T00:00:00Z,2026-03-01T00:01:00Z,minor",
        "2026-03-01T01:00:00Z,2026-03-01T01:01:00Z,critical",
        "never,2026-03-01,critical",
    ]
    source = reduced(written(tmp_path, *rows, header="start,end,impact"), where="impact = 'critical'").provenance.sources[0]
    assert (source.n_rows_read, source.n_rows_used, source.n_rows_left_out, source.refused) == (3, 1, 1, {"time-unreadable": 1})


def test_seconds_are_counts_and_not_conditions_and_have_no_threshold(tmp_path):
    path = written(tmp_path, "2026-03-01T00:00:00Z,2026-03-01T00:01:00Z")
    for query in ({"valid": "true", "good": "good > 0"}, {**COUNTS, "thresholds_ms": (250.0,)}):
        with pytest.raises(FindingsError) as caught:
            reduced(path, query)
        assert "not-requests" in [finding.code for finding in caught.value.findings]


def test_start_and_end_are_found_or_mapped(engine, tmp_path):
    path = written(tmp_path, "2026-03-01T00:00:00Z,2026-03-01T00:01:00Z", header="begin of it,end of it")
    assert codes_of(engine, path, format="transitions") == ["start-column-missing", "end-column-missing"]
    assert codes_of(engine, path, format="transitions", columns={"time": "begin of it"})[0] == "unknown-canonical-column"
    assert seconds_of(reduced(path, columns={"start": "begin of it", "end": "end of it"})) == (60, 60)


def test_the_bins_are_quarters_of_an_hour_and_the_record_says_so(tmp_path):
    history = reduced(written(tmp_path, "2026-03-02T10:07:00Z,2026-03-02T10:31:00Z"))
    assert history.series_of("up").to_dict("list") == {
        "minute": [pd.Timestamp("2026-03-02 10:00"), pd.Timestamp("2026-03-02 10:15"), pd.Timestamp("2026-03-02 10:30")],
        "valid": [480, 900, 60],
        "good": [0, 0, 0],
    }
    assert (history.provenance.sources[0].format, history.provenance.sources[0].resolution_minutes) == ("transitions", 15)


SPANS = st.lists(st.tuples(st.integers(0, 5_000), st.integers(1, 3_000)), min_size=1, max_size=12)


@given(SPANS)
def test_each_second_under_any_span_is_counted_once_in_its_bin(spans):
    starts, lengths = (np.array(numbers, dtype="int64") for numbers in zip(*spans, strict=True))
    counted = seconds_by_bin(*merge_spans(starts, starts + lengths))
    seconds = {second for start, length in spans for second in range(start, start + length)}
    expected = pd.Series([second // BIN_SECONDS for second in seconds]).value_counts().to_dict()
    assert counted.to_dict() == expected


def test_no_span_at_all_gives_no_bin():
    nothing = np.array([], dtype="int64")
    assert seconds_by_bin(*merge_spans(nothing, nothing)).to_dict() == {}


# -------------------------------------------------------------------------------------------------- real data

GITHUB = {"start": "downtime_start", "end": "downtime_end"}


def test_four_years_of_a_real_status_page_equal_a_count_minute_by_minute():
    path = real_file("github_statuses", "downtime_windows.csv")
    with path.open() as file:
        rows = [row for row in csv.DictReader(file) if row["impact"] in ("critical", "major")]
    minutes = set()
    for row in rows:
        moment, end = (datetime.fromisoformat(row[name]).astimezone(UTC) for name in GITHUB.values())
        while moment < end:
            minutes.add(moment)
            moment += timedelta(minutes=1)
    history = reduced(path, columns=GITHUB, where="impact in ('critical', 'major')")
    assert seconds_of(history) == ((max(minutes) - min(minutes)).total_seconds() + 60, 60 * len(minutes))


def test_durations_of_nothing_on_a_real_status_page_are_refused():
    source = reduced(real_file("github_statuses", "downtime_windows.csv"), columns=GITHUB).provenance.sources[0]
    assert (source.n_rows_read, source.n_rows_used, source.refused) == (819, 797, {"end-not-after-start": 22})
