"""When tiers of alerts would have fired: windows over every minute of a history, compared exactly, and the states of a rule."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pandas as pd

from slo_workbench.analysis.alert_tiers import AlertTier
from slo_workbench.analysis.count_bins import add_up_bins
from slo_workbench.document.findings import Finding
from slo_workbench.errors import TooLittleData, UnusableValue
from slo_workbench.units import format_duration

__all__ = ["MOST_BINS", "CountGrid", "firing_stretches", "grid_findings", "is_above", "tier_firings"]

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

MOST_BINS = 20_000_000
NEARLY_EQUAL = 1e-9


@dataclass(frozen=True)
class CountGrid:
    """Counts of all bins from the first to the last with a valid event, as sums before each moment at which rules are evaluated.

    Rules are evaluated at the start, and at the end of every bin: ``n_bins + 1`` moments, numbered from 0. A bin without events adds
    nothing to the sums, whether it has a row or not.

    Parameters
    ----------
    start : Timestamp
        Start of the first bin.
    bin_minutes : int
    valid_before, bad_before : int array, one value a moment
        Events before it.
    """

    start: pd.Timestamp
    bin_minutes: int
    valid_before: Ints
    bad_before: Ints

    @classmethod
    def of(cls, series: pd.DataFrame, bin_minutes: int) -> CountGrid:
        """Lay out a series of counts (``minute, valid, good``, in any order, minutes without events left out or not)."""
        if ((series["good"] < 0) | (series["good"] > series["valid"])).any():
            raise UnusableValue("good events are part of the valid ones: a row has more of them, or less than none")
        binned = add_up_bins(series, bin_minutes)
        if binned.empty:
            raise TooLittleData("no minute has a valid event, so no alert can be replayed: look at the valid predicate and the source")
        start = pd.Timestamp(binned["minute"].iloc[0])
        place = ((binned["minute"] - start) // pd.Timedelta(minutes=bin_minutes)).to_numpy(dtype=np.int64)
        if place[-1] >= MOST_BINS:
            raise UnusableValue(
                f"from {start} to {binned['minute'].iloc[-1]} are more than {MOST_BINS:,} bins; is one of these times wrong?"
            )
        valid, good = (binned[name].to_numpy(dtype=np.int64) for name in ("valid", "good"))
        sums = []
        for numbers in (valid, valid - good):
            by_bin = np.zeros(place[-1] + 2, dtype=np.int64)
            by_bin[place + 1] = numbers
            sums.append(np.cumsum(by_bin))
        return cls(start, bin_minutes, sums[0], sums[1])

    @property
    def n_bins(self) -> int:
        """Bins from the first to the last with a valid event."""
        return len(self.valid_before) - 1

    @property
    def end(self) -> pd.Timestamp:
        """End of the last bin, exclusive."""
        return self.moment(self.n_bins)

    @property
    def n_days(self) -> float:
        """Days that the bins cover."""
        return self.n_bins * self.bin_minutes / 1440

    def moment(self, number: int) -> pd.Timestamp:
        """Return the time of an evaluation."""
        return self.start + pd.Timedelta(minutes=number * self.bin_minutes)

    def in_last(self, minutes: int) -> tuple[Ints, Ints]:
        """Return valid and bad events of the last so many minutes before each moment; what is older than the data counts as nothing."""
        n_bins = min(minutes // self.bin_minutes, self.n_bins)
        valid, bad = self.valid_before.copy(), self.bad_before.copy()
        if n_bins < self.n_bins:
            valid[n_bins:] -= self.valid_before[: len(valid) - n_bins]
            bad[n_bins:] -= self.bad_before[: len(bad) - n_bins]
        return valid, bad


def is_above(bad: Ints, valid: Ints, share: Fraction) -> Bools:
    """Return where bad by valid events exceed a share, exactly; nowhere where nothing was valid.

    Binary floats decide what is far from the share; what is within a billionth is decided with whole numbers of any length.

    Examples
    --------
    >>> is_above(np.array([144, 145, 0]), np.array([10_000, 10_000, 0]), Fraction(144, 10_000)).tolist()
    [False, True, False]
    """
    excess = bad - valid * float(share)
    above: Bools = excess > 0
    near = np.flatnonzero((np.abs(excess) <= NEARLY_EQUAL * valid) & (valid > 0))
    if len(near):
        above[near] = (bad[near].astype(object) * share.denominator > valid[near].astype(object) * share.numerator).astype(bool)
    return above


def firing_stretches(burns: Bools, *, pending: int = 0, keep_firing: int = 0) -> tuple[Ints, Ints]:
    """Return at which evaluations a rule starts and stops firing.

    A rule whose condition turns true is pending; it fires once the condition was true for ``pending`` evaluations after that one without a
    break. Once the condition is false, it goes on firing for ``keep_firing`` evaluations, and is resolved at the next, unless the condition
    is true by then. So short breaks join stretches that fire, but never the pending time.

    Parameters
    ----------
    burns : bool array
        Whether the condition holds at each evaluation.
    pending, keep_firing : int
        Evaluations.

    Returns
    -------
    (int array, int array)
        First evaluation that fires and first that does not any more, of each stretch; above the last one when it still fires at the end.

    References
    ----------
    As Prometheus does: github.com/prometheus/prometheus, rules/alerting.go, ``AlertingRule.Eval``.

    Examples
    --------
    >>> burns = np.array([0, 1, 1, 1, 0, 1, 0, 0, 1], dtype=bool)
    >>> [ends.tolist() for ends in firing_stretches(burns)]
    [[1, 5, 8], [4, 6, 9]]
    >>> [ends.tolist() for ends in firing_stretches(burns, pending=2, keep_firing=1)]
    [[3], [7]]
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[False], burns, [False]]).astype(np.int8)))
    starts, ends = edges[::2], edges[1::2]
    # runs that are so close that a firing rule would not be resolved between them
    is_first = np.ones(len(starts), dtype=bool)
    is_first[1:] = starts[1:] - ends[:-1] > keep_firing
    group = np.cumsum(is_first) - 1
    is_last = np.ones(len(starts), dtype=bool)
    is_last[:-1] = is_first[1:]
    over = ends[is_last] + keep_firing
    lasting = np.flatnonzero(ends - starts > pending)
    groups, first_lasting = np.unique(group[lasting], return_index=True)
    return starts[lasting[first_lasting]] + pending, over[groups]


def tier_firings(grid: CountGrid, tier: AlertTier, bad_share: Fraction, *, fewest_bad_events: int = 1) -> tuple[Ints, Ints]:
    """Return the moments at which a tier starts and stops firing; a stop after the last moment means that it still fires.

    Parameters
    ----------
    grid : CountGrid
    tier : AlertTier
        Its windows are whole bins, see :func:`grid_findings`.
    bad_share : Fraction
        What both windows must exceed, see :meth:`slo_workbench.analysis.alert_tiers.AlertTier.bad_share`.
    fewest_bad_events : int
        How many bad events the long window must hold.
    """
    (valid, bad), (short_valid, short_bad) = grid.in_last(tier.long_minutes), grid.in_last(tier.short_minutes)
    burns = is_above(bad, valid, bad_share) & is_above(short_bad, short_valid, bad_share) & (bad >= fewest_bad_events)
    steps = [-(-minutes // grid.bin_minutes) for minutes in (tier.pending_minutes, tier.keep_firing_minutes)]
    return firing_stretches(burns, pending=steps[0], keep_firing=steps[1])


def grid_findings(tier: AlertTier, bin_minutes: int) -> tuple[Finding, ...]:
    """Say why a tier cannot be replayed on counts that lie so many minutes apart; nothing when it can.

    Examples
    --------
    >>> from slo_workbench.analysis.alert_tiers import preset_tiers
    >>> [len(grid_findings(tier, 60)) for tier in preset_tiers("workbook", 28)]
    [1, 1, 0, 0]
    """
    short, bins = format_duration(tier.short_minutes), format_duration(bin_minutes)
    if tier.short_minutes < bin_minutes:
        message = f"its short window of {short} is shorter than the {bins} that lie between counts, so it is not replayed"
        hint = "count by the minute" if bin_minutes > 1 else "the shortest window that can be replayed is 1 min"
        return (Finding("alert-tier-finer-than-counts", message, hint=hint, where=tier.id),)
    if tier.short_minutes % bin_minutes or tier.long_minutes % bin_minutes:
        message = f"its windows of {format_duration(tier.long_minutes)} and {short} are no multiples of the {bins} between counts, so it is not replayed"
        return (Finding("alert-tier-between-counts", message, hint=f"count by the minute, or take windows of whole {bins}", where=tier.id),)
    return ()
