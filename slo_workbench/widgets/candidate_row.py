"""One candidate SLI on the board: what it is, what it sees and misses, and what the room makes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from slo_workbench.widgets.card import FULL_WIDTH, card
from slo_workbench.workshop.candidates_at_hand import CandidateAtHand
from slo_workbench.workshop.choosing_candidates import KINDS_WITH_THRESHOLDS, read_thresholds_ms

if TYPE_CHECKING:
    import ipywidgets

__all__ = ["CandidateRow", "RowChoice"]

LEAVE, TAKE, REJECT = "leave open", "take", "reject"
_SHOWN = {LEAVE: "○ leave open", TAKE: "✓ take", REJECT: "✗ reject"}
_EDGES = {"chosen": "#0072B2", "rejected": "#D55E00", "open": "#8A94A0"}


@dataclass(frozen=True)
class RowChoice:
    """What is set on a row."""

    choice: str = LEAVE
    reason: str = ""
    within_ms: str = ""
    is_left_out: bool = False


class CandidateRow:
    """A row of the board; ``changed`` is called when something on it changes that the coverage hangs on."""

    def __init__(self, one: CandidateAtHand, changed: Callable[[], object]) -> None:
        import ipywidgets as widgets

        self.one = one
        wide: dict[str, Any] = {"style": {"description_width": "initial"}, "continuous_update": False}
        options = [(_SHOWN[name], name) for name in ((LEAVE, TAKE, REJECT) if one.state == "open" else (TAKE, REJECT))]
        self.choice = widgets.ToggleButtons(
            options=options, value=REJECT if one.state == "rejected" else options[0][1], tooltips=[f"{text}: {one.id}" for text, _ in options],
            description="", style={"button_width": "8.5em"},
        )  # fmt: skip
        self.reason = widgets.Text(
            one.rejected_because, description="Why not", placeholder="what speaks against it", tooltip=f"Why {one.id} is not taken",
            layout=widgets.Layout(width=FULL_WIDTH), **wide,
        )  # fmt: skip
        self.within_ms = widgets.Text(
            ", ".join(f"{threshold:g}" for threshold in one.candidate.skeleton.thresholds_ms), description="Within, ms",
            placeholder="such as 300, 1000", tooltip=f"Thresholds of {one.id} in milliseconds, separated by commas",
            layout=widgets.Layout(width=FULL_WIDTH), **wide,
        )  # fmt: skip
        self.leave_out = widgets.Checkbox(
            False, description="look without it (only a look: the workbook keeps it)", indent=False,
            tooltip=f"Show what nobody would see without {one.indicator}", layout=widgets.Layout(width="auto"),
        )  # fmt: skip
        controls = [self.leave_out] if one.indicator else [self.choice, self.within_ms, self.reason]
        self.view: ipywidgets.VBox = widgets.VBox([widgets.HTML(_told(one)), *controls], layout=widgets.Layout(margin="0 0 10px 0"))
        self._show_what_is_asked()
        self.choice.observe(lambda _: self._show_what_is_asked(), names="value")
        self.choice.observe(lambda _: changed(), names="value")
        self.leave_out.observe(lambda _: changed(), names="value")

    def _show_what_is_asked(self) -> None:
        has_thresholds = self.one.candidate.kind in KINDS_WITH_THRESHOLDS
        self.reason.layout.display = "" if self.choice.value == REJECT else "none"
        self.within_ms.layout.display = "" if self.choice.value == TAKE and has_thresholds else "none"

    @property
    def value(self) -> RowChoice:
        """What is set."""
        return RowChoice(self.choice.value, self.reason.value, self.within_ms.value, self.leave_out.value)

    @value.setter
    def value(self, value: RowChoice) -> None:
        if value.choice in [name for _, name in self.choice.options]:
            self.choice.value = value.choice
        self.reason.value, self.within_ms.value, self.leave_out.value = value.reason, value.within_ms, value.is_left_out

    @property
    def is_taken(self) -> bool:
        """Whether it is to become an indicator."""
        return not self.one.indicator and self.choice.value == TAKE

    @property
    def is_rejected(self) -> bool:
        """Whether it is not to become an indicator."""
        return not self.one.indicator and self.choice.value == REJECT

    @property
    def new_rejection(self) -> str:
        """Why it is rejected, where that was not said before."""
        why = self.reason.value.strip()
        return "" if not self.is_rejected or why == self.one.rejected_because else why

    @property
    def thresholds_ms(self) -> tuple[float, ...]:
        """Thresholds of what is taken; empty where the kind has none, or none are written."""
        has_thresholds = self.is_taken and self.one.candidate.kind in KINDS_WITH_THRESHOLDS
        return read_thresholds_ms(self.one.id, self.within_ms.value) if has_thresholds and self.within_ms.value.strip() else ()


def _told(one: CandidateAtHand) -> str:
    needs = f'<p class="refusal"><strong>Cannot be counted yet</strong>: it needs {escape(one.needs)}</p>' if one.needs else ""
    edge = f'<div style="border-left:6px solid {_EDGES[one.state]};padding-left:12px">'
    seen = one.point
    sees, _, misses = one.sees.partition("; misses: ")
    blocks = "■" * seen.n_sees + "□" * (seen.n_possible - seen.n_sees)
    missed = f"<p><strong>misses</strong> {escape(misses)}</p>" if misses else ""
    return card(
        f"{edge}<p><strong>{escape(one.id)}</strong> · {escape(one.candidate.kind)} · <strong>{escape(one.signed_standing)}</strong></p>"
        f"<p>{escape(one.candidate.specification)}</p>{needs}"
        f'<p><span aria-hidden="true" style="letter-spacing:2px">{blocks}</span> {escape(sees)} · at the {escape(one.measured_at)}</p>{missed}'
        f"<details><summary>How it would be counted, and what other measuring points see</summary>{one.details.html}</details></div>"
    )
