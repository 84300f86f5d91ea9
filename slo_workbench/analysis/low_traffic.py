"""Few requests: what one bad one costs, what a target needs to mean anything, and what else could be done."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

import pandas as pd

from slo_workbench.analysis.fit import FEWEST_BUDGET_EVENTS
from slo_workbench.errors import TooLittleData, UnusableValue
from slo_workbench.units import counted, format_count, format_days, format_duration, format_share, round_bad_share_up

__all__ = ["LowTraffic", "Remedy", "chance_to_miss_by_luck", "events_for_budget", "events_to_show", "low_traffic"]

LONGER_WINDOWS_DAYS = (28, 56, 84, 182, 364)
LONGEST_HANDY_WINDOW_DAYS = 91
LEAST_OWN_SHARE = 0.1
MOST_PROBE_SHARE = 0.5
MOST_TIMES_AS_MANY_BAD = 10


@dataclass(frozen=True)
class Remedy:
    """One way to a budget that luck alone does not spend: what to change, the bad events a window then allows, and its price.

    ``is_enough`` says whether these are ten; ``is_moderate`` whether the change stays within bounds: a window up to a quarter; own
    events at least 10 % of a pool; at most ten times as many bad events; probes at most half of all events.
    """

    kind: str
    change: str
    budget_events: float
    price: str
    is_enough: bool
    is_moderate: bool


@dataclass(frozen=True)
class LowTraffic:
    """What the traffic of a history means for a target.

    Parameters
    ----------
    valid_events, budget_events : float
        Valid events of a typical window, from the mean of all days, and how many of them may be bad; a fraction is no event.
    cost_share : float
        Share of the budget that one bad event spends; above 1 when a single one breaks the target.
    bin_bad_share, burn_rate : float
        Share of bad events in an average bin of ``bin_minutes`` with one bad event, at most 1; the same divided by what the target allows.
    luck_share : float
        Chance (0 to 1) that a window misses the target by luck, see :func:`chance_to_miss_by_luck`.
    events_for_one, events_for_ten : int
        Valid events a window needs for a budget of 1 and of 10 events.
    events_to_show : int
        Events without a failure that show the target with 95 % confidence.
    remedies : tuple of Remedy
        Best first; none when the budget is ten events or more.
    """

    target: Decimal
    window_days: int
    bin_minutes: int
    valid_events: float
    budget_events: float
    cost_share: float
    bin_bad_share: float
    burn_rate: float
    luck_share: float
    events_for_one: int
    events_for_ten: int
    events_to_show: int
    remedies: tuple[Remedy, ...]
    event: str = "event"

    @property
    def table(self) -> pd.DataFrame:
        """The remedies, best first: ``kind, change, budget_events, is_enough, is_moderate, price``."""
        columns = ["kind", "change", "budget_events", "is_enough", "is_moderate", "price"]
        return pd.DataFrame([[getattr(remedy, column) for column in columns] for remedy in self.remedies], columns=columns)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What it means, in words, the remedies last."""
        target, days, event = format_share(self.target), counted(self.window_days, "day"), self.event
        found = [
            f"A window of {days} has about {counted(self.valid_events, f'valid {event}')}; {target} lets {_few(math.floor(self.budget_events + 1e-9))} of them be bad, "
            f"so one bad {event} costs {_percent(self.cost_share)} of the budget.",
            f"In an average stretch of {format_duration(self.bin_minutes)} one bad {event} makes {_percent(self.bin_bad_share)} bad: "
            f"the budget burns {_times(self.burn_rate)} times as fast as it may.",
            f"A service that truly fails half as often as {target} allows would miss it by luck in {_percent(self.luck_share)} of windows.",
            f"A budget of one bad {event} takes {counted(self.events_for_one, f'valid {event}')} a window, a budget of ten "
            f"{format_count(self.events_for_ten)}; {format_count(self.events_to_show)} without a failure show {target} with 95 % confidence.",
        ]
        if not self.remedies and self.budget_events >= FEWEST_BUDGET_EVENTS:
            return (*found, f"The traffic carries {target}.")
        for remedy in self.remedies:
            enough = "" if remedy.is_enough else "; that is still too little"
            found.append(f"{remedy.change}: {_few(remedy.budget_events)} bad {event}s a window{enough}. {remedy.price}")
        return tuple(found)


def low_traffic(
    daily: pd.DataFrame,
    *,
    target: Decimal,
    window_days: int,
    bin_minutes: int = 60,
    other_daily: Mapping[str, pd.DataFrame] | None = None,
    event: str = "event",
) -> LowTraffic:
    """Say what one bad event costs under a target, and rank what would give a budget of ten events on this traffic.

    Parameters
    ----------
    daily : DataFrame
        ``day, valid, good`` of complete days, days without events included.
    target : Decimal
        Between 0 and 1, both excluded.
    window_days : int
    bin_minutes : int
        Length of the bins in which alerts look, for the burn rate of one bad event.
    other_daily : mapping of str to DataFrame, optional
        Daily counts of similar journeys, by name, that could be counted together with this one.
    event : str
        What one event is called, such as ``request``.

    Raises
    ------
    TooLittleData
        When no day has a valid event.

    Notes
    -----
    Remedies that suffice come before others and moderate ones before those that go far; then a longer window, pooled journeys, a lower
    target and probes, as the first keeps most of what is measured. After "The Site Reliability Workbook" (2018), chapter 5, on services
    with low traffic, https://sre.google/workbook/alerting-on-slos/.

    Examples
    --------
    >>> daily = pd.DataFrame({"day": pd.date_range("2026-01-01", periods=30), "valid": 240, "good": 240})
    >>> found = low_traffic(daily, target=Decimal("0.999"), window_days=30, event="request")
    >>> round(found.cost_share, 3), round(found.burn_rate), found.events_to_show
    (0.139, 100, 2995)
    >>> [(remedy.change, round(remedy.budget_events, 1)) for remedy in found.remedies[:2]]
    [('Promise over 56 days', 13.4), ('Promise 99.86 %', 10.1)]
    """
    if not (isinstance(target, Decimal) and 0 < target < 1):
        raise UnusableValue(f"a target is an exact decimal above 0 and below 1, such as Decimal('0.999'); not {target!r}")
    if window_days < 1 or bin_minutes < 1:
        raise UnusableValue(f"a window lasts at least a day and a bin a minute, not {window_days} and {bin_minutes}")
    if not (daily["valid"] > 0).any():
        raise TooLittleData("no day of the history has a valid event; look at the valid predicate and at the source")
    per_day, bad_share = float(daily["valid"].mean()), float(1 - target)
    valid = per_day * window_days
    # one bad event in a bin with fewer than one on average is all there is
    bin_bad_share = min(1.0, 1440 / (per_day * bin_minutes))
    budget = float((1 - target) * Decimal(str(valid)))
    is_low = budget < FEWEST_BUDGET_EVENTS
    return LowTraffic(
        target, window_days, bin_minutes, valid, budget, 1 / budget, bin_bad_share, bin_bad_share / bad_share,
        chance_to_miss_by_luck(target, round(valid)), events_for_budget(target, 1), events_for_budget(target, FEWEST_BUDGET_EVENTS),
        events_to_show(target), _remedies(per_day, target, window_days, other_daily or {}, event) if is_low else (), event,
    )  # fmt: skip


def events_for_budget(target: Decimal, n_bad: int) -> int:
    """Return how many valid events a window needs so that a target lets so many be bad.

    Examples
    --------
    >>> events_for_budget(Decimal("0.999"), 1), events_for_budget(Decimal("0.997"), 10)
    (1000, 3334)
    """
    return int((n_bad / (1 - target)).to_integral_value(ROUND_CEILING))


def events_to_show(target: Decimal, *, confidence: Decimal = Decimal("0.95")) -> int:
    """Return how many events without any failure show a target: the fewest ``n`` with ``target ** n <= 1 - confidence``.

    That holds for failures that come one by one. Failures come in clusters, so take it as the least.

    Examples
    --------
    >>> [events_to_show(Decimal(target)) for target in ("0.99", "0.999")]
    [299, 2995]
    """
    return int(((1 - confidence).ln() / target.ln()).to_integral_value(ROUND_CEILING))


def chance_to_miss_by_luck(target: Decimal, n_valid: int) -> float:
    """Return the chance (0 to 1) of more bad events than a target allows when each fails half as often as it may, each by itself.

    Examples
    --------
    >>> [round(chance_to_miss_by_luck(Decimal("0.999"), n_valid), 3) for n_valid in (500, 20_000)]
    [0.221, 0.002]
    """
    bad_share = float((1 - target) / 2)
    allowed = math.floor((1 - target) * n_valid)
    if allowed > 1_000:
        return 0.0  # twice what is expected, more than 20 standard deviations away
    ways = (math.lgamma(n_valid + 1) - math.lgamma(k + 1) - math.lgamma(n_valid - k + 1) for k in range(allowed + 1))
    kept = sum(math.exp(way + k * math.log(bad_share) + (n_valid - k) * math.log1p(-bad_share)) for k, way in enumerate(ways))
    return min(max(1 - kept, 0.0), 1.0)


def _remedies(per_day: float, target: Decimal, window_days: int, other_daily: Mapping[str, pd.DataFrame], event: str) -> tuple[Remedy, ...]:
    bad_share, valid = float(1 - target), per_day * window_days
    found = [
        _longer_window(per_day, bad_share, window_days),
        _pool(valid, bad_share, {name: float(other["valid"].mean()) * window_days for name, other in other_daily.items() if len(other)}),
        _lower_target(valid, bad_share),
        _probes(valid, target, window_days, event),
    ]
    # sorted() keeps the order of equals
    return tuple(sorted((remedy for remedy in found if remedy), key=lambda remedy: (not remedy.is_enough, not remedy.is_moderate)))


def _remedy(kind: str, change: str, budget_events: float, price: str, *, is_moderate: bool) -> Remedy:
    return Remedy(kind, change, budget_events, price, _is_enough(budget_events), is_moderate)


def _longer_window(per_day: float, bad_share: float, window_days: int) -> Remedy | None:
    longer = [days for days in LONGER_WINDOWS_DAYS if days > window_days]
    if not longer:
        return None
    days = next((days for days in longer if _is_enough(per_day * days * bad_share)), longer[-1])
    price = f"A bad day then weighs on the figure for {format_days(days)}, and it takes as long to see that a change helped."
    change, is_moderate = f"Promise over {format_days(days)}", days <= LONGEST_HANDY_WINDOW_DAYS
    return _remedy("longer window", change, per_day * days * bad_share, price, is_moderate=is_moderate)


def _pool(valid: float, bad_share: float, others: Mapping[str, float]) -> Remedy | None:
    """Count together with the least busy journey that suffices alone, so that this one weighs the most; else with all."""
    if not others:
        return None
    by_traffic = sorted(others, key=lambda name: (others[name], name))
    names = [name for name in by_traffic if _is_enough((valid + others[name]) * bad_share)][:1] or sorted(others)
    together = valid + sum(others[name] for name in names)
    price = f"This journey is {_percent(valid / together)} of the sum: its total loss needs an alert of its own."
    is_moderate = valid / together >= LEAST_OWN_SHARE
    return _remedy("pooled journeys", f"Count together with {', '.join(names)}", together * bad_share, price, is_moderate=is_moderate)


def _lower_target(valid: float, bad_share: float) -> Remedy | None:
    allowed = round_bad_share_up(min(FEWEST_BUDGET_EVENTS / valid, 1.0))
    if allowed == 1:
        return None
    times = float(allowed) / bad_share
    price = f"It allows {times:.1f} times as much to fail; ask whether users would bear it."
    change, is_moderate = f"Promise {format_share(1 - allowed)}", times <= MOST_TIMES_AS_MANY_BAD
    return _remedy("lower target", change, float(allowed) * valid, price, is_moderate=is_moderate)


def _probes(valid: float, target: Decimal, window_days: int, event: str) -> Remedy:
    """Send as many probes a minute, rounded up to two digits, as the budget of ten events lacks."""
    lacking = events_for_budget(target, FEWEST_BUDGET_EVENTS) - valid
    per_minute = _two_digits_up(lacking / (window_days * 1440))
    probes = float(per_minute) * window_days * 1440
    price = f"Probes would be {_percent(probes / (probes + valid))} of all {event}s, and their successes hide failures of real users."
    is_moderate = probes / (probes + valid) <= MOST_PROBE_SHARE
    budget = float(1 - target) * (valid + probes)
    return _remedy("synthetic probes", f"Send {per_minute:f} probes a minute", budget, price, is_moderate=is_moderate)


def _two_digits_up(number: float) -> Decimal:
    exact = Decimal(repr(number))
    return exact.quantize(Decimal(1).scaleb(exact.adjusted() - 1), rounding=ROUND_CEILING).normalize()


def _is_enough(budget_events: float) -> bool:
    return round(budget_events, 9) >= FEWEST_BUDGET_EVENTS


def _times(number: float) -> str:
    return f"{number:,.0f}" if number >= 10 else f"{number:.2g}"


def _few(number: float) -> str:
    return format_count(number) if number >= 100 else f"{number:.2g}"


def _percent(share: float) -> str:
    if share < 0.0001:
        return "less than 0.01 %"
    return f"{share * 100:,.0f} %" if share >= 0.1 else f"{share * 100:.2g} %"
