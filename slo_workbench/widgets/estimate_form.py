"""A participant's silent estimate of one number, who has answered, and the reveal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING

from slo_workbench.ballots.estimate import UNITS, Estimate
from slo_workbench.ballots.estimates import cast_estimate, estimate_box, reopen_estimates, reveal_estimates
from slo_workbench.ballots.room_part import one_line
from slo_workbench.errors import UnusableValue
from slo_workbench.units import counted, format_share
from slo_workbench.widgets.card import FULL_WIDTH, card
from slo_workbench.widgets.silent_form import BoxLook, FormWords, OwnCast, SilentForm
from slo_workbench.workshop.room_answers import estimates_part, revealed_estimates

if TYPE_CHECKING:
    from slo_workbench.workshop.opening import Workshop

__all__ = ["EstimateForm", "estimate_form"]

_WORDS = FormWords("Cast my estimate", "Reveal all estimates", "Has everybody answered? Press again to reveal", "Estimate again")
_EXAMPLES = {"ms": "such as 300ms or 1.5s", "share": "such as 99.5%", "count": "such as 12000", "money": "such as 1500"}


Draft = tuple[str, str]


class EstimateForm(SilentForm[Draft]):
    """The form of one participant; see :func:`estimate_form`."""

    def __init__(self, workshop: Workshop, question_id: str, kind: str, prompt: str, participant: str, role: str) -> None:
        import ipywidgets as widgets

        if kind not in UNITS:
            raise UnusableValue(f"the kind of an estimate is one of {', '.join(UNITS)}; not {kind!r}")
        self._workshop, self.kind, self.question = workshop, kind, question_id
        self.box = estimate_box(workshop.path, question_id)
        self._currency = workshop.workbook.service.currency
        shown_as = f"{_EXAMPLES[kind]} {self._currency if kind == 'money' else ''}".rstrip()
        self.estimate = widgets.Text(
            "", description="Your estimate", placeholder=shown_as, tooltip=f"Your estimate, {shown_as}", style={"description_width": "initial"},
            layout=widgets.Layout(width="24em", max_width="100%"),
        )  # fmt: skip
        self.reason = widgets.Text(
            "", description="Because", placeholder="if you like; it is read at the reveal", tooltip="Why", style={"description_width": "initial"},
            layout=widgets.Layout(width=FULL_WIDTH),
        )  # fmt: skip
        asked = widgets.HTML(card(f"<p><strong>{escape(prompt or f'What is your estimate for {question_id}?')}</strong></p>"))
        super().__init__(participant, role, _WORDS, widgets.VBox([self.estimate, self.reason]), [self.box.folder], above=[asked])

    @property
    def draft(self) -> Draft:
        """The estimate as it is typed, and the reason."""
        return self.estimate.value, self.reason.value

    @draft.setter
    def draft(self, draft: Draft) -> None:
        self.estimate.value, self.reason.value = draft

    @property
    def blank(self) -> Draft:
        """Nothing typed."""
        return "", ""

    def _cast_now(self) -> Sequence[str]:
        cast_estimate(
            self._workshop.path, self.question, participant=self.person.name.value, value=self.estimate.value, unit=self.kind,
            role=self.person.role.value, reason=self.reason.value, at=datetime.now(UTC),
        )  # fmt: skip
        return [f"✓ {one_line(self.person.name.value)} has answered. Until the reveal you can change it and cast it again."]

    def _own_cast(self, name: str) -> OwnCast[Draft] | None:
        one = self.box.cast_by(name)
        return OwnCast((_as_typed(one), one.reason), one.role, f"This is what {one.called} has answered.") if one else None

    def _reveal_now(self) -> object:
        return reveal_estimates(self._workshop.path, self.question, at=datetime.now(UTC), currency=self._currency)

    def _reopen_now(self) -> object:
        return reopen_estimates(self._workshop.path, self.question)

    def _look_now(self) -> BoxLook:
        status = self.box.status()
        if not status.is_revealed:
            return BoxLook(status.sentence, status.findings)
        shown = estimates_part(revealed_estimates(self._workshop, self.question))
        return BoxLook(
            f"{counted(status.n_answered, 'participant')} answered, and the estimates are revealed.", status.findings, shown.html, True
        )


def _as_typed(estimate: Estimate) -> str:
    """Return an estimate as it can be typed again."""
    if estimate.unit == "share":
        return format_share(estimate.value).replace(" ", "")
    return f"{estimate.value.normalize():f}" + ("ms" if estimate.unit == "ms" else "")


def estimate_form(
    workshop: Workshop, question_id: str, kind: str = "ms", prompt: str = "", participant: str = "", role: str = ""
) -> EstimateForm:
    """Return a form with which one participant answers a question with a number, silently.

    The reveal shows all answers, their median, who stands at the ends and so speaks first. The median is no decision; that is made where
    targets and thresholds are tried. The same without a hand on it: :func:`slo_workbench.ballots.estimates.cast_estimate`,
    :func:`slo_workbench.ballots.estimates.estimate_status`, :func:`slo_workbench.ballots.estimates.reveal_estimates` and
    :func:`slo_workbench.workshop.room_answers.estimates_at_hand`.

    Parameters
    ----------
    workshop : Workshop
    question_id : str
        Short name of the question, such as ``buy-too-slow``: its folder in ``estimates/`` beside the workbook.
    kind : {"ms", "share", "count", "money"}
        What the number is.
    prompt : str
        The question as people read it.
    participant, role : str
        What the fields begin with.

    Raises
    ------
    UnusableValue
        When the question's id or the kind is none.
    """
    return EstimateForm(workshop, question_id, kind, prompt, participant, role)
