"""The money that hangs on good and on bad requests, in total and in a typical window."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from slo_workbench.analysis.windows import complete_days_of
from slo_workbench.document.findings import Finding
from slo_workbench.errors import TooLittleData, UnusableValue
from slo_workbench.history.history import History, IndicatorQuery, select_indicator
from slo_workbench.history.quality import find_gaps, without_gap_days
from slo_workbench.units import counted, format_days, format_ms, format_share

__all__ = ["FEWEST_DAYS", "N_DRAWS", "ValueAtRisk", "format_money", "value_at_risk"]

N_DRAWS = 2_000
FEWEST_DAYS = 14
HALF = Fraction(1, 2)
Ints = npt.NDArray[np.int64]
LIMITS = (
    "Bad is not the same as lost: people try again, and some come back another day, so less may be lost than hung on bad requests.",
    "Whether fewer people buy after a bad request than after a good one a History cannot tell: that takes each one's requests in order.",
    "Money on a good request need not have been earned, such as when a bank declines the card.",
    "People who were kept from asking at all left no request, so their money is in neither sum.",
    "The same money may hang on several indicators and thresholds; their sums must not be added.",
    "The bounds draw single days as if each stood alone; bad days that come in clusters make real windows differ more.",
)


def format_money(cents: int, currency: str | None = None, *, is_rounded: bool = False) -> str:
    """Write hundredths of a currency with thousands separated and its code, if any; halves are rounded away from zero.

    Examples
    --------
    >>> format_money(328_144_380, "EUR"), format_money(-150, is_rounded=True), format_money(5)
    ('EUR 3,281,443.80', '-2', '0.05')
    """
    whole, rest = divmod(abs(cents) + (50 if is_rounded else 0), 100)
    sign = "-" if cents < 0 and (whole or not is_rounded) else ""
    return (f"{currency} " if currency else "") + f"{sign}{whole:,}" + ("" if is_rounded else f".{rest:02}")


@dataclass(frozen=True)
class ValueAtRisk:
    """Money by the outcome of the requests it hangs on; ``limits`` says what these figures do not tell.

    Parameters
    ----------
    indicator, threshold_ms, window_days, currency, target, event
        As they were asked for; the sentences are about this threshold, ``None`` where the indicator has none.
    table : DataFrame
        One row a threshold, ``threshold_ms`` (``None`` without), and whole cents: ``good_cents`` and ``bad_cents`` of the whole
        history; of a typical window ``window_good_cents, window_bad_cents`` (daily mean), each with ``…_low`` and ``…_high``,
        5 and 95 of 100 drawn windows lying below. The window's columns are missing with fewer than 14 days; no rows without money.
    n_days, n_valid, value_cents, span_days
        Complete days, valid events and their money on them; days from the first to the last row of the source.
    """

    indicator: str
    threshold_ms: float | None
    window_days: int
    currency: str | None
    table: pd.DataFrame
    n_days: int
    n_valid: int
    value_cents: int
    span_days: float
    findings: tuple[Finding, ...] = ()
    target: Decimal | None = None
    event: str = "request"
    limits: tuple[str, ...] = LIMITS

    @property
    def chosen(self) -> dict[str, Any]:
        """The row of the table that the sentences are about; ``TooLittleData`` when no money is known."""
        if self.table.empty:
            raise TooLittleData(f"{self.findings[0].message}: {self.findings[0].hint}")
        row = self.table[[one == self.threshold_ms for one in self.table["threshold_ms"]]].to_dict("records")[0]
        return {str(name): value for name, value in row.items()}

    def bad_events_allowed(self, target: Decimal) -> int:
        """Return how many whole events a target lets be bad in a typical window."""
        _refuse_unusable(target, self.window_days)
        if self.n_days < FEWEST_DAYS:
            raise TooLittleData(f"{counted(self.n_days, 'complete day')} tell no typical window; gather at least {FEWEST_DAYS}")
        return math.floor(Fraction(1 - target) * self.n_valid * self.window_days / self.n_days)

    def cents_at_risk(self, target: Decimal) -> int:
        """Return the money on a window's bad events if the whole budget were spent on events of average value.

        The average is over all valid events of complete days; bad events worth more, as in a sale, put more at risk.

        Examples
        --------
        >>> ValueAtRisk("buy", None, 28, "EUR", pd.DataFrame(), 56, 56_000, 560_000_000, 56.0).cents_at_risk(Decimal("0.99"))
        2800000
        """
        return math.floor(Fraction(self.bad_events_allowed(target) * self.value_cents, self.n_valid) + HALF) if self.n_valid else 0

    @property
    def sentences(self) -> tuple[str, ...]:
        """The money in words; what is missing, where there is none."""
        if self.table.empty:
            return (f"No money can be told for {self.indicator}: {self.findings[0].message}.",)
        return (self._total(self.chosen), *self._window(self.chosen), *self._budget(), LIMITS[0])

    def _about(self, cents: int) -> str:
        return format_money(cents, self.currency, is_rounded=True)

    def _total(self, row: dict[str, Any]) -> str:
        good, bad = row["good_cents"], row["bad_cents"]
        within = f" within {format_ms(self.threshold_ms)}" if self.threshold_ms is not None else ""
        share = f" ({format_share(bad / (good + bad))} of both)" if bad >= 0 and good > 0 else ""
        sums = f"{format_money(good, self.currency)} hung on {self.event}s that were good{within} and {format_money(bad, self.currency)}"
        return f"In {format_days(self.span_days)}, {sums} on bad ones{share}."

    def _window(self, row: dict[str, Any]) -> tuple[str, ...]:
        behind = counted(self.n_days, "complete day")
        if "window_bad_cents" not in row:
            return (f"Only {behind} stand behind this: too few to tell a typical window.",)
        mean, low, high = (self._about(row[f"window_bad_cents{end}"]) for end in ("", "_low", "_high"))
        typical = f"In a typical {counted(self.window_days, 'day')} about {mean} hangs on bad {self.event}s"
        return (f"{typical}; 90 of 100 windows drawn from the {behind} of history lie between {low} and {high}.",)

    def _budget(self) -> tuple[str, ...]:
        if self.target is None or self.n_days < FEWEST_DAYS:
            return ()
        allowed = counted(self.bad_events_allowed(self.target), f"bad {self.event}")
        promise = f"{format_share(self.target)} over {counted(self.window_days, 'day')} allows {allowed}"
        return (f"{promise}; at the average value of one, {self._about(self.cents_at_risk(self.target))} would hang on them.",)


def value_at_risk(
    history: History, indicator: str, *, threshold_ms: float | None = None, rng: np.random.Generator, currency: str | None = None,
    target: Decimal | None = None, window_days: int = 28, time_zone: str = "UTC", event: str = "request",
) -> ValueAtRisk:  # fmt: skip
    """Add up the money on good and on bad requests, in total and in a typical window with bounds.

    Totals are sums of whole cents over the whole history; a typical window is the mean of complete days times its length.
    The bounds are the 5 % and 95 % quantiles of 2,000 windows whose days are drawn with replacement (a bootstrap over
    days), good and bad money and all thresholds together; a quantile is a sum that was drawn.

    It does not tell what was lost, see ``limits``, and cannot compare conversion after bad with that after good requests:
    a History keeps no one's requests in order. Money is known by the hour of UTC, so in zones with half an hour's offset an
    hour at midnight counts to the day it begins on.

    Parameters
    ----------
    history, indicator, event, rng
        Where, what, what one of its events is called, and the generator of the bounds.
    threshold_ms : float, optional
        Which threshold the sentences are about; the smallest by default.
    currency, target : str, Decimal, optional
        Code of the workbook's currency, such as ``EUR``; said in money, too, see :meth:`ValueAtRisk.cents_at_risk`.
    window_days, time_zone
        Length of a window; zone in which its days are cut.

    Returns
    -------
    ValueAtRisk
        With a finding ``no-value`` and an empty table without money; with ``value-few-days`` and no typical window below 14 days.

    Raises
    ------
    KeyError, UnusableValue
        When the History does not count that indicator; when it has no such threshold, or window or target cannot be used.

    References
    ----------
    B. Efron, "Bootstrap Methods: Another Look at the Jackknife", Annals of Statistics 7 (1979), pp. 1-26, doi.org/10.1214/aos/1176344552
    """
    _refuse_unusable(target, window_days)
    query = history.query(indicator)
    chosen = _threshold_of(query, threshold_ms)
    daily, span_days = complete_days_of(history, indicator, chosen, time_zone=time_zone)
    source = history.source_of(indicator)
    rows = history.rows[history.rows["source"] == source.name]
    daily = without_gap_days(daily, find_gaps(rows, resolution_minutes=source.resolution_minutes))
    value = history.value[history.value["indicator"] == indicator]
    cents = {one: _cents_of_days(value, indicator, one, time_zone) for one in query.thresholds_ms or (None,)}
    on_days = {one: by_day.reindex(daily["day"], fill_value=0).to_numpy() for one, by_day in cents.items()}
    table = _table(list(cents.values()), list(on_days.values()), window_days, rng)
    table.insert(0, "threshold_ms", pd.Series(list(cents), dtype=object))
    return ValueAtRisk(
        indicator, chosen, window_days, currency, table if len(value) else table.iloc[:0], len(daily), int(daily["valid"].sum()),
        int(on_days[chosen].sum()), span_days, _findings(history, query, value, len(daily)), target, event,
    )  # fmt: skip


def _refuse_unusable(target: Decimal | None, window_days: int) -> None:
    if window_days < 1:
        raise UnusableValue(f"a window lasts at least a day, not {window_days}")
    if target is not None and not 0 < target < 1:
        raise UnusableValue(f"a target lies above 0 % and below 100 %, not {format_share(target)}")


def _threshold_of(query: IndicatorQuery, threshold_ms: float | None) -> float | None:
    chosen = min(query.thresholds_ms, default=None) if threshold_ms is None else threshold_ms
    if chosen is None or chosen in query.thresholds_ms:
        return chosen
    known = ", ".join(format_ms(one) for one in query.thresholds_ms) or "none"
    raise UnusableValue(f"{query.id} has no threshold of {format_ms(chosen)}; it has: {known}")


def _cents_of_days(value: pd.DataFrame, indicator: str, threshold_ms: float | None, time_zone: str) -> pd.DataFrame:
    """Return ``good`` and ``bad`` cents by local day of one threshold, where there are any."""
    rows = select_indicator(value, indicator, threshold_ms)
    local = rows["hour"].dt.tz_localize("UTC").dt.tz_convert(ZoneInfo(time_zone)).dt.tz_localize(None).dt.normalize()
    is_good, in_cents = rows["is_good"], rows["value_cents"]
    return pd.DataFrame({"good": in_cents.where(is_good, 0), "bad": in_cents.mask(is_good, 0)}).groupby(local).sum().astype("int64")


def _table(cents: list[pd.DataFrame], on_days: list[Ints], window_days: int, rng: np.random.Generator) -> pd.DataFrame:
    columns: dict[str, Any] = {f"{name}_cents": [int(by_day[name].sum()) for by_day in cents] for name in ("good", "bad")}
    by_day = np.stack(on_days, axis=1)  # shape (days, thresholds, good and bad)
    n_days = len(by_day)
    if n_days < FEWEST_DAYS:
        return pd.DataFrame(columns)
    # how often each day was drawn; whole numbers throughout, so sums are exact
    times = rng.multinomial(window_days, np.full(n_days, 1 / n_days), size=N_DRAWS)
    drawn = np.tensordot(times, by_day, axes=1)
    low, high = np.quantile(drawn, 0.05, axis=0, method="lower"), np.quantile(drawn, 0.95, axis=0, method="higher")
    for place, name in enumerate(("good", "bad")):
        columns[f"window_{name}_cents"] = [
            math.floor(Fraction(int(total) * window_days, n_days) + HALF) for total in by_day.sum(axis=0)[:, place]
        ]
        columns[f"window_{name}_cents_low"], columns[f"window_{name}_cents_high"] = low[:, place], high[:, place]
    return pd.DataFrame(columns)


def _findings(history: History, query: IndicatorQuery, value: pd.DataFrame, n_days: int) -> tuple[Finding, ...]:
    if value.empty:
        others = sorted({str(name) for name in history.value["indicator"]})
        hint = f"map the column that holds it, sources: {{{query.source}: {{columns: {{value: order_total}}}}}}, or an expression such as "
        hint += "price * quantity, and reduce again" + (f"; or ask for an indicator with money: {', '.join(others)}" if others else "")
        return (Finding("no-value", "no money hangs on its requests", severity="warning", where=query.id, hint=hint),)
    if n_days < FEWEST_DAYS:
        message = f"{counted(n_days, 'complete day')} tell no typical window of money, at least {FEWEST_DAYS} do"
        hint = f"gather {counted(FEWEST_DAYS - n_days, 'more day')}; until then use the totals, and say how many days they are of"
        return (Finding("value-few-days", message, severity="warning", where=query.id, hint=hint, count=n_days),)
    return ()
