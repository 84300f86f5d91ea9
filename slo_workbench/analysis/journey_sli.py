"""One SLI for a journey of several steps, from sums of their events; whole visits are looked at in ``journey_sessions``.

The SLIs of the steps are never multiplied: that takes their failures as independent, and steps share machines, releases and
the people who retry. What a whole visit comes to is counted from visits instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from slo_workbench.document.findings import Finding
from slo_workbench.errors import TooLittleData, UnusableValue
from slo_workbench.units import counted, format_count, format_share

__all__ = ["ComposedEvents", "compose_events"]

HIDING_SHARE = 0.5
LARGEST_WEIGHT = 1_000_000


@dataclass(frozen=True)
class ComposedEvents:
    """The events of a journey's steps added up.

    Parameters
    ----------
    counts : DataFrame
        ``minute, valid, good``: weighted sums of the steps, in order of time; whole numbers when all weights are.
    steps : DataFrame, one row a step in the order given
        ``step, weight, valid, bad`` (events, unweighted), ``sli`` (0 to 1; NaN without events) and ``event_share`` (of all weighted valid events).
    event : str
    findings : tuple of Finding
    """

    counts: pd.DataFrame
    steps: pd.DataFrame
    event: str = "event"
    findings: tuple[Finding, ...] = ()

    @property
    def sli_share(self) -> float:
        """Good by valid of all steps together, weighted; 0 to 1."""
        return float(self.counts["good"].sum()) / float(self.counts["valid"].sum())

    @property
    def worst_step(self) -> str:
        """The step with the lowest SLI."""
        return str(self.steps["step"].iloc[int(self.steps["sli"].argmin())])

    @property
    def sentences(self) -> tuple[str, ...]:
        """The sum in words, with what it hides."""
        rows = self.steps.to_dict("records")
        seen = [row for row in rows if row["valid"]]
        each = "; ".join(f"{row['step']} {format_share(row['sli'])}" for row in seen) if len(seen) > 1 else ""
        is_weighted = (self.steps["weight"] != 1).any()
        of_all = f"the weighted {self.event}s" if is_weighted else counted(self.counts["valid"].sum(), self.event)
        first = f"{format_share(self.sli_share)} of {of_all} of {counted(len(seen), 'step')} were good{f' ({each})' if each else ''}."
        if len(seen) < 2:
            return (first,)
        return (
            first,
            self._hidden(f"weighted {self.event}s" if is_weighted else f"{self.event}s"),
            "The SLIs of steps are not multiplied, as steps share machines, releases and users: "
            "count whole visits to learn how many people get through.",
        )

    def _hidden(self, how: str) -> str:
        """Say which step the sum mostly tells of, and how much of it would be left without the worst one."""
        busiest = self.steps.iloc[int(self.steps["event_share"].argmax())]
        worst = self.steps.iloc[int(self.steps["sli"].argmin())]
        told = f"{busiest['step']} makes up {format_share(float(busiest['event_share']), digits=1)} of the {how}"
        told += ", so the sum mostly tells of it" if busiest["event_share"] > HIDING_SHARE else ", the most"
        if busiest["step"] == worst["step"]:
            return f"{told}; it is the worst step, too."
        left = format_share(self.sli_share - float(worst["event_share"]) * float(worst["sli"]), digits=1)
        share = format_share(float(worst["event_share"]), digits=1)
        return f"{told}; if the worst step, {worst['step']} ({share}), failed altogether, the sum would still be {left}."


def compose_events(
    series: Mapping[str, pd.DataFrame], weights: Mapping[str, float] | None = None, *, event: str = "event"
) -> ComposedEvents:
    """Add up the events of a journey's steps, by weight where some matter more.

    A plain sum fails where rates differ much: the busy step hides the others. Weights scale good and valid events alike, so
    with weights inverse to traffic each step counts the same; a target over weighted events has no budget in events of one kind.

    Parameters
    ----------
    series : mapping of str to DataFrame
        Step to ``minute, valid, good``.
    weights : mapping of str to float, optional
        What one event of a step counts, between a millionth and a million; 1 for steps that are not named.
    event : str
        What one event is called.

    Raises
    ------
    UnusableValue
        For a weight that is not between a millionth and a million, or of no step.
    TooLittleData
        When no step has a valid event.

    References
    ----------
    When interactions can be summed, and when not: Google, "Site Reliability Engineering: Measuring and Managing Reliability",
    https://www.coursera.org/learn/site-reliability-engineering-slos

    Examples
    --------
    >>> minutes = pd.to_datetime(["2026-03-02 10:00", "2026-03-02 10:01"])
    >>> browse = pd.DataFrame({"minute": minutes, "valid": [80, 100], "good": [80, 100]})
    >>> buy = pd.DataFrame({"minute": minutes[1:], "valid": [20], "good": [10]})
    >>> plain = compose_events({"browse": browse, "buy": buy})
    >>> plain.counts[["valid", "good"]].to_numpy().tolist(), plain.sli_share, plain.worst_step
    ([[80, 80], [120, 110]], 0.95, 'buy')
    >>> compose_events({"browse": browse, "buy": buy}, {"buy": 9}).sli_share
    0.75
    """
    given = dict(weights or {})
    unknown = [step for step in given if step not in series]
    unfit = [step for step, weight in given.items() if not 1 / LARGEST_WEIGHT <= weight <= LARGEST_WEIGHT]
    if unknown or unfit:
        told = f"that of {unfit[0]} is {given[unfit[0]]:g}" if unfit else f"{unknown[0]} is no step"
        raise UnusableValue(
            f"a weight is a number above 0 (a millionth to {LARGEST_WEIGHT:,}) of one of the steps {', '.join(series)}; {told}"
        )
    if not any((counts["valid"] > 0).any() for counts in series.values()):
        raise TooLittleData(
            "no step has a valid event, so there is no SLI of the journey: look at their expressions, or take a longer history"
        )
    is_whole = all(float(weight).is_integer() for weight in given.values())
    parts, rows = [], []
    for step, counts in series.items():
        weight = int(given.get(step, 1)) if is_whole else float(given.get(step, 1.0))
        parts.append(counts[["minute"]].assign(valid=counts["valid"] * weight, good=counts["good"] * weight))
        valid, good = int(counts["valid"].sum()), int(counts["good"].sum())
        rows.append((step, weight, valid, valid - good, good / valid if valid else np.nan, valid * weight))
    together = pd.concat([part for part in parts if len(part)]).groupby("minute")[["valid", "good"]].sum().reset_index()
    steps = pd.DataFrame(rows, columns=["step", "weight", "valid", "bad", "sli", "event_share"])
    steps["event_share"] = steps["event_share"] / steps["event_share"].sum()
    return ComposedEvents(together, steps, event, _findings(steps))


def _findings(steps: pd.DataFrame) -> tuple[Finding, ...]:
    found = [
        Finding(
            "step-without-events",
            "it has no valid event and adds nothing to the sum",
            "warning",
            "look at its expressions",
            where=str(step),
        )
        for step in steps.loc[steps["valid"] == 0, "step"]
    ]
    busiest = steps.iloc[int(steps["event_share"].argmax())]
    if len(steps) > 1 and busiest["event_share"] > HIDING_SHARE:
        message = f"it makes up {format_count(busiest['event_share'] * 100)} % of the events and hides the other steps"
        hint = "keep an SLI for each step, give weights, or count whole visits"
        found.append(Finding("step-hides-others", message, "note", hint, where=str(busiest["step"])))
    return tuple(found)
