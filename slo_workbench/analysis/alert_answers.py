"""Which incidents the firings of alerts answer, and what each incident cost until somebody was called."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from slo_workbench.analysis.alert_firings import CountGrid
from slo_workbench.analysis.incidents import find_incidents

__all__ = ["ALERT_VERDICTS", "KnownIncidents", "answered", "judge_incidents", "latest_answered"]

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

ALERT_VERDICTS = ("paged", "ticket only", "already firing", "missed", "no data", "outside the data")
"""What the alerts did about an incident. ``already firing``: nothing new came, but a page from before it still fired as it began."""

MINUTE = pd.Timedelta(minutes=1)


@dataclass(frozen=True)
class KnownIncidents:
    """Incidents in order of their start, in minutes since the start of the data."""

    table: pd.DataFrame
    starts: Floats
    ends: Floats
    is_asked: Bools
    is_circular: bool

    @classmethod
    def of(cls, listed: pd.DataFrame | None, series: pd.DataFrame, grid: CountGrid, journey: str | None) -> KnownIncidents:
        """Take a list (``id, start, end``, perhaps ``journeys``), or find incidents in the counts where there is none."""
        if listed is None:
            found = find_incidents(series, bin_minutes=max(60, grid.bin_minutes))
            table = found.assign(id=[f"found-{number + 1}" for number in range(len(found))])
        else:
            table = listed.sort_values("start", kind="stable", ignore_index=True)
        starts, ends = (np.asarray((pd.DatetimeIndex(table[name]) - grid.start) / MINUTE, dtype=np.float64) for name in ("start", "end"))
        named = table["journeys"] if "journeys" in table else [()] * len(table)
        is_asked = np.array([journey is None or not journeys or journey in journeys for journeys in named], dtype=bool)
        return cls(table, starts, ends, is_asked, listed is None)


def answered(firings: pd.DataFrame, incidents: KnownIncidents, slack_minutes: int) -> Bools:
    """Return which incident (row) each firing (column) answers."""
    at, short = (firings[name].to_numpy(dtype=np.float64)[None, :] for name in ("at", "short"))
    starts, ends = incidents.starts[:, None], incidents.ends[:, None]
    began: Bools = (starts < at) & (ends > at - short - slack_minutes)
    begins_soon = (at <= starts) & (starts < at + slack_minutes)
    return began | (begins_soon & ~began.any(axis=0))


def latest_answered(answers: Bools, incidents: KnownIncidents) -> pd.Series:
    """Name for each firing the answered incident that began last."""
    if not len(answers):
        return pd.Series([None] * answers.shape[1], dtype=object)
    latest = len(answers) - 1 - answers[::-1].argmax(axis=0)
    names = incidents.table["id"].to_numpy(dtype=object)[latest]
    names[~answers.any(axis=0)] = None
    return pd.Series(names, dtype=object)


def judge_incidents(grid: CountGrid, firings: pd.DataFrame, incidents: KnownIncidents, answers: Bools, allowed: float) -> pd.DataFrame:
    """Return one row an incident of the journey: its first page and ticket, and what was lost until then."""
    is_page = (firings["severity"] == "page").to_numpy(dtype=bool)
    at, until = (firings[name].to_numpy(dtype=np.float64) for name in ("at", "until"))
    named = list(incidents.table[["id", "start", "end"]].itertuples(index=False))
    rows = []
    for number in np.flatnonzero(incidents.is_asked):
        start, end = incidents.starts[number], incidents.ends[number]
        row = dict(zip(("incident", "start", "end"), named[number], strict=True))
        first = {}
        for severity, of_severity in (("page", is_page), ("ticket", ~is_page)):
            answering = np.flatnonzero(answers[number] & of_severity)
            first[severity] = len(answering) > 0
            row |= _first_call(grid, firings, int(answering[0]) if len(answering) else None, severity, start, allowed)
        fires_already = bool((is_page & (at <= start) & (until > start)).any())
        row["verdict"] = _verdict(grid, start, end, first["page"], first["ticket"], fires_already)
        rows.append(row)
    calls = [f"{severity}_{name}" for severity in ("page", "ticket") for name in ("tier", "start", "delay_minutes", "budget_share")]
    judged = pd.DataFrame(rows, columns=["incident", "start", "end", "verdict", *calls])
    judged.insert(4, "missed", judged["verdict"] == "missed")
    for name in ("page_tier", "ticket_tier"):
        judged[name] = judged[name].astype(object).where(judged[name].notna(), None)
    return judged.astype({name: "float64" for name in calls if name.endswith(("minutes", "share"))})


def _first_call(
    grid: CountGrid, firings: pd.DataFrame, place: int | None, severity: str, start: float, allowed: float
) -> dict[str, object]:
    if place is None:
        values: tuple[object, ...] = (None, pd.NaT, np.nan, np.nan)
    else:
        at = float(firings["at"].iloc[place])
        lost = grid.bad_before[int(at) // grid.bin_minutes] - grid.bad_before[max(0, int(start // grid.bin_minutes))] if at > start else 0
        values = (firings["tier"].iloc[place], firings["start"].iloc[place], max(0.0, at - start), float(lost) / allowed)
    return {f"{severity}_{name}": value for name, value in zip(("tier", "start", "delay_minutes", "budget_share"), values, strict=True)}


def _verdict(grid: CountGrid, start: float, end: float, has_page: bool, has_ticket: bool, fires_already: bool) -> str:
    if has_page:
        return "paged"
    if end <= 0 or start >= grid.n_bins * grid.bin_minutes:
        return "outside the data"
    if fires_already:
        return "already firing"
    if has_ticket:
        return "ticket only"
    first, behind = max(0, int(start // grid.bin_minutes)), min(grid.n_bins, int(-(-end // grid.bin_minutes)))
    return "missed" if grid.valid_before[behind] > grid.valid_before[first] else "no data"
