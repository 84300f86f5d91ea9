import json

import pandas as pd
import pytest

from slo_workbench.errors import SourceUnreadable, UnusableValue
from slo_workbench.history.history import TABLES, IndicatorQuery, merge_histories
from slo_workbench.history.store import is_history_folder, read_history, write_history
from tests.history.test_reduce import reduced, request, write_requests

QUERY = IndicatorQuery("a", "requests", "true", "status < 500", (50.0,))
DAY = 86_400


@pytest.fixture
def parts(tmp_path):
    days = [
        [request(day * DAY + n, status=500 if n % 7 == 0 else 200, user=f"u{n % 3}", value=n / 10) for n in range(30)] for day in (0, 1, 40)
    ]
    return [reduced(write_requests(tmp_path / f"{n}.parquet", rows), QUERY) for n, rows in enumerate(days)]


def assert_same(one, other):
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))
    assert one.provenance == other.provenance
    assert one.findings == other.findings


def test_histories_merge_in_any_order_to_the_same_counts(parts):
    a, b, c = parts
    assert_same(merge_histories([a, b, c]), merge_histories([c, merge_histories([b, a])]))


def test_a_merged_history_has_the_counts_of_all_rows_together(parts, tmp_path):
    rows = [
        request(day * DAY + n, status=500 if n % 7 == 0 else 200, user=f"u{n % 3}", value=n / 10) for day in (0, 1, 40) for n in range(30)
    ]
    whole = reduced(write_requests(tmp_path / "all.parquet", rows), QUERY)
    merged = merge_histories(parts)
    for name in ("series", "latency", "value", "rows"):
        keys = [column for column in TABLES[name] if column not in ("valid", "good", "n_requests", "value_cents", "n_rows")]
        pd.testing.assert_frame_equal(
            getattr(merged, name).sort_values(keys, ignore_index=True), getattr(whole, name).sort_values(keys, ignore_index=True)
        )
    source = merged.provenance.sources[0]
    assert (source.n_rows_read, source.n_rows_used) == (90, 90)


def test_a_user_window_split_over_two_parts_is_left_out_and_said_aloud(parts):
    merged = merge_histories(parts)
    assert merged.users["window_start"].nunique() == 1  # the days 0 and 1 share a window, day 40 stands alone
    assert "users-split" in [finding.code for finding in merged.findings]


def test_histories_of_different_indicators_do_not_merge(parts, tmp_path):
    other = reduced(write_requests(tmp_path / "o.parquet", [request(0)]), IndicatorQuery("b", "requests", "true", "true"))
    with pytest.raises(UnusableValue, match="indicators"):
        merge_histories([parts[0], other])


def test_a_history_written_and_read_is_the_same(parts, tmp_path):
    write_history(parts[0], tmp_path / "h")
    assert is_history_folder(tmp_path / "h")
    assert_same(read_history(tmp_path / "h"), parts[0])


def test_writing_again_replaces_the_old_history_and_leaves_nothing_beside_it(parts, tmp_path):
    write_history(parts[0], tmp_path / "out" / "h")
    write_history(parts[1], tmp_path / "out" / "h")
    assert_same(read_history(tmp_path / "out" / "h"), parts[1])
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["h"]


def test_a_failure_while_writing_leaves_the_old_history(parts, tmp_path, monkeypatch):
    write_history(parts[0], tmp_path / "h")
    with monkeypatch.context() as patch:
        patch.setattr("slo_workbench.history.store._described", lambda history: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            write_history(parts[1], tmp_path / "h")
    assert_same(read_history(tmp_path / "h"), parts[0])
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["h"]


def test_a_folder_of_something_else_is_never_overwritten(parts, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(UnusableValue, match="left alone"):
        write_history(parts[0], tmp_path / "mine")
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"


def test_a_damaged_or_foreign_history_is_one_clear_sentence(parts, tmp_path):
    with pytest.raises(SourceUnreadable, match="holds no History"):
        read_history(tmp_path)
    write_history(parts[0], tmp_path / "h")
    (tmp_path / "h" / "series.parquet").write_bytes(b"PAR1 cut short")
    with pytest.raises(SourceUnreadable, match="damaged"):
        read_history(tmp_path / "h")
    described = json.loads((tmp_path / "h" / "history.json").read_text())
    (tmp_path / "h" / "history.json").write_text(json.dumps({**described, "history_version": 99}))
    with pytest.raises(SourceUnreadable, match="version 99"):
        read_history(tmp_path / "h")
