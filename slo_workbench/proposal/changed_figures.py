"""What changed of a proposal's figures, each with its unit, what stands behind it, and whether it was uncertain by as much before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from slo_workbench.analysis.revenue import format_money
from slo_workbench.analysis.wilson_interval import wilson_interval
from slo_workbench.errors import UnusableValue
from slo_workbench.proposal.changed_decisions import computed_risks, is_target_decided
from slo_workbench.proposal.changed_values import Value, as_duration, as_share, changed_value, changed_values, was_and_is
from slo_workbench.proposal.result_pair import Change, ResultPair, apart, as_written
from slo_workbench.units import counted, format_days, format_share, parse_window

__all__ = ["changed_figures"]

_PEOPLE_CONFIDENCE = 0.9


def changed_figures(pair: ResultPair) -> Iterator[Change]:
    """Give what changed of the figures, the target first."""
    yield from _target(pair)
    yield from _records(pair)
    yield from _chance(pair)
    for name in ("conservative", "suggested", "stretch"):
        yield from changed_value(pair, Value(("fit", "suggestions", name), f"the {name} target that the records give", as_share))
    yield from _budget(pair)
    yield from _users(pair)
    yield from _money(pair)
    yield from _past(pair)
    yield from _replays(pair)
    yield from _risks(pair)
    yield from changed_values(
        pair, "what nobody would notice",
        [Value(("coverage", "n_unseen"), "ways to fail that no indicator sees"), Value(("coverage", "n_ways"), "ways to fail in all")],
    )  # fmt: skip


def _as_percent(share: Any, digits: int) -> str:
    """Write a share of a budget, which may be more than all of it."""
    return f"{share * 100:,.{digits - 2}f} %"


def _behind(result: Any, event: str) -> str:
    """Say in brackets where a target comes from."""
    fit = result["fit"]
    if fit["stated_target"] is not None:
        return " (the team's own)"
    history = fit["history"]
    return f" (from {format_days(history['days'])} with {counted(history['valid'], f'valid {event}')}, {history['bad']:,} of them bad)"


def _target(pair: ResultPair) -> Iterator[Change]:
    if not pair.differs("fit", "target") or is_target_decided(pair):
        return
    old, new = pair.at("fit", "target")
    words = [
        text if value is None else f"{text}{_behind(result, pair.event)}"
        for text, value, result in zip(apart(as_share, old, new), (old, new), (pair.old, pair.new), strict=True)
    ]
    sentence = was_and_is(f"the target over {_window(pair.new)}", words[0], words[1])
    span = pair.old["fit"]["suggestions"]
    is_measured = pair.at("fit", "stated_target") == (None, None) and None not in (old, new) and {"conservative", "stretch"} <= span.keys()
    if is_measured:
        low, high = (Decimal(span[name]) for name in ("conservative", "stretch"))
        sentence += (
            f" The records of then left it open between {format_share(low)} and {format_share(high)}; {_lies(low, Decimal(new), high)}."
        )
    yield Change("target", sentence, old, new, (("fit", "target"),))


def _lies(low: Any, value: Any, high: Any) -> str:
    return "the difference is within that uncertainty" if low <= value <= high else "the difference is larger than that uncertainty"


def _window(result: Any) -> str:
    try:
        return parse_window(result["fit"]["window"]).words
    except UnusableValue:
        return str(result["fit"]["window"])


def _records(pair: ResultPair) -> Iterator[Change]:
    event = pair.event
    values = [
        Value(("fit", "history", "sli"), f"share of valid {event}s that were good", as_share),
        Value(("fit", "history", "valid"), f"valid {event}s"),
        Value(("fit", "history", "bad"), f"bad {event}s"),
        Value(("fit", "history", "days"), "complete days"),
        Value(("fit", "history", "span_days"), "days from first to last"),
        Value(("fit", "history", "incidents"), "incidents that stood out"),
    ]
    yield from changed_values(pair, "what the records say", values, aside=_expected(pair))
    shares = sorted({*pair.old["fit"]["quantiles"], *pair.new["fit"]["quantiles"]}, key=float)
    below = [Value(("fit", "quantiles", one), f"{float(one) * 100:g} of 100 below", as_share) for one in shares]
    yield from changed_values(pair, f"the windows of {_window(pair.new)} that are predicted", below)


def _expected(pair: ResultPair) -> str:
    """Say whether the new share lies among the windows predicted before."""
    old, new = pair.at("fit", "history", "sli")
    quantiles = {float(share): value for share, value in pair.old["fit"]["quantiles"].items()}
    if old == new or None in (old, new) or len(quantiles) < 2:
        return ""
    low, high = quantiles[min(quantiles)], quantiles[max(quantiles)]
    n_within = round((max(quantiles) - min(quantiles)) * 100)
    predicted = f"Of the windows predicted then, {n_within} of 100 lay between {format_share(low)} and {format_share(high)}"
    return f"{predicted}; the new share lies {'within' if low <= new <= high else 'outside'}."


def _chance(pair: ResultPair) -> Iterator[Change]:
    old, new = (next((one["kept_share"] for one in result["alternatives"] if one["is_chosen"]), None) for result in (pair.old, pair.new))
    if old != new:
        words = apart(lambda share, digits: f"{share * 100:.{digits - 2}f} of 100 windows", old, new)
        yield Change("chance", was_and_is("the chance that a coming window keeps the target", *words), old, new, ())


def _budget(pair: ResultPair) -> Iterator[Change]:
    where = ("fit", "budget")
    values = [
        Value((*where, "bad_events_allowed"), f"bad {pair.event}s allowed"),
        Value((*where, "valid_events"), f"of about so many valid {pair.event}s"),
        Value((*where, "outage_minutes_average"), "in full outage at usual traffic", as_duration),
        Value((*where, "outage_minutes_peak"), "at the busiest", as_duration),
        Value((*where, "spent_share"), "spent by the last window", _as_percent),
        Value((*where, "target"), "of a target of", as_share),
    ]
    yield from changed_values(pair, f"the error budget of {_window(pair.new)}", values)


def _users(pair: ResultPair) -> Iterator[Change]:
    old, new = pair.at("users", "below_target_share")
    n_users = pair.at("users", "n_users")[0]
    aside = ""
    if None not in (old, new) and old != new and n_users:
        low, high = wilson_interval(min(1.0, old) * n_users, n_users, confidence=_PEOPLE_CONFIDENCE)
        aside = (
            f"With {counted(n_users, 'user')}, chance alone left the share below the target open between {format_share(low)} and "
            f"{format_share(high)} (in 90 of 100 cases); {_lies(low, new, high)}."
        )
    values = [
        Value(("users", "below_target_share"), "share for whom more went wrong than the target allows", as_share),
        Value(("users", "no_bad_share"), "share who met nothing bad", as_share),
        Value(("users", "n_users"), "users"),
        Value(("users", "covered_days"), "days with data"),
        Value(("users", "start"), "from"),
        Value(("users", "target"), "for a target of", as_share),
    ]
    yield from changed_values(pair, f"the users in {_window(pair.new)}", values, aside=aside)


def _money(pair: ResultPair) -> Iterator[Change]:
    currencies = pair.at("money", "currency")
    yield from changed_value(pair, Value(("money", "currency"), "the currency"))
    unit = currencies[1] if currencies[0] == currencies[1] else None
    rows = [rows or [] for rows in pair.at("money", "by_threshold")]
    thresholds = [[one.get("threshold_ms") for one in table] for table in rows]
    place = thresholds[1].index(pair.new["fit"]["threshold_ms"]) if pair.new["fit"]["threshold_ms"] in thresholds[1] else 0

    def write(cents: Any, digits: int) -> str:
        return format_money(int(cents), unit)

    values = [Value(("money", "cents_at_risk"), "if the whole budget were spent, in a usual window", write)]
    aside = ""
    if thresholds[0] == thresholds[1] and rows[0]:
        where = ("money", "by_threshold", place)
        values += [
            Value((*where, "window_bad_cents"), "on bad ones in a usual window", write),
            Value((*where, "bad_cents"), "on bad ones of the whole history", write),
            Value((*where, "good_cents"), "on good ones", write),
        ]
        aside = _money_bounds(rows[0][place], rows[1][place], unit)
    yield from changed_values(pair, "the money that hangs on it", values, aside=aside)


def _money_bounds(old: Any, new: Any, unit: str | None) -> str:
    low, high, now = old.get("window_bad_cents_low"), old.get("window_bad_cents_high"), new.get("window_bad_cents")
    if None in (low, high, now) or now == old.get("window_bad_cents"):
        return ""
    span = f"{format_money(low, unit)} and {format_money(high, unit)}"
    return f"Before, what hangs on bad ones lay between {span} in 90 of 100 windows; {_lies(low, now, high)}."


def _past(pair: ResultPair) -> Iterator[Change]:
    values = [
        Value(("fit", "past_promises", "made"), "made on past days"),
        Value(("fit", "past_promises", "kept"), "kept of these"),
    ]
    yield from changed_values(pair, "such promises in the past", values)


def _replays(pair: ResultPair) -> Iterator[Change]:
    """Give what alerts would have done, and which of the team's incidents would have shown."""
    for what, part, table, noun in (
        ("the alerts on what happened", "alerts", "by_incident", "incident"),
        ("the incidents that the team remembers", "team_incidents", "incidents", "incident"),
    ):
        old, new = (Counter(str(one.get("verdict")) for one in rows or []) for rows in pair.at(part, table))
        if old != new:
            told = [
                f"{verdict}: {counted(old[verdict], noun)}, now {new[verdict]}"
                for verdict in sorted(old | new)
                if old[verdict] != new[verdict]
            ]
            verdicts = tuple(steps for steps in pair.changed if steps[:2] == (part, table) and steps[-1] == "verdict")
            yield Change(what, f"{what}: {'; '.join(told)}.", dict(old), dict(new), verdicts)
    before, now = (rows[-1].get("left_share") if rows else None for rows in pair.at("budget_over_time", "days"))
    if before != now:
        words = apart(_as_percent, before, now)
        yield Change("budget left", was_and_is("what was left of the budget on the last day", *words), before, now, ())


def _risks(pair: ResultPair) -> Iterator[Change]:
    values = [
        Value(("risks", "bad_minutes_a_year"), "bad minutes a year", as_written),
        Value(("risks", "budget_minutes_a_year"), "of a year's budget in minutes", as_written),
        Value(("risks", "fit_together"), "they fit together"),
    ]
    yield from changed_values(pair, "the risks together", values)
    yield from computed_risks(pair)
