"""The requests of a source as they are: a few rows, how many, what the columns hold, what was refused, and days without data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from slo_workbench.document.findings import Finding, FindingsError
from slo_workbench.document.model import Source
from slo_workbench.proposal.fragments import Fragment, findings_list, paragraphs, picture, table, together
from slo_workbench.sources.columns import CANONICAL_COLUMNS
from slo_workbench.sources.formats import FORMATS
from slo_workbench.sources.rows import RequestTable, SourceFile, SourceRequest
from slo_workbench.sources.source_shape import ColumnShape, SourceShape
from slo_workbench.units import counted, format_count, format_days, format_ms, format_share
from slo_workbench.workshop.few_rows import FewRows, without_repeated_columns
from slo_workbench.workshop.notebook_hints import in_a_notebook
from slo_workbench.workshop.opening import Workshop
from slo_workbench.workshop.own_data import described_source, mapping_hint
from slo_workbench.workshop.rows_read_once import RowsReadOnce, keep_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

__all__ = ["RequestsAtHand", "requests_at_hand"]

MOST_LISTED = 12
MOST_GAPS = 10
N_FIRST_ROWS = 200
# counts that somebody else took come at even distances; requests do not
SHORTEST_STEP_OF_COUNTS = 5
_MEANINGS = {**CANONICAL_COLUMNS, "route": "what was asked for"}
_ID_IN_PATH = re.compile(r"/(?:\d+|[0-9a-f]{8,}(?:-[0-9a-f]+)*)(?=/|$)")
_Look = tuple[RequestTable, SourceShape, pd.DataFrame, pd.DataFrame, RowsReadOnce | None]


@dataclass(frozen=True)
class RequestsAtHand:
    """A source of requests that was opened and looked at; shows itself as a few sentences.

    Parameters
    ----------
    name : str
        Of the source in the workbook.
    source : Source
        As the workbook has it, with what the parameters say instead.
    given : mapping
        What the parameters say, as fields of a source; empty values where they say nothing.
    request : SourceRequest
        What was opened.
    account : RequestTable
        Rows read, used, refused and left out, and what is odd in them; its table is closed.
    shape : SourceShape
        The columns and their values.
    first : DataFrame
        Its first usable rows.
    minutes : DataFrame
        ``minute, n_rows`` (UTC).
    zone : str
        IANA zone in which days are cut.
    rows : RowsReadOnce, optional
        The usable rows of a text file, so that it is read once.
    said : str
        When the file is not the one the workbook names: what became of its name and its mapping.
    """

    name: str
    source: Source
    given: Mapping[str, Any]
    request: SourceRequest
    account: RequestTable
    shape: SourceShape
    first: pd.DataFrame
    minutes: pd.DataFrame
    zone: str
    workshop: Workshop
    rows: RowsReadOnce | None = None
    said: str = ""

    def opened(self) -> AbstractContextManager[RequestTable]:
        """Open the rows again, for a question that needs them; a text file is not read anew."""
        from slo_workbench.sources.anywhere import open_anywhere

        if self.rows is not None:
            return self.rows.opened()
        return open_anywhere(self.request, folder=self.workshop.folder)

    @property
    def n_rows(self) -> int:
        """Usable rows."""
        return self.account.n_rows_used

    @property
    def step_minutes(self) -> int:
        """How far apart rows lie, where they are counts taken at even distances; 1 for requests."""
        from slo_workbench.history.given_counts import resolution_minutes

        step = resolution_minutes(self.minutes["minute"]) if self.n_rows == len(self.minutes) else 1
        return step if step >= SHORTEST_STEP_OF_COUNTS else 1

    @property
    def sentences(self) -> tuple[str, ...]:
        """What was read, and from when to when."""
        one = self.account
        words = FORMATS[one.format].words if one.format in FORMATS else one.format
        files = ", ".join(file.name for file in one.files[:3]) + (f" and {len(one.files) - 3} more" if len(one.files) > 3 else "")
        account = (
            f"{counted(one.n_rows_read, 'row')} read, {format_count(one.n_rows_used)} used, {format_count(one.n_rows_refused)} refused"
        )
        left_out = f", {format_count(one.n_rows_left_out)} left out by where" if one.n_rows_left_out else ""
        span = f"They span {format_days(self.shape.n_days)}, from {_moment(one.first_time)} to {_moment(one.last_time)} UTC"
        return (
            *filter(None, (self.said,)),
            f"{self.name}: {files or 'a database'}, read as {words}. {account}{left_out}.",
            f"{span}; days are cut in {self.zone}.",
        )

    def first_rows(self, n: int = 5) -> FewRows:
        """Return the first usable rows; a dash where there is no value."""
        return FewRows(without_repeated_columns(self.first.head(n), self.source.columns))

    def columns(self) -> Fragment:
        """Return a table of the columns: what each means, and what it holds."""
        rows = [
            (one.name, one.kind, _MEANINGS.get(one.name, "your own column, for conditions"), self._held(one))
            for one in self.shape.columns.values()
        ]
        missing = [name for name in CANONICAL_COLUMNS if name not in self.shape.columns and name != "weight"]
        none = f"Not in this source: {'; '.join(f'{name} ({_MEANINGS[name]})' for name in missing)}." if missing else None
        return together(table(["Column", "Kind", "What it means", "What it holds"], rows), paragraphs(none, self._with_ids))

    @property
    def _with_ids(self) -> str | None:
        """How to fold ids in paths, where a route holds one."""
        found = next((one.route for one in self.shape.routes if _ID_IN_PATH.search(one.route)), None)
        if found is None:
            return None
        before, after = found[: _ID_IN_PATH.search(found).start() + 1], _ID_IN_PATH.sub("/{id}", found)  # type: ignore[union-attr]
        column = self.source.columns.get("route", "route")
        fold = f"route=case when {column} like '{before}%' then '{after}' else {column} end"
        return f"There are identifiers in paths, such as {found}, so that each counts as a route of its own. Put into columns, this folds them: {fold}"

    def _held(self, column: ColumnShape) -> str:
        without = f"; {counted(column.n_null, 'row')} without" if column.n_null else ""
        if column.values:
            few = ", ".join(str(value) for value, _ in column.values[:4])
            return f"{counted(len(column.values), 'value')}: {few}{', …' if len(column.values) > 4 else ''}{without}"
        if column.p90 is not None and column.p99 is not None and column.name == "latency_ms":
            return f"90 % within {format_ms(float(f'{column.p90:.3g}'))}, 99 % within {format_ms(float(f'{column.p99:.3g}'))}{without}"
        seen = self.first[column.name].dropna() if column.name in self.first else pd.Series(dtype=object)
        return f"such as {_cell(seen.iloc[0])}{without}" if len(seen) else f"nothing in the first rows{without}"

    def values(self, column: str = "") -> Fragment:
        """Return how many rows hold each value of a column, most frequent first; of the routes, or the first column that takes few values.

        Raises
        ------
        FindingsError
            When there is no such column.
        """
        column = column or self._telling_column
        shape = self._column(column)
        pairs = shape.values or tuple((route.route, route.n_rows) for route in self.shape.routes if column == "route")
        if not pairs:
            return paragraphs(f"The column {column} takes too many values to list; {self._held(shape)}.")
        rows = [(str(value), format_count(n_rows), format_share(n_rows / max(self.n_rows, 1))) for value, n_rows in pairs[:MOST_LISTED]]
        n_more = sum(n_rows for _, n_rows in pairs[MOST_LISTED:])
        if n_more:
            rows.append((f"{len(pairs) - MOST_LISTED} others", format_count(n_more), format_share(n_more / max(self.n_rows, 1))))
        return table([column, "rows", "share"], rows, numbers=(1, 2))

    @property
    def _telling_column(self) -> str:
        takes_few = (name for name, one in self.shape.columns.items() if one.values)
        return "route" if self.shape.has("route") else next(takes_few, next(iter(self.shape.columns)))

    def _column(self, name: str) -> ColumnShape:
        from slo_workbench.document.findings import nearest_hint

        if name not in self.shape.columns:
            hint = nearest_hint(name, self.shape.columns)
            raise FindingsError([Finding("unknown-column", f"there is no column {name!r}", where=self.name, hint=hint)])
        return self.shape.columns[name]

    def quality(self) -> Fragment:
        """Return what is odd in the rows: refused ones with an example, odd latencies, times without a zone."""
        if not self.account.findings:
            read = f"All {counted(self.account.n_rows_read, 'row')} could be read, and none of them looked odd by itself."
            return paragraphs(f"{read} {'Some may be missing: see below.' if len(self.gaps) else ''}".rstrip())
        return findings_list([in_a_notebook(found) for found in self.account.findings])

    @property
    def gaps(self) -> pd.DataFrame:
        """Stretches without rows where rows were to be expected: ``start, end, n_expected``, UTC."""
        from slo_workbench.history.quality import find_gaps

        return find_gaps(self.minutes, resolution_minutes=self.step_minutes)

    def by_day(self) -> Fragment:
        """Return a picture of the rows a day, and the stretches without data."""
        from slo_workbench.plots.rows_by_day import draw_rows_by_day, rows_by_day_alt_text
        from slo_workbench.plots.style import plot_style

        gaps = self.gaps.assign(start=self._local(self.gaps["start"]), end=self._local(self.gaps["end"]))
        local = self._local(self.minutes["minute"]) if self.step_minutes < 1440 else self.minutes["minute"]
        summed = self.minutes.groupby(local.dt.normalize().to_numpy())["n_rows"].sum()
        days = pd.date_range(summed.index.min(), summed.index.max(), freq="D")
        daily = pd.DataFrame({"day": days, "n_rows": summed.reindex(days, fill_value=0).to_numpy()})
        hours = (gaps["end"] - gaps["start"]).dt.total_seconds().sum() / 3600
        title = f"{counted(len(gaps), 'stretch', 'stretches')} without data, {hours:.1f} h together" if len(gaps) else "No gap stands out"
        with plot_style():
            drawn = picture(draw_rows_by_day(daily, gaps, title=title), alt=rows_by_day_alt_text(daily, gaps))
        return together(drawn, self._gap_table(gaps)) if len(gaps) else drawn

    def _local(self, times: pd.Series[Any]) -> pd.Series[Any]:
        local: pd.Series[Any] = times.dt.tz_localize("UTC").dt.tz_convert(self.zone).dt.tz_localize(None)
        return local

    def _gap_table(self, gaps: pd.DataFrame) -> Fragment:
        rows: Any = gaps.head(MOST_GAPS).itertuples()
        shown = [(_moment(gap.start), _moment(gap.end), f"about {format_count(round(gap.n_expected))}") for gap in rows]
        more = f"And {len(gaps) - MOST_GAPS} more." if len(gaps) > MOST_GAPS else None
        return together(table([f"no data from ({self.zone})", "to", "rows expected"], shown, numbers=(2,)), paragraphs(more))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return paragraphs(*self.sentences)._repr_mimebundle_()


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


def _cell(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def requests_at_hand(workshop: Workshop, source_id: str = "", *, path: str = "", columns: str = "", time_zone: str = "") -> RequestsAtHand:
    """Open the requests of a source, or of a file that is to become one, and look at what is in them.

    Parameters
    ----------
    workshop : Workshop
    source_id : str
        Name of the source in the workbook, or of the one to come; empty for the first.
    path : str
        A file in the workbook's folder instead of what the workbook names.
    columns : str
        How its columns are called: ``time=ts, latency_ms=took * 1000``; empty for as they are.
    time_zone : str
        IANA zone of times that carry none.

    Raises
    ------
    FindingsError
        When there is nothing to open, naming the files that lie beside the workbook; or it cannot be read, with how to name its columns.
    """
    from slo_workbench.history.from_workbook import source_request

    described = described_source(workshop, source_id, path=path, columns=columns, time_zone=time_zone)
    name, source = described.name, described.source
    request = source_request(name, source, workshop.folder)
    zone = workshop.workbook.service.time_zone
    if source.url:  # a database changes without saying so
        looked_at = _look(request, workshop)
    else:
        state = source.model_dump(mode="json", exclude={"description"}), _fingerprints(request)
        looked_at = workshop.kept(f"rows {name}", state, lambda: _look(request, workshop))
    account, shape, first, minutes, rows = looked_at
    return RequestsAtHand(name, source, described.given, request, account, shape, first, minutes, zone, workshop, rows, described.said)


def _look(request: SourceRequest, workshop: Workshop) -> _Look:
    """Read a source once, and look at all of it."""
    from slo_workbench.sources.anywhere import open_anywhere
    from slo_workbench.sources.source_shape import describe_source

    try:
        with open_anywhere(request, folder=workshop.folder) as read:
            kept = keep_rows(read)
            with kept.opened() if kept else nullcontext(read) as opened:
                rows: Any = opened.table
                first: pd.DataFrame = rows.limit(N_FIRST_ROWS).to_pandas()
                return read, describe_source(opened), first, _rows_by_minute(opened), kept
    except FindingsError as error:
        raise FindingsError([in_a_notebook(mapping_hint(found, request)) for found in error.findings]) from None


def _fingerprints(request: SourceRequest) -> list[SourceFile]:
    from slo_workbench.sources.files import find_files, fingerprint

    return [fingerprint(file) for file in find_files(request.path, source=request.name)]


def _rows_by_minute(opened: RequestTable) -> pd.DataFrame:
    from slo_workbench.sources.clock import steps_since_1970

    seen: Any = opened.table.select(minute=steps_since_1970(opened.table, 60))
    frame = seen.group_by("minute").aggregate(n_rows=seen.count()).order_by("minute").to_pandas().astype("int64")
    times: Iterator[Any] = frame["minute"].to_numpy().astype("datetime64[m]").astype("datetime64[us]")
    return pd.DataFrame({"minute": np.asarray(times), "n_rows": frame["n_rows"]})
