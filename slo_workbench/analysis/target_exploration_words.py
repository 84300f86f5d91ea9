"""A target at a threshold in words: a question, its figure, and what stands behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from slo_workbench.analysis.revenue import format_money
from slo_workbench.units import counted, format_count, format_duration, format_ms, format_share

if TYPE_CHECKING:
    from slo_workbench.analysis.target_exploration import ExploredTarget

__all__ = ["ExploredAnswer", "explored_answers", "explored_title"]

State = Literal["kept", "doubtful", "refused", "told"]
NO_FIGURE = "No figure"


@dataclass(frozen=True)
class ExploredAnswer:
    """One answer of the room's questions.

    Parameters
    ----------
    question : str
    figure : str
        With its unit; what is the matter instead, where there is none.
    behind : str
        What stands behind it.
    more : tuple of str
        What else there is to know.
    state : {"kept", "doubtful", "refused", "told"}
        Whether the history supports it, does not, cannot say, or is told only.
    """

    question: str
    figure: str
    behind: str
    more: tuple[str, ...] = ()
    state: State = "told"

    @property
    def sentences(self) -> tuple[str, ...]:
        """Everything it says beside the figure."""
        return (self.behind, *self.more)


def explored_title(one: ExploredTarget) -> str:
    """Return the message in a line: the promise, and the chance to keep it or why there is none."""
    promise = f"{format_share(one.target)}{_within(one)}"
    if one.chance_of_keeping is not None:
        return f"{promise}: about {one.chance_of_keeping * 100:.0f} of 100 windows would keep it"
    if one.assessment.fit is not None:
        return f"{promise}: a single bad {one.event} breaks it"
    return f"{promise}: the history cannot carry a promise"


def explored_answers(one: ExploredTarget) -> tuple[ExploredAnswer, ...]:
    """Return the answers in the order in which a room asks."""
    return (_chance(one), _past(one), _budget(one), _users(one), _money(one), _measured(one))


def _within(one: ExploredTarget) -> str:
    return "" if one.threshold_ms is None else f" within {format_ms(one.threshold_ms)}"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _chance(one: ExploredTarget) -> ExploredAnswer:
    question, fit, refusal = "Will we keep it?", one.assessment.fit, one.refusal
    if refusal is not None:
        behind = f"{_sentence(refusal.message)} What else could be done: {refusal.hint}."
        return ExploredAnswer(question, NO_FIGURE, behind, state="refused")
    if one.chance_of_keeping is None or fit is None:
        return ExploredAnswer(question, NO_FIGURE, one.assessment.sentence, state="refused")
    is_supported = one.target <= fit.target
    supports = (
        f"With the {format_share(fit.confidence)} confidence asked for, the history supports {format_share(fit.target)}"
        f"{'' if is_supported else ' and no more'}, judging by {counted(fit.n_days, 'day')} with {counted(fit.n_valid, f'valid {one.event}')}, "
        f"{format_count(fit.n_bad)} of them bad{'' if fit.n_incidents is None else ' and ' + counted(fit.n_incidents, 'incident')}."
    )
    few = [_sentence(found.message) for found in one.findings if found.code == "budget-few-events"]
    gap = (one.assessment.gap_sentence,) if one.assessment.gap_sentence else ()
    figure = f"About {one.chance_of_keeping * 100:.0f} of 100 windows"
    return ExploredAnswer(question, figure, " ".join([supports, *few]), (*gap, fit.reasons[0]), "kept" if is_supported else "doubtful")


def _past(one: ExploredTarget) -> ExploredAnswer:
    question, (n_kept, n_seen) = "Was it kept before?", one.windows_kept
    days = counted(one.window.days, "day")
    if not n_seen:
        return ExploredAnswer(question, NO_FIGURE, f"The history holds no window of {days} to look at.", _periods(one), "refused")
    behind = f"Of the {counted(n_seen, 'window')} of {days} in the history, which overlap, {format_count(n_kept)} kept it."
    worst = one.assessment.worst_window_sentence
    figure = f"{format_count(n_kept)} of {counted(n_seen, 'window')}"
    state: State = "kept" if n_kept == n_seen else "doubtful"
    return ExploredAnswer(question, figure, " ".join([behind, *_periods(one)]), (worst,) if worst else (), state)


def _periods(one: ExploredTarget) -> tuple[str, ...]:
    """Say the same of whole calendar periods, which do not overlap."""
    period = one.window.period
    if one.periods_kept is None or period is None:
        return ()
    n_kept, n_seen = one.periods_kept
    if not n_seen:
        return (f"The history covers no calendar {period} wholly.",)
    return (f"Of {counted(n_seen, f'whole calendar {period}')}, {format_count(n_kept)} kept it.",)


def _budget(one: ExploredTarget) -> ExploredAnswer:
    question, budget = "What may go wrong?", one.budget
    if budget is None:
        return ExploredAnswer(
            question, NO_FIGURE, f"No {one.event} on a complete day is valid, so nothing can be allowed.", state="refused"
        )
    if budget.bad_events_allowed < 1:
        allowed = float(1 - budget.target) * budget.valid_events
        behind = f"Of about {counted(budget.valid_events, f'valid {one.event}')} a window {allowed:.2g} may be bad, which is less than one."
        return ExploredAnswer(question, f"Not one {one.event}", behind, state="refused")
    figure, more = counted(budget.bad_events_allowed, f"bad {one.event}"), budget.sentences[1:]
    if one.resolution_minutes > 60:
        more = more[1:]  # an hour of outage means nothing for counts that come once a day
    else:
        figure += f", or {format_duration(budget.outage_minutes_average)} of outage,"
    return ExploredAnswer(question, f"{figure} a window", budget.sentences[0], more)


def _not_counted(one: ExploredTarget, question: str) -> ExploredAnswer:
    """Say at which thresholds users and money are counted, where this is none of them."""
    here, own = format_ms(one.threshold_ms or 0), " and ".join(map(format_ms, one.own_thresholds_ms))
    behind = (
        f"Users and money are counted only at the indicator's own thresholds ({own}). "
        f"Add {here} to its thresholds_ms to have them here: the requests are then counted again."
    )
    return ExploredAnswer(question, f"Not counted at {here}", behind, state="refused")


def _all_times(one: ExploredTarget) -> tuple[str, ...]:
    return () if one.assessment.excluded is None else ("This counts all times, those that are left out elsewhere included.",)


def _users(one: ExploredTarget) -> ExploredAnswer:
    question, users = "Whom does it cover?", one.users
    if users is None:
        return _not_counted(one, question)
    said = users.sentences
    if users.shown is None:
        return ExploredAnswer(question, NO_FIGURE, said[0], said[1:], "refused")
    figure = f"{format_share(users.shown.at_target_share)} of users have {format_share(one.target)} or more good"
    return ExploredAnswer(question, figure, " ".join((said[0], *_all_times(one))), said[1:])


def _money(one: ExploredTarget) -> ExploredAnswer:
    question, money = "What money is at risk?", one.money
    if money is None:
        return _not_counted(one, question)
    said = money.sentences
    if money.table.empty:
        return ExploredAnswer(question, NO_FIGURE, f"{said[0]} What to do: {money.findings[0].hint}.", state="refused")
    row = money.chosen
    is_typical = "window_bad_cents" in row
    cents = row["window_bad_cents" if is_typical else "bad_cents"]
    figure = f"{format_money(cents, money.currency, is_rounded=True)} {'a window' if is_typical else 'so far'} on bad {one.event}s"
    first, second, *rest = said
    behind, more = (second, (first, *rest)) if is_typical else (first, (second, *rest))
    return ExploredAnswer(question, figure, " ".join((behind, *_all_times(one))), more)


def _measured(one: ExploredTarget) -> ExploredAnswer:
    question, assessed, within = "What was measured?", one.assessment, one.within
    if assessed.sli is None:
        return ExploredAnswer(question, "Nothing", assessed.history_sentence, state="refused")
    said = [assessed.history_sentence]
    if within is not None:
        near = f"; {counted(within.n_perhaps, one.event)} too close to it to tell count as bad" if within.n_perhaps else ""
        said.append(f"At {format_ms(within.threshold_ms)} it is counted from latencies kept by the hour in steps of 1 %{near}.")
        if assessed.excluded is not None:
            said.append("An hour that begins in an excluded time is left out as a whole, and no other.")
    more = (assessed.excluded_sentence,) if assessed.excluded_sentence else ()
    return ExploredAnswer(question, f"{format_share(assessed.sli)} good{_within(one)}", " ".join(said), more)
