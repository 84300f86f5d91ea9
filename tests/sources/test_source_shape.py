from __future__ import annotations

from pathlib import Path

import pytest

from slo_workbench.sources.open import open_source
from slo_workbench.sources.rows import SourceRequest
from slo_workbench.sources.source_shape import MOST_VALUES, SourceShape, describe_source


@pytest.fixture
def shape_of(engine, tmp_path: Path):
    def describe(text: str, **request: object) -> SourceShape:
        path = tmp_path / "log.csv"
        path.write_text(text)
        return describe_source(open_source(engine, SourceRequest(path, "log", **request)))  # type: ignore[arg-type]

    return describe


ROWS = "time,route,method,status,latency_ms,user,ok\n" + "".join(
    f"2026-03-02T00:00:{second:02d}Z,{'/a' if second < 40 else '/b'},GET,{500 if second == 7 else 200},{second + 1},u{second},{'true' if second else ''}\n"
    for second in range(60)
)


def test_columns_have_their_kind_and_those_with_few_values_their_values(shape_of) -> None:
    shape = shape_of(ROWS)
    assert {name: column.kind for name, column in shape.columns.items() if name in ("time", "route", "status", "latency_ms", "ok")} == {
        "time": "time", "route": "text", "status": "whole number", "latency_ms": "number", "ok": "boolean",
    }  # fmt: skip
    assert shape.columns["route"].values == (("/a", 40), ("/b", 20))
    assert shape.columns["status"].value_set == {200, 500}
    assert shape.columns["ok"].n_null == 1


def test_routes_come_most_frequent_first_with_what_90_and_99_of_100_stay_within(shape_of) -> None:
    first, second = shape_of(ROWS).routes
    assert (first.method, first.route, first.n_rows) == ("GET", "/a", 40)
    # of 1..40 ms, by the linear rule of numpy.quantile: 1 + 39 * 0.9 and 1 + 39 * 0.99
    assert (first.p90_ms, first.p99_ms) == pytest.approx((36.1, 39.61))
    assert second.n_rows == 20


def test_a_column_with_many_values_lists_none(shape_of) -> None:
    many = "time,route\n" + "".join(f"2026-03-02T00:00:00Z,/{number}\n" for number in range(MOST_VALUES + 1))
    assert shape_of(many).columns["route"].values == ()


def test_paths_full_of_ids_are_no_routes(shape_of) -> None:
    many = "time,route\n" + "".join(f"2026-03-02T00:00:00Z,/{number}\n" for number in range(501))
    assert shape_of(many).routes == ()


def test_a_source_without_routes_has_none_and_says_how_long_it_spans(shape_of) -> None:
    shape = shape_of("time,rows_expected\n2026-03-02T00:00:00Z,5\n2026-03-04T00:00:00Z,6\n")
    assert (shape.routes, shape.n_rows, shape.n_days) == ((), 2, 2.0)
    assert shape.has("time", "rows_expected")
    assert not shape.has("route")
