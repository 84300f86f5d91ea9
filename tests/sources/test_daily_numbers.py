"""A file of numbers by the day is read whole or refused, and each row that is left out is named by its line."""

import gzip
from contextlib import suppress

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slo_workbench.document.findings import FindingsError
from slo_workbench.sources.daily_numbers import read_daily_numbers
from tests.conftest import STAGEDOOR


def read(tmp_path, text, **more):
    path = tmp_path / "tickets.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_daily_numbers(path, **more)


def code_of(tmp_path, text, **more):
    with pytest.raises(FindingsError) as caught:
        read(tmp_path, text, **more)
    return caught.value.findings[-1].code


def test_the_worked_example_is_read_without_a_finding():
    numbers, findings = read_daily_numbers(STAGEDOOR / "tickets.csv")
    assert findings == ()
    assert (len(numbers), int(numbers["value"].sum()), str(numbers["value"].dtype)) == (56, 685, "int64")
    assert str(numbers["day"].dtype) == "datetime64[us]"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separators_order_and_a_byte_order_mark_do_not_matter(tmp_path, separator):
    rows = [("Tickets", "Created on"), ("3", "2026-03-04"), ("8", "2026-03-02"), ("5", "2026-03-03T00:00:00Z")]
    text = "\r\n".join(separator.join(row) for row in rows) + "\r\n\r\n"
    numbers, findings = read(tmp_path, b"\xef\xbb\xbf" + text.encode())
    assert numbers["value"].tolist() == [8, 5, 3]
    assert findings == ()


def test_a_packed_file_is_read_as_well(tmp_path):
    numbers, _ = read(tmp_path, gzip.compress(b"day,n\n2026-03-02,8\n"))
    assert numbers["value"].tolist() == [8]


def test_bad_rows_are_named_by_reason_and_line(tmp_path):
    text = "day,tickets\n2026-03-02,8\n02/03/2026,4\n2026-03-03,few\n2026-03-04,\n2026-03-05,-1\n2026-03-02,9\n2026-03-06,1,2\n2026-03-07 09:00,3\n"
    numbers, findings = read(tmp_path, text)
    assert numbers["value"].tolist() == [8]
    told = {finding.code: (finding.line, finding.count) for finding in findings}
    assert told == {
        "daily-day-unreadable": (3, 2),
        "daily-number-unreadable": (4, 1),
        "daily-number-missing": (5, 1),
        "daily-number-unlikely": (6, 1),
        "daily-day-repeated": (7, 1),
        "daily-row-length": (8, 1),
    }
    assert "2 of 8 rows refused (line 3, 9)" in findings[0].message
    assert findings[0].example == "02/03/2026,4"


@pytest.mark.parametrize("number", ["1,234", "1_000", "nan", "inf", "1e400", "8 tickets", "٣x"])
def test_numbers_that_mean_several_things_are_refused(tmp_path, number):
    _, findings = read(tmp_path, f'day,tickets\n2026-03-01,1\n2026-03-02,"{number}"\n')
    assert [finding.code.startswith("daily-number-un") for finding in findings] == [True]


def test_a_quote_that_stays_open_does_not_swallow_the_rest_in_silence(tmp_path):
    numbers, findings = read(tmp_path, 'day,tickets\n2026-03-02,8\n2026-03-03,"5\n2026-03-04,6\n')
    assert numbers["value"].tolist() == [8, 6]
    assert [(finding.code, finding.count, finding.example) for finding in findings if finding.severity == "warning"] == [
        ("daily-row-unreadable", 1, '2026-03-03,"5')
    ]


def test_days_without_a_row_have_no_number_which_is_not_zero(tmp_path):
    numbers, findings = read(tmp_path, "day,tickets\n2026-03-02,8\n2026-03-05,0\n")
    assert numbers["value"].tolist() == [8, 0]
    assert [(finding.code, finding.severity, finding.count) for finding in findings] == [("daily-days-missing", "note", 2)]


def test_numbers_with_a_fraction_stay_numbers_with_a_fraction(tmp_path):
    numbers, _ = read(tmp_path, "day,minutes\n2026-03-02,8.5\n2026-03-03,1e2\n")
    assert numbers["value"].tolist() == [8.5, 100.0]


def test_of_several_columns_one_is_chosen_by_name(tmp_path):
    text = "day,tickets,calls\n2026-03-02,8,3\n"
    assert code_of(tmp_path, text) == "daily-number-column"
    assert read(tmp_path, text, column="Calls")[0]["value"].tolist() == [3]
    with pytest.raises(FindingsError, match="did you mean 'tickets'"):
        read(tmp_path, text, column="tikets")


def test_files_that_hold_no_numbers_are_refused(tmp_path):
    assert code_of(tmp_path, "when,tickets\n2026-03-02,8\n") == "daily-day-missing"
    assert code_of(tmp_path, "day,tickets\n") == "daily-no-rows"
    assert code_of(tmp_path, "day,tickets\nx,y\n") == "daily-no-rows"
    assert code_of(tmp_path, "  \n") == "daily-empty"
    assert code_of(tmp_path, b"PK\x03\x04\x00\x00\x00\x00") == "daily-binary"
    assert code_of(tmp_path, "day,tickets\n2026-03-02,8\n".encode("utf-16")) == "daily-binary"
    for path, code in ((tmp_path, "daily-is-folder"), (tmp_path / "tickts.csv", "daily-missing")):
        with pytest.raises(FindingsError) as caught:
            read_daily_numbers(path)
        assert caught.value.findings[0].code == code
    assert "tickets.csv" in caught.value.findings[0].hint


@given(
    st.lists(st.tuples(st.dates(pd.Timestamp("2020-01-01").date(), pd.Timestamp("2020-06-30").date()), st.integers(0, 10**6)), min_size=1)
)
def test_every_row_is_in_the_table_or_counted_in_a_finding(tmp_path, rows):
    numbers, findings = read(tmp_path, "day,tickets\n" + "".join(f"{day},{number}\n" for day, number in rows))
    n_refused = sum(finding.count for finding in findings if finding.code == "daily-day-repeated")
    assert len(numbers) + n_refused == len(rows)
    first = {}
    for day, number in rows:
        first.setdefault(pd.Timestamp(day), number)
    assert dict(zip(numbers["day"], numbers["value"], strict=True)) == first
    assert numbers["day"].is_monotonic_increasing


@given(st.binary(max_size=200))
def test_no_bytes_end_in_anything_but_findings(tmp_path, content):
    with suppress(FindingsError):
        numbers, _ = read(tmp_path, b"day,tickets\n2026-03-02,8\n" + content)
        assert numbers["day"].is_unique
