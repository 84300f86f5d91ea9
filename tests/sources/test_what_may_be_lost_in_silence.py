"""Rows, columns and codes that could be lost or misread without a word: each is counted, or said aloud."""

import gzip

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slo_workbench.document.findings import FindingsError
from slo_workbench.history.history import IndicatorQuery
from slo_workbench.history.quality import gap_findings
from slo_workbench.history.reduce import reduce_requests
from slo_workbench.sources.engine import connect_engine
from slo_workbench.sources.files import find_files
from slo_workbench.sources.open import open_source
from slo_workbench.sources.rows import SourceRequest
from slo_workbench.sources.stray_quotes import without_stray_quotes

GOOD = "status < 500"


def reduced(path, valid="true", good=GOOD, **request):
    with connect_engine() as engine:
        source = open_source(engine, SourceRequest(path, **request))
        history = reduce_requests({"requests": source}, [IndicatorQuery("a", "requests", valid, good)])
    (record,) = history.provenance.sources
    assert record.n_rows_read == record.n_rows_used + record.n_rows_refused + record.n_rows_left_out
    return history, record


def codes(history):
    return [finding.code for finding in history.findings]


def csv_rows(n_rows, stray, route="/a"):
    lines = ["time,route,status"]
    for number in range(n_rows):
        lines.append(f"2026-03-02T{number // 60 % 24:02}:{number % 60:02}:00Z,{stray.get(number, route)},200")
    return "\n".join(lines) + "\n"


def test_a_quote_that_is_never_closed_costs_its_own_row_only(tmp_path):
    (tmp_path / "r.csv").write_text(csv_rows(1_400, {900: '"/a'}))
    history, record = reduced(tmp_path / "r.csv")
    assert (record.n_rows_read, record.n_rows_used, record.refused) == (1_400, 1_399, {"unquoted-value": 1})
    assert '"/a' in next(finding.example for finding in history.findings if finding.code == "refused-unquoted-value")


@pytest.mark.parametrize("closing", [910, 1_300])
def test_a_quote_that_a_later_row_closes_swallows_nothing(tmp_path, closing):
    # the ten rows between would make one row of three values, were they not rows themselves
    (tmp_path / "r.csv").write_text(csv_rows(1_400, {900: '"/a', closing: '/a"'}))
    _, record = reduced(tmp_path / "r.csv")
    assert (record.n_rows_read, record.n_rows_used) == (1_400, 1_398)


@pytest.mark.parametrize("packed", [False, True])
def test_a_quoted_value_of_several_lines_is_one_row(tmp_path, packed):
    text = csv_rows(50, {20: '"/a\n of two lines"', 30: '"/a, of\nthree\nlines"'})
    path = tmp_path / ("r.csv.gz" if packed else "r.csv")
    path.write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    _, record = reduced(path)
    assert (record.n_rows_read, record.n_rows_used, record.n_rows_refused) == (50, 50, 0)


@given(st.lists(st.sampled_from(["a,b,c", '"a,b,c', 'a,"b",c', 'a,b,c"', '"x', 'y"', '"p\nq",b,c', ""]), max_size=30))
def test_every_line_is_kept_or_refused(lines):
    import tempfile
    from pathlib import Path

    text = "".join(line + "\n" for line in lines)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "r.csv"
        path.write_text(text)
        with without_stray_quotes([path], separator=",", n_columns=3) as (copies, refusals):
            kept = copies[0].read_text().count("\n")
    assert kept + sum(refusal.n_rows for refusal in refusals) == text.count("\n")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("r.jtl", '<testResults><httpSample t="1" ts="1772409600000" s="false" rc="0" lb="x"/></testResults>'),
        ("r.csv", "timeStamp,elapsed,label,responseCode,responseMessage,threadName,success\n1772409600000,1,x,0,,t,false\n"),
        ("r.log", '10.0.0.1 - - [02/Mar/2026:00:00:00 +0000] "GET / HTTP/1.1" 000 12\n'),
        ("r.iis", "#Fields: date time cs-method cs-uri-stem sc-status time-taken\n2026-03-02 00:00:00 GET / 0 12\n"),
    ],
)
def test_a_status_of_0_is_no_answer(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    history, _ = reduced(tmp_path / name)
    assert history.series[["valid", "good"]].sum().tolist() == [1, 0]


def test_a_column_that_some_files_lack_is_said_aloud(tmp_path):
    times = pd.to_datetime(["2026-03-02T00:00:00Z", "2026-03-02T00:01:00Z"])
    pd.DataFrame({"time": times, "status": 200}).to_parquet(tmp_path / "a.parquet")
    pd.DataFrame({"time": times}).to_parquet(tmp_path / "b.parquet")
    history, _ = reduced(tmp_path)
    (found,) = history.findings
    assert (found.code, found.severity, found.example) == ("column-missing-in-files", "warning", "b.parquet")
    assert "1 of 2 files have no column 'status'" in found.message


def test_times_in_one_file_and_numbers_in_another_are_one_clear_finding(tmp_path):
    pd.DataFrame({"time": pd.to_datetime(["2026-03-02T00:00:00Z"]), "status": 200}).to_parquet(tmp_path / "a.parquet")
    pd.DataFrame({"time": [1772409600], "status": 200}).to_parquet(tmp_path / "b.parquet")
    with pytest.raises(FindingsError) as caught:
        reduced(tmp_path)
    assert [finding.code for finding in caught.value.findings] == ["columns-differ"]
    assert "BIGINT" in str(caught.value)


def test_a_file_damaged_inside_is_a_finding_and_the_damaged_one_of_a_folder_is_named(tmp_path):
    times = pd.date_range("2026-03-02", periods=20_000, freq="s", tz="UTC")
    pd.DataFrame({"time": times, "status": range(20_000)}).to_parquet(tmp_path / "a.parquet")
    content = bytearray((tmp_path / "a.parquet").read_bytes())
    for place in range(1_000, 9_000):
        content[place] ^= 0x5A
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "b.parquet").write_bytes(content)
    with pytest.raises(FindingsError, match="source-damaged"):
        reduced(tmp_path / "damaged" / "b.parquet")
    (tmp_path / "c.parquet").write_bytes(b"PAR1" + bytes(content[-500:-100]))
    with pytest.raises(FindingsError, match=r"c\.parquet cannot be read as Parquet"):
        reduced(tmp_path)


def test_seconds_among_milliseconds_are_refused_and_stretch_no_history(tmp_path):
    (tmp_path / "r.csv").write_text("time,status\n1772409600,200\n1772409660000,200\n1772409720000,200\n")
    history, record = reduced(tmp_path / "r.csv")
    assert record.refused == {"time-unlikely": 1}
    assert record.first_time.startswith("2026-03-02")
    assert "refused-time-unlikely" in codes(history)


@pytest.mark.parametrize(
    ("n_days", "every_minutes", "hole"), [(6, 1, (2, 8, 12)), (6, 1, (2, 0, 30)), (14, 1, (9, 3, 2)), (28, 10, (20, 10, 6))]
)
def test_a_hole_is_found_in_a_short_history_and_in_a_thin_one(tmp_path, n_days, every_minutes, hole):
    day, hour, n_hours = hole
    start = pd.Timestamp("2026-03-02") + pd.Timedelta(days=day, hours=hour)
    times = pd.date_range("2026-03-02", periods=n_days * 1440 // every_minutes, freq=f"{every_minutes}min")
    times = times[(times < start) | (times >= start + pd.Timedelta(hours=n_hours))]
    pd.DataFrame({"time": times.tz_localize("UTC"), "status": 200}).to_parquet(tmp_path / "r.parquet")
    history, _ = reduced(tmp_path / "r.parquet")
    (found,) = gap_findings(history)
    assert found.count == 1
    assert found.example.startswith(f"{start - pd.Timedelta(minutes=every_minutes - 1):%Y-%m-%d %H:%M}")


def test_nights_and_weekends_without_traffic_are_no_holes(tmp_path):
    times = pd.date_range("2026-03-02", periods=10 * 1440, freq="min")
    times = times[(times.dayofweek < 5) & (times.hour >= 8) & (times.hour < 18)]
    pd.DataFrame({"time": times.tz_localize("UTC"), "status": 200}).to_parquet(tmp_path / "r.parquet")
    history, _ = reduced(tmp_path / "r.parquet")
    assert gap_findings(history) == []


def test_patterns_may_stand_in_folders_and_a_password_in_a_misspelt_url_is_not_repeated(tmp_path):
    for day in ("a", "b"):
        (tmp_path / day).mkdir()
        (tmp_path / day / "r.csv").write_text("time,status\n2026-03-02T00:00:00Z,200\n")
    assert len(find_files(tmp_path / "*" / "*.csv", source="requests")) == 2
    with pytest.raises(FindingsError) as caught:
        find_files(tmp_path / "postgresql:" / "reader:wrongPw77@h" / "db?table=x", source="requests")
    assert "wrongPw77" not in str(caught.value)


def test_one_nul_is_damage_in_one_row_and_utf_16_is_called_by_name(tmp_path):
    rows = "".join(f"2026-03-02T00:{minute:02}:00Z,200\n" for minute in range(20))
    (tmp_path / "n.csv").write_text(f"time,status\n2026-03-02T00:59:00Z,20\0\n{rows}")
    _, record = reduced(tmp_path / "n.csv")
    assert (record.n_rows_read, record.n_rows_used) == (21, 20)
    (tmp_path / "u.csv").write_bytes(f"time,status\n{rows}".encode("utf-16"))
    with pytest.raises(FindingsError, match="UTF-16"):
        reduced(tmp_path / "u.csv")


def test_a_count_that_is_no_number_costs_its_own_row_only(tmp_path):
    rows = "".join(f"2026-03-{day:02},100,{'N/A' if day == 9 else 99}\n" for day in range(1, 29))
    (tmp_path / "c.csv").write_text(f"day,valid,good\n{rows}")
    history, record = reduced(tmp_path / "c.csv", "valid", "good")
    assert (record.n_rows_read, record.n_rows_used, record.refused) == (28, 27, {"count-missing": 1})
    assert history.series["good"].sum() == 27 * 99
    (tmp_path / "t.csv").write_text("day,valid,good\n2026-03-01,100,many\n2026-03-02,100,few\n")
    with pytest.raises(FindingsError, match="good is string"):
        reduced(tmp_path / "t.csv", "valid", "good")
