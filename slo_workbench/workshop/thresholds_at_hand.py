"""How fast is fast enough: what share is served within which time, what people bear, and what they do after a slow answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from slo_workbench.analysis.latency_frontier import LatencyFrontier, latency_frontier
from slo_workbench.document.findings import Finding, FindingsError
from slo_workbench.document.model import Indicator
from slo_workbench.document.sli_menu import SLI_MENU
from slo_workbench.errors import SloWorkbenchError, TooLittleData, UnusableValue
from slo_workbench.history.history import IndicatorQuery
from slo_workbench.journeys.journey_view import POINT_WORDS
from slo_workbench.proposal.fragments import Fragment, code, paragraphs, picture, table, together
from slo_workbench.units import counted, format_ms, format_share
from slo_workbench.workshop.few_rows import FewRows
from slo_workbench.workshop.opening import Workshop

if TYPE_CHECKING:
    from slo_workbench.sources.rows import RequestTable

__all__ = ["ThresholdsAtHand", "parse_thresholds", "thresholds_at_hand", "what_people_do_after"]

SHARES = (Decimal("0.5"), Decimal("0.9"), Decimal("0.95"), Decimal("0.99"), Decimal("0.999"))
WINDOW_DAYS = 28
N_ROWS_LOOKED_AT = 5_000


@dataclass(frozen=True)
class ThresholdsAtHand:
    """The times to answer of one indicator's valid events; shows itself as a few sentences.

    Parameters
    ----------
    workshop : Workshop
    indicator : Indicator
    frontier : LatencyFrontier
        The share good within each time.
    """

    workshop: Workshop
    indicator: Indicator
    frontier: LatencyFrontier

    @property
    def event(self) -> str:
        """What one event is called."""
        return SLI_MENU[self.indicator.kind].event

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is measured, and within which times the workbook calls it good."""
        now = " and ".join(format_ms(threshold) for threshold in self.indicator.thresholds_ms)
        chosen = f"The workbook says: good within {now}." if now else "The workbook has no threshold for it yet."
        return f"{self.indicator.id}: {self.indicator.specification}", chosen, self.frontier.sentences[0]

    @property
    def measured(self) -> Fragment:
        """What is measured and where, without any figure: for a look before anybody has guessed one."""
        where = (
            f"{self.indicator.id}: the time to answer of each valid {self.event}, measured at: {POINT_WORDS[self.indicator.measured_at]}."
        )
        return together(paragraphs(where), code(f"valid:  {self.indicator.valid}\ngood:   {self.indicator.good}"))

    def few_rows(self, n: int = 10) -> FewRows:
        """Return a few valid events with their time to answer, of the first thousands in order of time: one from each of as many equal parts."""
        from slo_workbench.history.indicators import compile_indicator

        with _opened(self.workshop, self.indicator.source) as opened:
            rows: Any = opened.table
            compiled = compile_indicator(_query(self.indicator), rows, format=opened.format)
            valid: Any = compiled.valid
            good: Any = compiled.good
            marked = rows.mutate(good=good.fill_null(False)).filter(valid.fill_null(False) & rows["latency_ms"].notnull())
            columns = [name for name in ("time", "route", "status", "latency_ms", "good") if name in marked.columns]
            frame: pd.DataFrame = marked.select(*columns).order_by("time").limit(N_ROWS_LOOKED_AT).to_pandas()
        ranked = frame.sort_values("latency_ms", kind="stable", ignore_index=True)
        n_shown = min(n, len(ranked))
        places = ((np.arange(n_shown) + 0.5) / max(n_shown, 1) * len(ranked)).astype(int)
        return FewRows(ranked.iloc[places].reset_index(drop=True))

    def times(self) -> Fragment:
        """Return within which time so many of a hundred valid events were good."""
        rows = []
        for share in SHARES:
            try:
                _, high = self.frontier.quantile_bounds(float(share))
                rows.append((f"{format_share(share)} of valid {self.event}s", format_ms(float(f"{high:.3g}"))))
            except TooLittleData:
                rows.append((f"{format_share(share)} of valid {self.event}s", "never: too many failed"))
        return table(["Share", "good within"], rows, numbers=(1,))

    def curve(self, *thresholds_ms: float) -> Fragment:
        """Return the picture: the share good within each time, with thresholds as lines; the workbook's, when none are given."""
        from slo_workbench.plots.latency_curve import draw_latency_curve, latency_curve_alt_text
        from slo_workbench.plots.style import plot_style

        chosen = [float(threshold) for threshold in thresholds_ms or self.indicator.thresholds_ms]
        frame = self.frontier.table
        title = (
            f"{format_share(self.frontier.share_within(min(chosen))[0])} good within {format_ms(min(chosen))}"
            if chosen
            else "How long people wait"
        )
        with plot_style():
            ax = draw_latency_curve(
                frame,
                thresholds_ms=chosen,
                knee_ms=self.frontier.knee_ms,
                window_days=self.frontier.window_days,
                event=self.event,
                title=title,
            )
            return picture(ax, alt=latency_curve_alt_text(frame, thresholds_ms=chosen, event=self.event))

    def shares(self, *thresholds_ms: float) -> Fragment:
        """Return what share is good within each of some times, over the whole history and in the worst window."""
        frame = self.frontier.table
        wanted = sorted({float(threshold) for threshold in thresholds_ms or self.indicator.thresholds_ms})
        rows = []
        for threshold in wanted:
            least, most = self.frontier.share_within(threshold)
            share = " to ".join(dict.fromkeys([format_share(least), format_share(most)]))
            rows.append((format_ms(threshold), share, self._worst(frame, threshold)))
        if not rows:
            return paragraphs("There is no threshold to look at yet: name one, in milliseconds.")
        return table(["Good within", "Whole history", f"Worst {self.frontier.window_days} days"], rows, numbers=(0, 1, 2))

    def _worst(self, frame: pd.DataFrame, threshold: float) -> str:
        if "worst_window_share" not in frame:
            return "history too short"
        within = frame.loc[frame["threshold_ms"] <= threshold * (1 + 1e-9), "worst_window_share"]
        return format_share(float(within.iloc[-1])) if len(within) else format_share(0.0)

    def pairs(self) -> Fragment:
        """Return which thresholds and targets go together in this history."""
        rows = [
            (pair.kind, format_ms(pair.threshold_ms), format_share(pair.target), format_share(pair.reached_share))
            for pair in self.frontier.suggested_pairs
        ]
        said = paragraphs(*self.frontier.sentences[1:])
        if not rows:
            return said
        return together(table(["For the", "Good within", "Target that was kept", "Least share reached"], rows, numbers=(1, 2, 3)), said)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return paragraphs(*self.sentences)._repr_mimebundle_()

    @cached_property
    def slow_ms(self) -> float:
        """A time that is slow here: the smallest threshold, else what one in ten waits longer than."""
        if self.indicator.thresholds_ms:
            return float(min(self.indicator.thresholds_ms))
        try:
            return float(f"{self.frontier.quantile_bounds(0.9)[1]:.2g}")
        except TooLittleData:
            return float(f"{float(self.frontier.table['threshold_ms'].iloc[-1]):.2g}")


def thresholds_at_hand(workshop: Workshop, indicator_id: str = "", *, journey_id: str = "") -> ThresholdsAtHand:
    """Look at the times to answer of an indicator.

    Parameters
    ----------
    workshop : Workshop
    indicator_id, journey_id : str
        Empty for the first one, of the journey where that is named: one with thresholds before the others.

    Raises
    ------
    FindingsError
        When there is no such indicator, or its events have no latency.
    """
    indicator = _indicator(workshop, indicator_id, journey_id)
    try:
        frontier = latency_frontier(
            workshop.history_of(indicator.id), indicator.id, window_days=WINDOW_DAYS, time_zone=workshop.workbook.service.time_zone,
            event=SLI_MENU[indicator.kind].event,
        )  # fmt: skip
    except TooLittleData as error:
        hint = 'map the column in notebook 02: columns = "latency_ms=…"; or choose another indicator_id'
        raise FindingsError([Finding("no-latencies", str(error), where=indicator.id, hint=hint)]) from None
    return ThresholdsAtHand(workshop, indicator, frontier)


def _indicator(workshop: Workshop, indicator_id: str, journey_id: str) -> Indicator:
    if not indicator_id:
        of_journey = [one for one in workshop.workbook.indicators if not journey_id or one.journey == journey_id]
        timed = next((one for one in of_journey if one.thresholds_ms), None)
        if timed is not None:
            return timed
    return workshop.indicator(indicator_id, journey_id=journey_id)


def _query(indicator: Indicator) -> IndicatorQuery:
    return IndicatorQuery(indicator.id, indicator.source, indicator.valid, indicator.good)


def _opened(workshop: Workshop, source: str) -> Any:
    from slo_workbench.history.from_workbook import source_request
    from slo_workbench.sources.anywhere import open_anywhere

    request = source_request(source, workshop.workbook.sources[source], workshop.folder)
    return open_anywhere(request, folder=workshop.folder)


def parse_thresholds(text: str) -> tuple[float, ...]:
    """Read thresholds in milliseconds, separated by commas; none from empty text.

    Raises
    ------
    UnusableValue
        For anything else.

    Examples
    --------
    >>> parse_thresholds("3000, 10000"), parse_thresholds("")
    ((3000.0, 10000.0), ())
    >>> parse_thresholds("3s")
    Traceback (most recent call last):
    slo_workbench.errors.UnusableValue: thresholds are milliseconds separated by commas, such as 3000, 10000; not '3s'
    """
    try:
        found = sorted({float(part) for part in text.split(",") if part.strip()})
    except ValueError:
        found = [0.0]
    if any(not 0 < threshold < 1e12 for threshold in found):
        raise UnusableValue(f"thresholds are milliseconds separated by commas, such as 3000, 10000; not {text!r}")
    return tuple(found)


def what_people_do_after(
    workshop: Workshop, indicator_id: str, threshold_ms: float | None = None, *, within_minutes: float = 60, seed: int = 0
) -> Fragment:
    """Return whether fewer people go on to buy after a slow answer than after a quick one; or why nobody can tell.

    Parameters
    ----------
    workshop : Workshop
    indicator_id : str
        Of a step before the purchase; empty for the first.
    threshold_ms : float, optional
        What is slow; what the workbook says when left out.
    within_minutes : float
        How soon after the answer a purchase counts.
    seed : int
        Of the draws of users.
    """
    from slo_workbench.analysis.conversion import conversion_after
    from slo_workbench.history.user_events import read_user_events

    indicator = _indicator(workshop, indicator_id, "")
    slow_ms = threshold_ms or (
        min(indicator.thresholds_ms) if indicator.thresholds_ms else thresholds_at_hand(workshop, indicator.id).slow_ms
    )
    heading = paragraphs(f"{indicator.id}: a good answer is one within {format_ms(slow_ms)}.")
    cannot = "What people do after a slow answer cannot be told from this data:"
    n_bought = n_others = 0
    try:
        with _opened(workshop, indicator.source) as opened:
            events = read_user_events(opened, _with_purchases(indicator, slow_ms, opened))
        n_bought, n_others = int((events["value_cents"] > 0).sum()), int((events["value_cents"] <= 0).sum())
        found = conversion_after(events, within_minutes=within_minutes, rng=np.random.default_rng(seed))
    except SloWorkbenchError as error:
        if n_bought > n_others:
            why = f"most valid {SLI_MENU[indicator.kind].event}s of {indicator.id} are purchases themselves"
            cure = "Write a step before the purchase into step_indicator_id; where there is none yet, notebook 03 makes one."
            return together(heading, paragraphs(f"{cannot} {why}, so nothing is left that a purchase could follow. {cure}"))
        return together(heading, paragraphs(f"{cannot} {_reason(error)}."))
    return together(
        heading, paragraphs(*found.sentences, f"{counted(len(events), 'request')} of people were looked at, purchases included.")
    )


def _reason(error: SloWorkbenchError) -> str:
    return "; ".join(found.message for found in error.findings) if isinstance(error, FindingsError) else str(error)


def _with_purchases(indicator: Indicator, slow_ms: float, opened: RequestTable) -> IndicatorQuery:
    """Return a query in which the purchases of the same source stand beside the indicator's events."""
    columns: Sequence[str] = opened.table.columns
    if "value" not in columns:
        raise TooLittleData("no request has money on it, so nothing says who bought")
    bought = "coalesce(value, 0) > 0" + (" and status < 400" if "status" in columns else "")
    event = f"({indicator.valid}) and not (coalesce(value, 0) > 0)"
    good = f"({bought}) or (({event}) and ({indicator.good}) and latency_ms <= {slow_ms:g})"
    return IndicatorQuery(indicator.id, indicator.source, f"({bought}) or ({event})", good)
