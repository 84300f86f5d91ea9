"""Requests are reduced once and asked many times, and never answered from what is out of date."""

from pathlib import Path

import pandas as pd
import pytest

from slo_workbench.document import FindingsError, read_workbook
from slo_workbench.history import kept as kept_room
from slo_workbench.history.kept import KEPT_FOLDER, kept_history

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
def shop(tmp_path: Path) -> Path:
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
    (file,) = (shop / KEPT_FOLDER / "requests").glob("*/series.parquet")
    file.write_bytes(b"not parquet")
    history, was_read = ask(shop)
    assert was_read
    assert counts(history) == (2, 1)


def test_only_a_few_are_kept(shop):
    for number in range(7):
        (shop / "requests.csv").write_text(ROWS + f"2026-03-02T10:0{number + 2}:00Z,200\n")
        ask(shop)
    assert len([one for one in (shop / KEPT_FOLDER / "requests").iterdir() if one.is_dir()]) == kept_room.MOST_KEPT


def test_version_control_does_not_see_what_is_kept(shop):
    ask(shop)
    assert (shop / KEPT_FOLDER / ".gitignore").read_text() == "*\n"


def test_a_link_out_of_the_folder_is_not_followed(shop, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    (shop / KEPT_FOLDER).symlink_to(outside)
    history, _ = ask(shop)
    assert counts(history) == (2, 1)
    assert not list(outside.iterdir())


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


def test_an_answer_of_a_database_is_asked_for_again_after_half_a_day(shop, monkeypatch):
    import sqlite3

    with sqlite3.connect(shop / "shop.db") as database:
        database.execute("create table requests (time text, status integer)")
        database.execute("insert into requests values ('2026-03-02T10:00:00Z', 200)")
    database.close()
    workbook = read_workbook(shop / "workbook.yaml")
    places = {"requests": f"sqlite:///{shop / 'shop.db'}?table=requests"}
    steps = []
    for _ in range(2):
        kept_history(workbook, shop, "requests", places=places, progress=steps.append)
    n_once = len(steps)
    assert n_once
    monkeypatch.setattr(kept_room, "URL_HOURS", 0)
    kept_history(workbook, shop, "requests", places=places, progress=steps.append)
    assert len(steps) > n_once
