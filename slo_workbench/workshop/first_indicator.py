"""A first SLI on the requests at hand: what is valid and what is good, counted on a few rows and then over the whole history."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from slo_workbench.document.findings import Finding, FindingsError
from slo_workbench.errors import UnusableValue
from slo_workbench.history.history import IndicatorQuery
from slo_workbench.proposal.fragments import Fragment, code, paragraphs, picture, together
from slo_workbench.units import counted, format_count, format_days, format_share
from slo_workbench.workshop.decisions import Decision, decide
from slo_workbench.workshop.few_rows import FewRows, without_repeated_columns
from slo_workbench.workshop.guessed_columns import guess_columns, guessed_text
from slo_workbench.workshop.journeys_at_hand import FIRST_JOURNEY, identifier
from slo_workbench.workshop.requests_at_hand import RequestsAtHand

if TYPE_CHECKING:
    from slo_workbench.history.history import History

__all__ = ["FirstIndicator", "decide_first_indicator", "first_indicator", "with_every_error_bad"]

USUAL_GOOD = "status < 500 and status <> 429"
WINDOW_DAYS = 28
_SHOWN = ("time", "route", "method", "status", "latency_ms", "client", "degraded")


@dataclass(frozen=True)
class FirstIndicator:
    """What counts and what is good, on the requests at hand; shows itself as its two conditions.

    Parameters
    ----------
    hand : RequestsAtHand
    id : str
        Of the indicator in the workbook, or of the one to come.
    journey_id, journey_name : str
        The journey it speaks for.
    valid, good : str
        Conditions over the columns, or the columns of counts.
    said : str
        Where the conditions come from.
    given : mapping
        What the parameters say: ``valid, good, specification, measured_at``.
    """

    hand: RequestsAtHand
    id: str
    journey_id: str
    journey_name: str
    valid: str
    good: str
    said: str
    given: Mapping[str, str]

    @property
    def query(self) -> IndicatorQuery:
        """What is counted, without thresholds."""
        return IndicatorQuery(self.id, self.hand.name, self.valid, self.good)

    def few_rows(self, n: int = 10) -> FewRows:
        """Return a few rows around the first bad event, with two columns more: whether each is ``valid`` and ``good``.

        Where rows are counts, these are numbers of events.

        Raises
        ------
        FindingsError
            When a condition cannot be used on these columns.
        """
        from slo_workbench.history.indicators import compile_indicator

        with self.hand.opened() as opened:
            rows: Any = opened.table
            compiled = compile_indicator(self.query, rows, format=opened.format)
            if compiled.is_counted:
                return self._shown(rows.mutate(valid=compiled.valid, good=compiled.good).order_by("time").limit(n).to_pandas())
            valid: Any = compiled.valid
            good: Any = compiled.good
            marked = rows.mutate(valid=valid.fill_null(False), good=(valid & good).fill_null(False))
            return self._shown(_around_first_bad(marked, n))

    def _shown(self, frame: pd.DataFrame) -> FewRows:
        named = [column for column in frame.columns if re.search(rf"\b{re.escape(column)}\b", f"{self.valid} {self.good}")]
        once = set(without_repeated_columns(frame, self.hand.source.columns).columns)
        wanted = [column for column in frame.columns if (column in _SHOWN and column in once) or column in named]
        return FewRows(frame[[*(name for name in wanted if name not in ("valid", "good")), "valid", "good"]])

    def over_history(self) -> Fragment:
        """Return the share that was good over the whole history: in a sentence, by day, and as a picture.

        Raises
        ------
        FindingsError
            When a condition cannot be used on these columns, or nothing is valid.
        """
        history = self._counted()
        series = history.series_of(self.id)
        n_valid, n_good = int(series["valid"].sum()), int(series["good"].sum())
        if not n_valid:
            raise FindingsError(list(history.findings))
        span = format_days(self.hand.shape.n_days)
        said = f"Over {span} {format_share(n_good / n_valid)} of {counted(n_valid, 'valid event')} were good, and {format_count(n_valid - n_good)} bad."
        return together(paragraphs(said, self._not_valid(n_valid, history)), self._drawn(history, said))

    def _counted(self) -> History:
        from slo_workbench.history.reduce import reduce_requests

        with self.hand.opened() as opened:
            return reduce_requests({self.hand.name: opened}, [self.query])

    def _not_valid(self, n_valid: int, history: History) -> str | None:
        n_rows = self.hand.n_rows
        if history.source_of(self.id).resolution_minutes > 1 or n_valid >= n_rows:
            return None  # every row is valid; or rows are counts, or stand for several requests each
        return f"{format_count(n_rows - n_valid)} of {counted(n_rows, 'row')} are not valid: they count neither as good nor as bad."

    def _drawn(self, history: History, said: str) -> Fragment:
        from slo_workbench.analysis.windows import complete_days_of, rolling_sli
        from slo_workbench.plots.sli_over_time import draw_sli_over_time
        from slo_workbench.plots.style import plot_style

        daily, _ = complete_days_of(history, self.id, time_zone=self.hand.zone)
        daily = daily.assign(sli=(daily["good"] / daily["valid"].where(daily["valid"] > 0)).astype(float))
        seen = daily.dropna(subset=["sli"])
        if seen.empty:
            return paragraphs("No day is covered completely, so there is nothing to draw by day.")
        low, high = float(seen["sli"].min()), float(seen["sli"].max())
        between = "were all at" if format_share(low) == format_share(high) else f"lay between {format_share(low)} and"
        days = f"Its {counted(len(seen), 'complete day')} {between} {format_share(high)}; one number for all of them does not tell that."
        with plot_style():
            title = f"{format_share(float(seen['good'].sum() / seen['valid'].sum()))} good over {counted(len(seen), 'complete day')}"
            ax = draw_sli_over_time(daily, rolling_sli(daily, WINDOW_DAYS), window_days=WINDOW_DAYS, title=title)
            return together(paragraphs(days), picture(ax, alt=f"The share of good events by day. {said} {days}"))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        shown = together(paragraphs(self.said), code(f"valid:  {self.valid}\ngood:   {self.good}"))
        return shown._repr_mimebundle_()


def _around_first_bad(marked: Any, n: int) -> pd.DataFrame:
    """Return rows in order of time, most of them valid: up to the first bad one and a little on, with some that are not valid."""
    bad = marked.filter(marked.valid & ~marked.good)
    first_bad = bad.aggregate(time=bad.time.min()).to_pyarrow()["time"][0].as_py()
    if first_bad is None:
        whole: pd.DataFrame = marked.order_by("time").limit(n).to_pandas()
        return whole
    before, after = marked.filter(marked.time < first_bad), marked.filter(marked.time >= first_bad)
    others = before.filter(~before.valid).order_by(before.time.desc()).limit(n // 4).to_pandas()
    earlier = before.filter(before.valid).order_by(before.time.desc()).limit(n // 2).to_pandas()
    later = after.filter(after.valid).order_by("time").limit(n - len(others) - len(earlier)).to_pandas()
    found: pd.DataFrame = pd.concat([part for part in (earlier, others, later) if len(part)], ignore_index=True)
    return found.sort_values("time", kind="stable", ignore_index=True)


def first_indicator(
    hand: RequestsAtHand, *, journey_id: str = "", journey_name: str = "", valid: str = "", good: str = "", specification: str = "",
    measured_at: str = "",
) -> FirstIndicator:  # fmt: skip
    """Return what counts and what is good: as the parameters say, as the workbook has it, or as a usual first draft.

    Parameters
    ----------
    hand : RequestsAtHand
    journey_id, journey_name : str
        The journey; empty for the first, or for one to come.
    valid, good : str
        Conditions over the columns; empty for those of the workbook's indicator on these requests, else for a draft.
    specification, measured_at : str
        For an indicator to come: in words, and where it was measured.

    Raises
    ------
    UnusableValue
        When nothing says what is good, and there is no status to go by.
    """
    workbook = hand.workshop.workbook
    journey = next((one for one in workbook.journeys if not journey_id or one.id == journey_id), None)
    name = journey_name or (journey.name if journey else FIRST_JOURNEY)
    of_journey = journey.id if journey else journey_id or identifier(name)
    there = next((one for one in workbook.indicators if one.source == hand.name and one.journey == of_journey), None)
    given = {"valid": valid, "good": good, "specification": specification, "measured_at": measured_at}
    if there is not None:
        said = "As the parameters say." if valid or good else f"As the workbook has it: {there.id}. {there.specification}"
        return FirstIndicator(hand, there.id, of_journey, name, valid or there.valid, good or there.good, said, given)
    draft = _draft(hand, valid, good)
    said = (
        "As the parameters say."
        if good
        else "A draft: the workbook has no indicator for these requests yet. Say it better in the parameters."
    )
    return FirstIndicator(hand, _free_id(hand, of_journey), of_journey, name, *draft, said, given)


def _free_id(hand: RequestsAtHand, journey_id: str) -> str:
    taken = {one.id for one in hand.workshop.workbook.indicators}
    wanted = f"{journey_id}-availability"
    return wanted if wanted not in taken else f"{wanted}-{hand.name}"


def _draft(hand: RequestsAtHand, valid: str, good: str) -> tuple[str, str]:
    columns = hand.shape.columns
    if not good and "valid" in columns and "good" in columns:
        return valid or "valid", "good"
    if not good and "status" not in columns:
        raise UnusableValue(_which_are_good(hand))
    return valid or "true", good or USUAL_GOOD


def _which_are_good(hand: RequestsAtHand) -> str:
    guessed = guess_columns(hand.first)
    is_renamed = guessed.get("status", "status") != "status"
    other_name = f'; or say which column is the status: columns: str = "{guessed_text(guessed)}"' if is_renamed else ""
    return (
        'which rows are good? write it into the parameters cell, such as good: str = "latency_ms <= 1000"; '
        f"the columns are {', '.join(hand.shape.columns)}{other_name}"
    )


def with_every_error_bad(first: FirstIndicator) -> Fragment:
    """Return the share that would be good if every status from 400 on were bad; or that the rows have no status to go by."""
    if "status" not in first.hand.shape.columns:
        return paragraphs("These rows have no status, so there is nothing to count more strictly.")
    return replace(first, good="status < 400").over_history()


def decide_first_indicator(first: FirstIndicator) -> Decision:
    """Write the indicator into the workbook, and its journey where there is none yet; a draft that nobody has confirmed is not written.

    Raises
    ------
    FindingsError
        When the source is not in the workbook yet, or the result would have errors.
    """
    workshop = first.hand.workshop
    given = dict(first.given)
    workbook = workshop.workbook
    is_there = any(one.id == first.id for one in workbook.indicators)
    if not is_there and not any(given.values()):
        said = "No first SLI yet, so nothing is written: write valid and good into the parameters at the top, and run the notebook again."
        return Decision(f"indicator {first.id}", "", said)
    if is_there:
        return decide(workshop.path, "indicator", first.id, seen=workbook, **given)
    if first.hand.name not in workbook.sources:
        hint = "decide the source first, in the cell above"
        raise FindingsError([Finding("unknown-source", f"the workbook has no source {first.hand.name!r} yet", hint=hint)])
    if not any(one.id == first.journey_id for one in workbook.journeys):
        decide(workshop.path, "journey", first.journey_id, name=first.journey_name)
    words = first.given["specification"] or f"The share of requests with {first.valid} that were answered with {first.good}."
    fields: dict[str, Any] = {
        "journey": first.journey_id, "kind": "availability", "specification": words, "measured_at": given["measured_at"] or "server_log",
        "source": first.hand.name, "valid": first.valid, "good": first.good,
    }  # fmt: skip
    return decide(workshop.path, "indicator", first.id, **fields)
