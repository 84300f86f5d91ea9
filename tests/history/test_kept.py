"""Requests are reduced once and asked many times, and never answered from what is out of date."""

from pathlib import Path

import pandas as pd
import pytest

from slo_workbench.document import FindingsError, read_workbook
from slo_workbench.history import kept as kept_room
from slo_workbench.history.kept import kept_folder, kept_history

WORKBOOK = """\
service: {name: shop}
sources:
  requests: {path: requests.csv}
  other: {path: other.csv}
journeys: [{id: buy, name: Buy}]
indicators:
- {id: paid, journey: buy, kind: availability, specification: s, measured_at: server_log, source: requests, valid: 'true', good: status < 500}
"""
ROWS = "time,status\n2026-03-02T10:00:00Z,200\n2026-03-02T10:01:00Z,503\n"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch, tmp_path_factory) -> Path:
    monkeypatch.setenv("SLO_WORKBENCH_CACHE", str(tmp_path_factory.mktemp("cache")))
    (tmp_path / "workbook.yaml").write_text(WORKBOOK)
    (tmp_path / "requests.csv").write_text(ROWS)
    return tmp_path


def ask(folder: Path, source: str = "requests", **options):
    """Return the History, and whether the requests were read for it."""
    steps = []
    history = kept_history(read_workbook(folder / "workbook.yaml"), folder, source, progress=steps.append, **options)
    return history, bool(steps)


def counts(history) -> tuple[int, int]:
    series = history.series_of("paid", None)
    return int(series["valid"].sum()), int(series["good"].sum())


def test_the_second_question_reads_no_request(shop):
    first, was_read = ask(shop)
    second, was_read_again = ask(shop)
    assert (was_read, was_read_again) == (True, False)
    assert counts(first) == counts(second) == (2, 1)
    assert first.provenance == second.provenance
    pd.testing.assert_frame_equal(first.series, second.series)


@pytest.mark.parametrize(
    ("file", "before", "after", "expected"),
    [
        ("requests.csv", "503", "203", (2, 2)),
        ("workbook.yaml", "status < 500", "status < 600", (2, 2)),
        ("workbook.yaml", "valid: 'true'", "valid: status < 300", (1, 1)),
        ("workbook.yaml", "{path: requests.csv}", "{path: requests.csv, where: status = 503}", (1, 0)),
    ],
)
def test_whatever_changes_the_counts_is_counted_anew(shop, file, before, after, expected):
    ask(shop)
    text = (shop / file).read_text()
    assert before in text
    (shop / file).write_text(text.replace(before, after))
    history, was_read = ask(shop)
    assert was_read
    assert counts(history) == expected


def test_a_given_place_is_looked_for_from_where_the_command_runs_and_a_change_of_it_is_counted_anew(shop, tmp_path_factory, monkeypatch):
    here = tmp_path_factory.mktemp("here")
    monkeypatch.chdir(here)
    for expected in ((2, 1), (3, 2)):
        (here / "theirs.csv").write_text(ROWS + "2026-03-02T10:02:00Z,200\n" * (expected[0] - 2))
        history, was_read = ask(shop, places={"requests": "theirs.csv"})
        assert was_read
        assert counts(history) == expected
    assert not ask(shop, places={"requests": "theirs.csv"})[1]


def test_what_changes_no_count_reads_nothing_anew(shop):
    ask(shop)
    text = (shop / "workbook.yaml").read_text()
    (shop / "workbook.yaml").write_text(text.replace("specification: s", "specification: in other words") + "risks: []\n")
    assert not ask(shop)[1]


def test_another_code_counts_anew(shop, monkeypatch):
    ask(shop)
    monkeypatch.setattr(kept_room, "code_version", lambda: "another")
    assert ask(shop)[1]


def test_a_damaged_history_is_counted_anew(shop):
    ask(shop)
    (file,) = kept_folder().glob("*/series.parquet")
    file.write_bytes(b"not parquet")
    history, was_read = ask(shop)
    assert was_read
    assert counts(history) == (2, 1)


def test_only_a_few_are_kept(shop, monkeypatch):
    monkeypatch.setattr(kept_room, "MOST_KEPT", 4)
    for number in range(7):
        (shop / "requests.csv").write_text(ROWS + f"2026-03-02T10:0{number + 2}:00Z,200\n")
        ask(shop)
    assert len([one for one in kept_folder().iterdir() if one.is_dir()]) == 4


def test_nothing_is_kept_in_or_believed_from_the_workbooks_folder(shop):
    before = sorted(item.name for item in shop.iterdir())
    ask(shop)
    assert sorted(item.name for item in shop.iterdir()) == before
    assert not kept_folder().is_relative_to(shop)


def test_a_cache_that_cannot_be_written_keeps_nothing_and_counts(shop, tmp_path, monkeypatch):
    (tmp_path / "a file").write_text("")
    monkeypatch.setenv("SLO_WORKBENCH_CACHE", str(tmp_path / "a file"))
    assert counts(ask(shop)[0]) == (2, 1)
    assert ask(shop)[1]


def test_a_large_file_changed_between_its_samples_is_counted_anew(shop, monkeypatch):
    from slo_workbench.sources import files

    monkeypatch.setattr(files, "SAMPLED_BLOCKS", 2)
    monkeypatch.setattr(files, "BLOCK_BYTES", 16)
    ask(shop)
    text = (shop / "requests.csv").read_text()
    (shop / "requests.csv").write_text(text.replace(",200\n2026", ",500\n2026"))
    history, was_read = ask(shop)
    assert was_read
    assert counts(history) == (2, 0)


def test_a_change_in_an_sqlite_file_is_counted_anew(shop):
    import sqlite3

    with sqlite3.connect(shop / "shop.db") as database:
        database.execute("create table requests (time text, status integer)")
        database.execute("insert into requests values ('2026-03-02T10:00:00Z', 200)")
    text = (shop / "workbook.yaml").read_text().replace("{path: requests.csv}", "{url: 'sqlite:///shop.db?table=requests'}")
    (shop / "workbook.yaml").write_text(text)
    assert counts(ask(shop)[0]) == (1, 1)
    assert not ask(shop)[1]
    with database:
        database.execute("update requests set status = 500")
    database.close()
    assert counts(ask(shop)[0]) == (1, 0)


def test_a_source_without_indicators_or_name_says_so(shop):
    with pytest.raises(FindingsError, match="no indicator counts anything"):
        ask(shop, "other")
    with pytest.raises(FindingsError, match="did you mean 'requests'"):
        ask(shop, "request")


def test_a_missing_file_is_told_at_its_place_in_the_document(shop):
    (shop / "requests.csv").unlink()
    with pytest.raises(FindingsError) as raised:
        ask(shop)
    assert raised.value.findings[0].where == "sources.requests"


def test_what_a_server_answered_is_asked_for_again_after_an_hour(shop, monkeypatch):
    import os
    import time

    asked = []

    def reduce(workbook, folder, **options):
        asked.append(options["places"])
        return real(workbook, folder, only=options["only"])  # the rows lie in a file here; only the place is a server's

    real = kept_room.reduce_workbook
    monkeypatch.setattr(kept_room, "reduce_workbook", reduce)
    workbook, places = read_workbook(shop / "workbook.yaml"), {"requests": "postgresql://127.0.0.1/shop?table=requests"}
    for _ in range(2):
        kept_history(workbook, shop, "requests", places=places)
    assert len(asked) == 1
    (description,) = kept_folder().glob("*/history.json")
    os.utime(description, (time.time() - 3700, time.time() - 3700))
    kept_history(workbook, shop, "requests", places=places)
    assert len(asked) == 2
