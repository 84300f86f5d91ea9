"""Two measurements of one specification beside each other: where they agree, what only one sees, and what each costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from slo_workbench.analysis.count_bins import add_up_bins, bin_minutes_of
from slo_workbench.analysis.implementation_comparison_words import comparison_sentences
from slo_workbench.analysis.incidents import find_incidents
from slo_workbench.document.findings import Finding
from slo_workbench.errors import TooLittleData, UnusableValue
from slo_workbench.units import counted, format_duration

__all__ = ["FEWEST_BINS", "LONGEST_BIN_MINUTES", "Agreement", "ImplementationComparison", "ReadingCost", "compare_implementations"]

Bools = npt.NDArray[np.bool_]

FEWEST_BINS = 24
LONGEST_BIN_MINUTES = 10_080
MOST_BLIND_BINS = 10
SIGMAS = 5.0


@dataclass(frozen=True)
class ReadingCost:
    """What one measurement reads.

    Parameters
    ----------
    n_rows, n_bytes : int
        Rows and bytes read.
    n_days : float
        Days they cover; above 0.
    """

    n_rows: int
    n_bytes: int
    n_days: float

    def __post_init__(self) -> None:
        if not self.n_days > 0 or self.n_rows < 0 or self.n_bytes < 0:
            raise UnusableValue(f"a cost is rows and bytes from 0 up over more than 0 days, not {self}")

    @property
    def rows_a_day(self) -> float:
        """Rows of an average day."""
        return self.n_rows / self.n_days

    @property
    def bytes_a_day(self) -> float:
        """Bytes of an average day."""
        return self.n_bytes / self.n_days


@dataclass(frozen=True)
class Agreement:
    """In how many bins two measurements say the same: whether more than usual was bad.

    Parameters
    ----------
    n_both_quiet, n_both_bad, n_only_one_bad, n_only_other_bad : int
        Bins with data in both, by which of them stands out.
    """

    n_both_quiet: int
    n_both_bad: int
    n_only_one_bad: int
    n_only_other_bad: int

    @property
    def n_bins(self) -> int:
        """Bins with data in both."""
        return self.n_both_quiet + self.n_both_bad + self.n_only_one_bad + self.n_only_other_bad

    @property
    def same_share(self) -> float:
        """Bins judged the same by all, 0 to 1; most bins are quiet, so it is high wherever trouble is rare."""
        return (self.n_both_quiet + self.n_both_bad) / self.n_bins

    @property
    def kappa(self) -> float | None:
        """Agreement beyond chance, 1 at most and 0 for what chance gives; ``None`` when neither, or only ever both, stand out.

        Each measurement calls its own share of bins bad; two that did so independently would agree in ``chance`` of them.

        References
        ----------
        J. Cohen, "A Coefficient of Agreement for Nominal Scales", Educational and Psychological Measurement 20 (1960), pp. 37-46,
        doi.org/10.1177/001316446002000104

        Examples
        --------
        >>> Agreement(n_both_quiet=15, n_both_bad=20, n_only_one_bad=5, n_only_other_bad=10).kappa
        0.4
        """
        n = self.n_bins
        one, other = self.n_both_bad + self.n_only_one_bad, self.n_both_bad + self.n_only_other_bad
        # in whole numbers: chance is by_chance / n**2
        by_chance = one * other + (n - one) * (n - other)
        if by_chance == n**2:
            return None
        return ((self.n_both_quiet + self.n_both_bad) * n - by_chance) / (n**2 - by_chance)


@dataclass(frozen=True)
class ImplementationComparison:
    """What two measurements of one specification say of the same time.

    Parameters
    ----------
    names : tuple of str
        What the one and the other are called.
    start, end : Timestamp
        The common span, half-open, in whole bins.
    bin_minutes : int
    bins : DataFrame, one row a bin with data in either
        ``start, valid_one, bad_one, valid_other, bad_other`` (0 without data) and ``stands_out_one, stands_out_other``.
    valid_ratio_quantiles : tuple of float
        5, 50 and 95 % quantile of other by one, of valid events in bins with data in both.
    agreement : Agreement
    incidents : DataFrame, one row a stretch that stands out in either
        ``start, end, valid_one, bad_one, valid_other, bad_other`` and ``seen_by``: ``both``, ``one`` or ``other``.
    blind : DataFrame, at most ten rows, worst first
        ``start, valid_one, valid_other`` and ``missing``: valid events that the one counted beyond the middle ratio, and the other did not.
    costs : tuple of ReadingCost, optional
    event : str
    findings : tuple of Finding
    """

    names: tuple[str, str]
    start: pd.Timestamp
    end: pd.Timestamp
    bin_minutes: int
    bins: pd.DataFrame
    valid_ratio_quantiles: tuple[float, float, float]
    agreement: Agreement
    incidents: pd.DataFrame
    blind: pd.DataFrame
    costs: tuple[ReadingCost, ReadingCost] | None = None
    event: str = "event"
    findings: tuple[Finding, ...] = ()

    @property
    def in_both(self) -> pd.DataFrame:
        """The bins with data in both; SLIs and the ratio are of these."""
        return self.bins[(self.bins["valid_one"] > 0) & (self.bins["valid_other"] > 0)]

    @property
    def n_bins_only(self) -> tuple[int, int]:
        """Bins with data in the one only, and in the other only."""
        return int((self.bins["valid_other"] == 0).sum()), int((self.bins["valid_one"] == 0).sum())

    @property
    def valid_ratio(self) -> float:
        """Valid events of the other by those of the one."""
        sums = self.in_both[["valid_one", "valid_other"]].sum()
        return int(sums["valid_other"]) / int(sums["valid_one"])

    @property
    def sli_shares(self) -> tuple[float, float]:
        """Good by valid events of each, 0 to 1."""
        sums = self.in_both.sum(numeric_only=True)
        one, other = (1 - int(sums[f"bad_{side}"]) / int(sums[f"valid_{side}"]) for side in ("one", "other"))
        return one, other

    @property
    def sli_difference_points(self) -> float:
        """Other less one, in percentage points."""
        one, other = self.sli_shares
        return (other - one) * 100

    @property
    def sentences(self) -> tuple[str, ...]:
        """The comparison in words."""
        return comparison_sentences(self)


def compare_implementations(
    one: pd.DataFrame, other: pd.DataFrame, *, names: tuple[str, str], bin_minutes: int = 60,
    resolution_minutes: tuple[int, int] | None = None, costs: tuple[ReadingCost, ReadingCost] | None = None, event: str = "event",
) -> ImplementationComparison:  # fmt: skip
    """Lay two measurements of one specification over each other, such as a load balancer's and the application's.

    Only the time that both cover counts, in bins as long as the coarser of the two at least. A bin without data in one of them is
    no agreement and no disagreement. Whether more than usual was bad in a bin is judged for each measurement against its own
    usual, by the rule of :func:`slo_workbench.analysis.incidents.find_incidents`: a steady difference of their levels is a difference
    of the SLI, not of the judgement.

    Events that the one counted and the other did not are told by bin, not one by one: retries and redirects, which a load balancer
    counts twice, make the ratio other than 1 all day, so what is missing is counted from the middle ratio.

    Parameters
    ----------
    one, other : DataFrame
        ``minute, valid, good``; take the one nearer the user first.
    names : (str, str)
        What they are called, such as their vantage points.
    bin_minutes : int
        Length of the bins that are compared, from a minute to a week.
    resolution_minutes : (int, int), optional
        How far apart the counts of each lie; without, see :func:`slo_workbench.analysis.count_bins.bin_minutes_of`.
    costs : (ReadingCost, ReadingCost), optional
        What each reads.
    event : str
        What one event is called.

    Raises
    ------
    UnusableValue
        For bins below a minute or above a week.
    TooLittleData
        When they have no time in common, or fewer than 24 bins with data in both.

    Examples
    --------
    >>> hours = pd.date_range("2026-03-02", periods=48, freq="h")
    >>> balancer = pd.DataFrame({"minute": hours, "valid": 1_000, "good": 999})
    >>> app = balancer.assign(valid=990, good=989)
    >>> balancer.loc[20, ["valid", "good"]] = 1_000, 200
    >>> app.loc[20, ["valid", "good"]] = 200, 199
    >>> found = compare_implementations(balancer, app, names=("load balancer", "application"))
    >>> found.incidents[["bad_one", "bad_other", "seen_by"]].to_numpy().tolist(), found.blind["missing"].round().tolist()
    ([[800, 1, 'one']], [790.0])
    """
    if not 1 <= bin_minutes <= LONGEST_BIN_MINUTES:
        raise UnusableValue(f"bins to compare last between 1 and {LONGEST_BIN_MINUTES:,} minutes (a week), not {bin_minutes:,}")
    resolutions = resolution_minutes or (bin_minutes_of(one), bin_minutes_of(other))
    length = max(bin_minutes, *resolutions)
    start, end = _common_span(one, other, resolutions, length, names)
    sides = [_within(counts, length, start, end) for counts in (one, other)]
    runs = [_runs(side, length) for side in sides]
    bins = _side_by_side(sides, [alone for alone, _ in runs])
    both = (bins["valid_one"] > 0) & (bins["valid_other"] > 0)
    if both.sum() < FEWEST_BINS:
        message = f"{names[0]} and {names[1]} both have data in {counted(both.sum(), 'bin')} of {format_duration(length)}"
        raise TooLittleData(f"{message}, and at least {FEWEST_BINS} are needed: compare a longer time, or shorter bins")
    ratios = (bins["valid_other"] / bins["valid_one"])[both]
    low, middle, high = (float(ratios.quantile(q)) for q in (0.05, 0.5, 0.95))
    odd = bins[both]
    one_bad, other_bad = odd["stands_out_one"].to_numpy(), odd["stands_out_other"].to_numpy()
    agreement = Agreement(
        int((~one_bad & ~other_bad).sum()), int((one_bad & other_bad).sum()), int((one_bad & ~other_bad).sum()), int((~one_bad & other_bad).sum())
    )  # fmt: skip
    return ImplementationComparison(
        names, start, end, length, bins, (low, middle, high), agreement, _union([joined for _, joined in runs], bins), _blind(bins, middle), costs, event,
        _findings(bin_minutes, length, names, resolutions),
    )  # fmt: skip


def _common_span(
    one: pd.DataFrame, other: pd.DataFrame, resolutions: tuple[int, int], length: int, names: tuple[str, str]
) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the whole bins that both cover from their first to their last event."""
    spans = []
    for counts, resolution, name in zip((one, other), resolutions, names, strict=True):
        seen = counts.loc[counts["valid"] > 0, "minute"].dt.floor(f"{resolution}min")
        if seen.empty:
            raise TooLittleData(f"{name} has no valid event, so there is nothing to compare: look at its expressions and its days")
        spans.append((seen.min(), seen.max() + pd.Timedelta(minutes=resolution)))
    step = f"{length}min"
    start, end = max(first for first, _ in spans).ceil(step), min(last for _, last in spans).floor(step)
    if end <= start:
        told = " and ".join(f"{name} from {first} to {last}" for name, (first, last) in zip(names, spans, strict=True))
        raise TooLittleData(f"the measurements have no time in common ({told}): reduce the same days of both")
    return start, end


def _within(counts: pd.DataFrame, length: int, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
    binned = add_up_bins(counts, length)
    return binned[(binned["minute"] >= start) & (binned["minute"] < end)].reset_index(drop=True)


def _runs(binned: pd.DataFrame, length: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return runs of bins that stand out without a pause, which tell the bins, and those with pauses, which are incidents."""
    return find_incidents(binned, bin_minutes=length, quiet_minutes=0), find_incidents(binned, bin_minutes=length)


def _side_by_side(sides: list[pd.DataFrame], runs_of_each: list[pd.DataFrame]) -> pd.DataFrame:
    columns = {}
    for name, side, runs in zip(("one", "other"), sides, runs_of_each, strict=True):
        named = side.set_index("minute")
        columns[f"valid_{name}"], columns[f"bad_{name}"] = named["valid"], named["valid"] - named["good"]
        columns[f"stands_out_{name}"] = pd.Series(_is_inside(side["minute"], runs), index=named.index)
    counts = pd.DataFrame(columns).rename_axis("start").sort_index()
    kinds = {name: "bool" if name.startswith("stands") else "int64" for name in columns}
    return counts.astype(object).where(counts.notna(), 0).astype(kinds).reset_index()


def _is_inside(times: pd.Series, runs: pd.DataFrame) -> Bools:
    inside = np.zeros(len(times), dtype=bool)
    for start, end in zip(runs["start"], runs["end"], strict=True):
        inside |= ((times >= start) & (times < end)).to_numpy()
    return inside


def _union(incidents_of_each: list[pd.DataFrame], bins: pd.DataFrame) -> pd.DataFrame:
    """Join the incidents of both where they overlap, with what each counted of the whole stretch."""
    names = ["valid_one", "bad_one", "valid_other", "bad_other"]
    sides = zip(("one", "other"), incidents_of_each, strict=True)
    marked = [found[["start", "end"]].assign(seen_by=side) for side, found in sides if len(found)]
    if not marked:
        return pd.DataFrame(columns=["start", "end", *names, "seen_by"])
    both = pd.concat(marked).sort_values("start", kind="stable", ignore_index=True)
    group = (both["start"] >= both["end"].cummax().shift()).cumsum()
    rows = []
    for _, stretch in both.groupby(group):
        start, end = stretch["start"].min(), stretch["end"].max()
        sums = bins.loc[(bins["start"] >= start) & (bins["start"] < end), names].sum()
        seen_by = set(stretch["seen_by"])
        rows.append((start, end, *map(int, sums), "both" if len(seen_by) == 2 else seen_by.pop()))
    return pd.DataFrame(rows, columns=["start", "end", *names, "seen_by"])


def _blind(bins: pd.DataFrame, middle_ratio: float) -> pd.DataFrame:
    """Return the bins in which the other misses most of what the middle ratio would give."""
    expected = middle_ratio * bins["valid_one"]
    missing = expected - bins["valid_other"]
    # what chance moves a count by is no blindness
    missing = missing.where(missing > SIGMAS * np.sqrt(expected), 0.0)
    worst = bins[["start", "valid_one", "valid_other"]].assign(missing=missing)
    ordered = worst[worst["missing"] > 0].sort_values("missing", ascending=False, kind="stable")
    return ordered.head(MOST_BLIND_BINS).reset_index(drop=True)


def _findings(asked: int, length: int, names: tuple[str, str], resolutions: tuple[int, int]) -> tuple[Finding, ...]:
    if length == asked:
        return ()
    coarser = names[int(resolutions[1] > resolutions[0])]
    message = f"compared in bins of {format_duration(length)}, as {coarser} counts no finer"
    return (Finding("comparison-coarser", message, "note", "reduce both from requests to compare them hour by hour"),)
