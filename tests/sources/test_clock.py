from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import ibis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slo_workbench.document.findings import FindingsError
from slo_workbench.sources.clock import load_zone, read_time, zone_offsets

ZONES = ["Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Sao_Paulo", "UTC", "Pacific/Apia"]


def read(engine, values, kind, time_zone=None):
    import pyarrow as pa

    table = engine.create_table("times_to_read", pa.table({"t": pa.array(values, kind)}), overwrite=True)
    one = read_time(table["t"], table, time_zone=time_zone, source="requests")
    reason = ibis.cases(*one.reasons, else_=ibis.null().cast("string")) if one.reasons else ibis.null().cast("string")
    got = table.select(value=one.value, reason=reason).to_pyarrow()
    return got["value"].to_pylist(), got["reason"].to_pylist(), [finding.code for finding in one.findings]


@given(st.sampled_from(ZONES), st.datetimes(datetime(2005, 1, 1), datetime(2035, 1, 1)))
def test_a_local_time_has_the_offset_that_the_zone_database_gives_it(zone_name, local):
    zone = ZoneInfo(zone_name)
    steps = zone_offsets(zone, local - timedelta(days=40), local + timedelta(days=40))
    offset = [offset for start, offset in steps if start <= local][-1]
    assert offset == local.replace(tzinfo=zone, fold=0).utcoffset()


def test_seconds_to_nanoseconds_are_told_apart_by_their_size(engine):
    import pyarrow as pa

    moment = datetime(2026, 3, 2, 10, 0, 1)
    seconds = int(moment.replace(tzinfo=UTC).timestamp())
    for factor in (1, 10**3, 10**6, 10**9):
        values, reasons, findings = read(engine, [seconds * factor], pa.int64())
        assert (values, reasons, findings) == ([moment], [None], ["time-epoch"])


def test_fractional_epoch_seconds_keep_their_milliseconds(engine):
    import pyarrow as pa

    values, _, _ = read(engine, [1529592220.012], pa.float64())
    assert values[0] == datetime(2018, 6, 21, 14, 43, 40, 12_000)


def test_text_with_offsets_becomes_utc(engine):
    import pyarrow as pa

    values, reasons, findings = read(
        engine, ["2026-03-29T01:30:00Z", "2026-03-29 01:30:00+02:00", "2026-03-29T01:30:00.5-0330"], pa.string()
    )
    assert values == [datetime(2026, 3, 29, 1, 30), datetime(2026, 3, 28, 23, 30), datetime(2026, 3, 29, 5, 0, 0, 500_000)]
    assert reasons == [None] * 3
    assert findings == []


def test_text_without_zone_is_read_as_utc_and_said_aloud(engine):
    import pyarrow as pa

    values, reasons, findings = read(engine, ["2026-07-01T12:00:00"], pa.string())
    assert (values, reasons, findings) == ([datetime(2026, 7, 1, 12)], [None], ["time-without-zone"])


def test_text_without_zone_is_read_in_the_zone_given(engine):
    import pyarrow as pa

    values, _, findings = read(engine, ["2026-07-01T12:00:00", "2026-01-01T12:00:00"], pa.string(), "Europe/London")
    assert values == [datetime(2026, 7, 1, 11), datetime(2026, 1, 1, 12)]
    assert findings == []


def test_a_mixture_of_times_with_and_without_zone_refuses_those_without(engine):
    import pyarrow as pa

    _, reasons, findings = read(engine, ["2026-07-01T12:00:00Z", "2026-07-01T12:00:00"], pa.string())
    assert reasons == [None, "time-without-zone"]
    assert findings == ["time-zones-mixed"]


def test_text_that_is_no_time_is_refused(engine):
    import pyarrow as pa

    values, reasons, _ = read(engine, ["yesterday", "noon", "2026-13-01T00:00:00Z"], pa.string())
    assert values == [None] * 3
    assert reasons[0] == reasons[2] == "time-unreadable"


def test_timestamps_with_a_zone_are_utc_whatever_their_zone(engine):
    import pyarrow as pa

    values, _, findings = read(engine, [datetime(2026, 7, 1, 10, tzinfo=UTC)], pa.timestamp("us", "America/New_York"))
    assert (values, findings) == ([datetime(2026, 7, 1, 10)], [])


def test_an_hour_that_happens_twice_is_read_as_the_first(engine):
    import pyarrow as pa

    values, _, _ = read(engine, [datetime(2026, 10, 25, 1, 30), datetime(2026, 10, 25, 2, 30)], pa.timestamp("us"), "Europe/London")
    assert values == [datetime(2026, 10, 25, 0, 30), datetime(2026, 10, 25, 2, 30)]


def test_an_unknown_zone_is_a_finding():
    with pytest.raises(FindingsError, match="time-zone-unknown"):
        load_zone("Europe/Londn", where="requests")
    with pytest.raises(FindingsError):
        load_zone("../../etc/passwd", where="requests")


def test_a_column_of_true_and_false_is_no_time(engine):
    table = engine.create_table("no_times", ibis.memtable({"t": [True]}).to_pyarrow(), overwrite=True)
    with pytest.raises(FindingsError, match="time-unreadable"):
        read_time(table["t"], table, time_zone=None, source="requests")


def test_a_column_of_numbers_that_is_empty_is_not_called_a_strange_time(engine):
    import pyarrow as pa

    values, _, findings = read(engine, [None, None], pa.int64())
    assert values == [None, None]
    assert findings == ["time-epoch"]
