"""What a threshold and a target would mean, as a picture and a table that show themselves in a notebook."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Any

from slo_workbench.analysis.pool import pool_of
from slo_workbench.analysis.target_exploration import FALLBACK_TARGET, ExploredTarget, TargetExploration
from slo_workbench.history.pool import read_pool
from slo_workbench.plots.target_exploration import ExplorationPicture
from slo_workbench.sources.formats import ADDRESS_FORMATS
from slo_workbench.units import format_ms, format_share, parse_share
from slo_workbench.widgets.card import card

if TYPE_CHECKING:
    from slo_workbench.analysis.target_exploration_words import ExploredAnswer
    from slo_workbench.workshop.opening import Workshop

__all__ = ["TargetAnswer", "answer_of", "exploration_of", "explore_target"]

_MARKS = {"kept": ("✓", "#0072B2"), "doubtful": ("!", "#B35900"), "refused": ("–", "#566472"), "told": ("", "#1F2933")}
_UNIT = re.compile(r"(?<=\d) (?=(?:%|ms|s|min|h|d)(?!\w))")
_SAID = {"kept": "the history supports it", "doubtful": "the history does not support it", "refused": "no figure", "told": ""}


@dataclass(frozen=True)
class TargetAnswer:
    """A target at a threshold, with its picture; shows itself in a notebook.

    Parameters
    ----------
    objective_id : str
    found : ExploredTarget
        The figures.
    notes : tuple of str
        What else must be said, such as that a target was only supposed.
    picture : bytes
        PNG of the SLI over time; empty where no day was measured.
    """

    objective_id: str
    found: ExploredTarget
    notes: tuple[str, ...] = ()
    picture: bytes = b""

    @property
    def threshold_ms(self) -> float | None:
        """The threshold looked at, in ms; ``None`` where the indicator has none."""
        return self.found.threshold_ms

    @property
    def target(self) -> Decimal:
        """The target looked at."""
        return self.found.target

    @property
    def chance_of_keeping(self) -> float | None:
        """Share of predicted windows (0 to 1) that keep the target; ``None`` where no promise can be judged."""
        return self.found.chance_of_keeping

    @property
    def sentences(self) -> tuple[str, ...]:
        """Everything in words."""
        return (*self.found.sentences, *self.notes)

    @property
    def alt(self) -> str:
        """What the picture shows, for those who do not see it."""
        one = self.found.assessment
        kept, seen = self.found.windows_kept
        windows = f"{kept} of {seen} windows of {one.window.days} days reach the target" if seen else "no whole window"
        return f"{self.found.title}. Share of good {one.event}s by day, {one.period}; {windows}, {len(one.incidents)} incidents shaded."

    def to_html(self) -> str:
        """Return picture and answers on a white card."""
        if self.picture:
            source = f"data:image/png;base64,{base64.b64encode(self.picture).decode('ascii')}"
            drawn = f'<img src="{source}" alt="{escape(self.alt)}" style="width:100%;max-width:1000px;height:auto;display:block">'
        else:
            drawn = f'<p style="font-size:19px"><strong>{escape(self.found.title)}</strong></p>'
        rows = "".join(map(_row, self.found.answers))
        notes = "".join(f'<p class="aside">{escape(note)}</p>' for note in self.notes)
        return card(drawn, f'<table style="width:100%;max-width:1000px"><tbody>{rows}</tbody></table>', notes)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.to_html(), "text/plain": "\n".join(self.sentences)}


def _row(answer: ExploredAnswer) -> str:
    mark, colour = _MARKS[answer.state]
    said = f'<span role="img" aria-label="{_SAID[answer.state]}" title="{_SAID[answer.state]}">{mark}</span> ' if mark else ""
    more = "".join(f"<p>{_shown(sentence)}</p>" for sentence in answer.more)
    folded = f'<details><summary style="cursor:pointer;color:#566472">more</summary>{more}</details>' if more else ""
    # an output cell takes style sheets away and sets cells to the right, so each says its own look
    cell = "text-align:left;vertical-align:top;padding:4px 10px;border-bottom:1px solid #DDE2E8;white-space:normal"
    return (
        f'<tr style="background:#fff"><th scope="row" style="{cell};font-weight:600;width:20%">{_shown(answer.question)}</th>'
        f'<td style="{cell};font-size:17px;font-weight:700;color:{colour};width:28%">{said}{_shown(answer.figure)}</td>'
        f'<td style="{cell};font-size:14px">{_shown(answer.behind)}{folded}</td></tr>'
    )


def _shown(text: str) -> str:
    """Escape text, and keep a number and its unit on one line."""
    return _UNIT.sub("\u00a0", escape(text))


def exploration_of(workshop: Workshop, objective_id: str = "") -> TargetExploration:
    """Return an objective's indicator ready to be asked, with all that the document says of it.

    Raises
    ------
    FindingsError
        When there is no such objective, or its requests cannot be counted.
    """
    workbook, objective = workshop.workbook, workshop.objective(objective_id)
    history = workshop.history_of(objective.indicator)
    source = history.source_of(objective.indicator)
    is_address = source.format in ADDRESS_FORMATS and "user" not in workbook.sources[source.name].columns
    time_zone = workbook.service.time_zone
    thresholds = history.query(objective.indicator).thresholds_ms
    said = workbook.threshold_ms_of(objective)
    return TargetExploration(
        history, objective.indicator, objective.window, objective.confidence,
        document_threshold_ms=said if said is not None else next(iter(thresholds), None),
        document_target=objective.target,
        seed=workshop.seed,
        time_zone=time_zone,
        event=workshop.case(objective.id).assessment.event,
        currency=workbook.service.currency,
        user_kind="address" if is_address else None,
        is_aspirational=objective.ambition == "aspirational",
        pool=pool_of(read_pool(workbook.pool, folder=workshop.folder, inside=workshop.folder), time_zone=time_zone) or None,
        exclusions=workbook.exclusions,
    )  # fmt: skip


def answer_of(
    exploration: TargetExploration, picture: ExplorationPicture, threshold_ms: float | None, target: Decimal, *, objective_id: str = ""
) -> TargetAnswer:
    """Ask an exploration and draw what it says; the picture is one that stays, see :class:`ExplorationPicture`."""
    found = exploration.at(threshold_ms, target)
    one = found.assessment
    drawn = b""
    if (one.daily["valid"] > 0).any():
        drawn = picture.png(
            one.daily, one.rolling, window_days=one.window.days, target=target, incidents=one.incidents, title=found.title,
            in_sight=_in_sight(exploration.document_target, found.fitted_target),
        )  # fmt: skip
    return TargetAnswer(objective_id, found, _notes(exploration, found), drawn)


def _in_sight(*targets: Decimal | None) -> Sequence[Decimal]:
    return [target for target in targets if target is not None]


def _notes(exploration: TargetExploration, found: ExploredTarget) -> tuple[str, ...]:
    if exploration.document_target is not None:
        said = f"The document says {format_share(exploration.document_target)}"
        said += f" within {format_ms(exploration.document_threshold_ms)}" if exploration.document_threshold_ms is not None else ""
        return (f"{said}.",)
    start = "" if found.fitted_target is not None else f"; {format_share(FALLBACK_TARGET)} is no more than somewhere to start from"
    return (f"The document names no target yet{start}.",)


def explore_target(
    workshop: Workshop, objective_id: str = "", threshold_ms: float | None = None, target: str | Decimal = ""
) -> TargetAnswer:
    """Say what a target at a threshold would mean: users, money, budget, the chance to keep it, and windows of the past.

    Parameters
    ----------
    workshop : Workshop
    objective_id : str
        The first one for an empty id.
    threshold_ms : float, optional
        The document's when left out. Users and money are counted at the indicator's own thresholds only.
    target : str or Decimal
        Exact share such as ``"99.5%"``; the document's when empty, else the one the history supports.

    Raises
    ------
    FindingsError
        When there is no such objective, or its requests cannot be counted.
    UnusableValue
        When the target is no share between 0 % and 100 %, or the indicator has no threshold.
    TooLittleData
        When nothing is known at another threshold than the indicator's own.
    """
    exploration = exploration_of(workshop, objective_id)
    chosen_ms = exploration.document_threshold_ms if threshold_ms is None else float(threshold_ms)
    chosen = parse_share(target) if target else exploration.first_target(chosen_ms)
    return answer_of(exploration, ExplorationPicture(), chosen_ms, chosen, objective_id=workshop.objective(objective_id).id)
