"""A list of incidents is read whatever its tool calls things, and every row of it is used or told."""

import gzip
import json

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slo_workbench.document.findings import FindingsError
from slo_workbench.sources.incident_list import read_incidents
from tests.conftest import STAGEDOOR, real_file

HEADER = "id,start,end,title,journeys\n"


def read(folder, text, name="incidents.csv", **options):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_incidents(path, **options)


def refusal(folder, text, name="incidents.csv", **options):
    with pytest.raises(FindingsError) as caught:
        read(folder, text, name, **options)
    assert len(caught.value.findings) == 1, caught.value
    return caught.value.findings[0]


def codes(findings):
    return [finding.code for finding in findings]


def test_the_list_of_the_worked_example_is_read_as_it_stands():
    incidents, findings = read_incidents(STAGEDOOR / "incidents.csv")
    assert findings == ()
    assert len(incidents) == 12
    assert [str(kind) for kind in incidents[["start", "end"]].dtypes] == ["datetime64[us]"] * 2
    first = incidents.iloc[0]
    assert (first["id"], first["start"], first["end"]) == (
        "payment-slow",
        pd.Timestamp("2026-03-05 18:10"),
        pd.Timestamp("2026-03-05 20:40"),
    )
    assert first["title"] == "The payment provider answered slowly on a busy evening"
    by_id = incidents.set_index("id")["journeys"]
    assert by_id["bad-deploy"] == ("browse", "choose-seats", "buy")
    assert by_id["monitoring-hole"] == ()


# the README of the data and a count of rows with duration_minutes <= 0 in both files
@pytest.mark.parametrize("name", ["incidents.jsonl", "downtime_windows.csv"])
def test_a_status_page_is_read_but_for_what_ends_before_it_begins(name):
    incidents, findings = read_incidents(real_file("github_statuses", name))
    assert len(incidents) == 819 - 22
    (refused,) = [finding for finding in findings if finding.severity == "warning"]
    assert (refused.code, refused.count) == ("incident-end-not-after-start", 22)
    assert "22 of 819" in refused.message
    assert incidents["start"].is_monotonic_increasing


def test_the_two_files_of_a_status_page_give_the_same_incidents():
    one, other = (read_incidents(real_file("github_statuses", name))[0] for name in ("incidents.jsonl", "downtime_windows.csv"))
    pd.testing.assert_frame_equal(one.sort_values("id", ignore_index=True), other.sort_values("id", ignore_index=True), check_like=True)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize(
    ("start", "end"), [("started_at", "resolved_at"), ("Downtime start", "DOWNTIME-END"), ("from", "to"), ("begin", "end")]
)
def test_columns_are_known_by_many_names_and_separators(tmp_path, separator, start, end):
    rows = [["Incident ID", start, end, "cause"], ["a", "2026-03-05T18:10:00Z", "2026-03-05T19:10:00Z", "it broke"]]
    incidents, findings = read(tmp_path, "\n".join(separator.join(row) for row in rows))
    assert incidents.drop(columns="journeys").to_numpy().tolist() == [
        ["a", pd.Timestamp("2026-03-05 18:10"), pd.Timestamp("2026-03-05 19:10"), "it broke"]
    ]
    assert findings == ()


def test_downtime_is_preferred_to_when_the_ticket_was_opened_and_that_is_told(tmp_path):
    text = (
        "id,started_at,resolved_at,downtime_start,downtime_end\na,2026-03-05T18:00Z,2026-03-05T20:00Z,2026-03-05T17:50Z,2026-03-05T18:30Z\n"
    )
    incidents, findings = read(tmp_path, text)
    assert incidents[["start", "end"]].iloc[0].tolist() == [pd.Timestamp("2026-03-05 17:50"), pd.Timestamp("2026-03-05 18:30")]
    assert [finding.message for finding in findings] == [
        "times were taken from downtime_start and downtime_end, not from started_at, resolved_at"
    ]


@pytest.mark.parametrize(
    "wrap",
    [
        lambda rows: "\n".join(map(json.dumps, rows)),
        json.dumps,
        lambda rows: json.dumps(rows, indent=2),
        lambda rows: json.dumps({"page": {"name": "shop"}, "incidents": rows}),
    ],
    ids=["lines", "list", "indented list", "status page"],
)
def test_json_is_read_as_lines_as_a_list_and_as_a_status_page_gives_it(tmp_path, wrap):
    rows = [
        {"id": 7, "start": 1_772_734_200, "end": "2026-03-05T19:10:00+00:00", "journeys": ["buy", "browse"]},
        {"id": 8, "start": 1_772_734_200_000, "end": "2026-03-05 20:10:00 +0100", "name": "slow", "journeys": "buy; browse"},
    ]
    incidents, _ = read(tmp_path, wrap(rows), "list.json")
    assert incidents["id"].tolist() == ["7", "8"]
    assert incidents["start"].tolist() == [pd.Timestamp("2026-03-05 18:10")] * 2
    assert incidents["end"].tolist() == [pd.Timestamp("2026-03-05 19:10")] * 2
    assert incidents["journeys"].tolist() == [("buy", "browse")] * 2
    assert incidents["title"].tolist() == ["", "slow"]


def test_a_packed_list_is_read_and_a_value_may_hold_line_ends(tmp_path):
    text = HEADER + 'a,2026-03-05T18:10Z,2026-03-05T19:10Z,"it broke\nand was mended",buy\n'
    incidents, _ = read(tmp_path, gzip.compress(text.encode()), "incidents.csv.gz")
    assert incidents["title"].tolist() == ["it broke and was mended"]


def test_times_without_a_zone_are_utc_and_noted_or_of_the_zone_that_was_given(tmp_path):
    text = HEADER + "a,2026-07-01 10:00,2026-07-01 11:00,,\n"
    incidents, findings = read(tmp_path, text)
    assert incidents["start"][0] == pd.Timestamp("2026-07-01 10:00")
    assert [(finding.code, finding.severity, finding.count) for finding in findings] == [("incident-time-without-zone", "note", 1)]
    incidents, findings = read(tmp_path, text, time_zone="Europe/London")
    assert incidents["start"][0] == pd.Timestamp("2026-07-01 09:00")
    assert findings == ()


def test_times_of_which_only_some_have_a_zone_deserve_a_warning(tmp_path):
    _, findings = read(tmp_path, HEADER + "a,2026-07-01 10:00,2026-07-01 11:00,,\nb,2026-07-01T10:00Z,2026-07-01T11:00Z,,\n")
    assert [(finding.code, finding.severity) for finding in findings] == [("incident-time-without-zone", "warning")]


GOOD = "ok,2026-03-05T18:10Z,2026-03-05T19:10Z,fine,buy\n"


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("a,,2026-03-05T19:10Z,x,buy", "incident-start-missing"),
        ("a,2026-03-05T18:10Z,,x,buy", "incident-open"),
        ("a,2026-03-05T18:10Z,ongoing,x,buy", "incident-open"),
        ("a,yesterday,2026-03-05T19:10Z,x,buy", "incident-time-unreadable"),
        ("a,2026-03-05T18:10Z,05/03/2026 20:00,x,buy", "incident-time-unreadable"),
        ("a,0001-01-01T00:00+14:00,2026-03-05T20:00Z,x,buy", "incident-time-unreadable"),
        ("a,2026-03-05T18:10Z,2026-03-05T18:10Z,x,buy", "incident-end-not-after-start"),
        ("ok,2026-03-05T18:10Z,2026-03-05T18:20Z,x,buy", "incident-id-repeated"),
        ("a,2026-03-05T18:10Z,2026-03-05T18:20Z,x,buy,more", "incident-row-length"),
        ("a,2026-03-05T18:10Z", "incident-row-length"),
    ],
)
def test_a_row_that_cannot_be_used_is_refused_with_its_line_an_example_and_a_hint(tmp_path, row, code):
    incidents, findings = read(tmp_path, HEADER + GOOD + "\n" + row + "\n" + GOOD.replace("ok", "too"))
    assert incidents["id"].tolist() == ["ok", "too"]
    (found,) = findings
    assert (found.code, found.count, found.line, found.example) == (code, 1, 4, row)
    assert "1 of 3 incidents refused" in found.message
    assert found.hint


def test_a_quote_that_is_never_closed_costs_its_own_row_only(tmp_path):
    incidents, findings = read(tmp_path, HEADER + 'a,2026-03-05T18:10Z,2026-03-05T19:10Z,"x,buy\n' + GOOD + GOOD.replace("ok", "too"))
    assert incidents["id"].tolist() == ["ok", "too"]
    assert [(finding.code, finding.count) for finding in findings] == [("incident-row-unreadable", 1)]


def test_a_bad_line_of_json_lines_is_refused_with_its_number(tmp_path):
    good = json.dumps({"id": "a", "start": "2026-03-05T18:10Z", "end": "2026-03-05T19:10Z"})
    incidents, findings = read(tmp_path, good + '\n{"id": "b", "sta\n[1]\n', "list.jsonl")
    assert incidents["id"].tolist() == ["a"]
    assert [(finding.code, finding.count, finding.line) for finding in findings] == [("incident-row-unreadable", 2, 2)]
    assert findings[0].message.startswith("2 of 3 incidents refused")


def test_incidents_without_an_id_are_called_by_their_row(tmp_path):
    incidents, findings = read(tmp_path, "start,end\n2026-03-06T18:10Z,2026-03-06T19:10Z\n2026-03-05T18:10Z,2026-03-05T19:10Z\n")
    assert incidents["id"].tolist() == ["row-2", "row-1"]
    assert codes(findings) == ["incident-id-made"]


def test_bytes_that_are_no_utf_8_are_shown_as_such_and_noted(tmp_path):
    incidents, findings = read(tmp_path, (HEADER + GOOD.replace("fine", "Überlast")).encode("latin-1"))
    assert incidents["title"].tolist() == ["\ufffdberlast"]
    assert codes(findings) == ["incident-encoding"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "incident-list-empty"),
        (" \n\n", "incident-list-empty"),
        ("a,2026-03-05T18:10Z,2026-03-05T19:10Z,x\n", "incident-header-missing"),
        ("id,title\na,x\n", "incident-column-missing"),
        ("id,start,title\na,2026-03-05T18:10Z,x\n", "incident-column-missing"),
        (HEADER, "incident-list-no-rows"),
        ("[]", "incident-list-no-rows"),
        ('[{"id": 1, ', "incident-json-broken"),
        ("[" * 100_000, "incident-json-broken"),
        (b"PAR1" + bytes(range(256)) * 20, "incident-list-binary"),
        (HEADER.encode("utf-16"), "incident-list-binary"),
        ((HEADER + GOOD).encode()[:20] + b"\x1f\x8b" * 200, "incident-list-binary"),
        (gzip.compress(b"x" * 5_000, mtime=0)[:15], "source-damaged"),
    ],
    ids=[
        "empty",
        "blank",
        "no header",
        "neither start nor end",
        "no end",
        "header alone",
        "empty list",
        "broken list",
        "deep list",
        "parquet",
        "utf-16",
        "binary",
        "cut short",
    ],
)
def test_a_file_that_is_no_list_is_one_clear_finding(tmp_path, text, code):
    found = refusal(tmp_path, text)
    assert found.code == code
    assert found.hint


def test_no_file_a_folder_an_unknown_zone_and_a_far_too_large_file_are_one_clear_finding(tmp_path, monkeypatch):
    (tmp_path / "incidents.csv").write_text(HEADER + GOOD)
    for path, code in ((tmp_path, "incident-list-is-folder"), (tmp_path / "incident.csv", "incident-list-missing")):
        with pytest.raises(FindingsError, match=code):
            read_incidents(path)
    assert refusal(tmp_path, HEADER + GOOD, time_zone="Mars/Olympus").code == "time-zone-unknown"
    monkeypatch.setattr("slo_workbench.sources.incident_list.LARGEST_LIST_BYTES", 50)
    assert refusal(tmp_path, HEADER + GOOD).code == "incident-list-too-large"


def test_a_list_without_one_usable_row_says_what_became_of_all(tmp_path):
    with pytest.raises(FindingsError) as caught:
        read(tmp_path, HEADER + "a,2026-03-05T18:10Z,,x,\nb,,,,\n")
    assert codes(caught.value.findings) == ["incident-open", "incident-start-missing", "incident-list-no-rows"]


CELLS = st.sampled_from(
    ["a", "b", "", "2026-03-05T18:10Z", "2026-03-05", "1772734200", "9" * 30, 'x"', "x;y", "\x0b", "never", "\x00", "\r"]
)


@given(st.lists(st.lists(CELLS, min_size=1, max_size=6), max_size=12))
def test_every_row_is_used_or_counted_as_refused_whatever_it_holds(tmp_path_factory, rows):
    # the long title keeps odd bytes from making the whole file look like no text
    text = HEADER + f"first,2026-01-01T00:00Z,2026-01-01T01:00Z,{'x' * 5_000},\n" + "\n".join(",".join(row) for row in rows)
    incidents, findings = read(tmp_path_factory.mktemp("list"), text)
    refused = [finding for finding in findings if finding.severity == "warning" and finding.code != "incident-time-without-zone"]
    n_rows = len(incidents) + sum(finding.count for finding in refused)
    assert {finding.message.split(" of ")[1].split()[0] for finding in refused} <= {str(n_rows)}
    if not any(sign in cell for row in rows for cell in row for sign in '"\r'):
        assert n_rows == 1 + sum(any(cell.strip() for cell in row) for row in rows)


def test_texts_are_safe_to_print_and_of_a_length_to_read(tmp_path):
    times = "2026-03-05T18:10:00Z,2026-03-05T19:10:00Z"
    rows = f"a\x1b[31m,{times},t\x1b]0;owned\x07,buy\x1b[2J\n{'x' * 500}1,{times},{'y' * 500},{'z' * 500}\n{'x' * 500}2,{times},t,\n"
    incidents, findings = read(tmp_path, HEADER + rows)
    assert codes(findings) == []
    texts = [*incidents["id"], *incidents["title"], *(name for names in incidents["journeys"] for name in names)]
    assert all(text.isprintable() and len(text) <= 120 for text in texts)
    assert incidents["id"].is_unique
    assert incidents["id"][0] == "a\\x1b[31m"


def test_one_incident_is_told_as_one(tmp_path):
    _, findings = read(tmp_path, "start,end\n2026-03-05 18:10,2026-03-05 19:10\n")
    assert [finding.message for finding in findings] == [
        "1 incident has times without a zone, which were read as UTC",
        "1 incident has no id and is called by its row, such as row-1",
    ]
