"""The candidate board: take, leave or reject candidate SLIs, and see at once what nobody would see; Apply writes the choice."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from slo_workbench.document.findings import Finding, FindingsError
from slo_workbench.errors import SloWorkbenchError
from slo_workbench.widgets.apply_button import ApplyButton, findings_html
from slo_workbench.widgets.candidate_row import CandidateRow
from slo_workbench.widgets.card import FULL_WIDTH, card, shown_with
from slo_workbench.widgets.room_status import said_html
from slo_workbench.workshop.candidates_at_hand import CandidatesAtHand, CoverageWith, candidates_at_hand, coverage_with
from slo_workbench.workshop.choice_decision import decide_choice
from slo_workbench.workshop.choosing_candidates import rooms_view
from slo_workbench.workshop.decisions import Decision
from slo_workbench.workshop.room_votes import ballot_box_of

if TYPE_CHECKING:
    import ipywidgets

    from slo_workbench.workshop.opening import Workshop

__all__ = ["CandidateBoard", "candidate_board"]


class CandidateBoard:
    """The board of one journey; see :func:`candidate_board`."""

    def __init__(self, workshop: Workshop, journey_id: str = "") -> None:
        import ipywidgets as widgets

        self._workshop = workshop
        self.at_hand: CandidatesAtHand = candidates_at_hand(workshop, journey_id)
        self.rows: tuple[CandidateRow, ...] = ()
        self._head: ipywidgets.HTML = widgets.HTML("")
        self._rows: ipywidgets.VBox = widgets.VBox([])
        self.coverage: ipywidgets.HTML = widgets.HTML("")
        self.diagram: ipywidgets.HTML = widgets.HTML("")
        self.decided_by = widgets.Text(
            "", description="Decided by", placeholder="names, separated by commas", tooltip="Who decided, names separated by commas",
            continuous_update=False, style={"description_width": "initial"}, layout=widgets.Layout(width=FULL_WIDTH),
        )  # fmt: skip
        self.apply = ApplyButton(self._decide, path=workshop.path, label="Apply the choice", after=lambda _: self.load())
        self.load()
        self.view: ipywidgets.VBox = widgets.VBox(
            [self._head, self._rows, self.coverage, self.decided_by, self.apply.view, self.diagram],
            layout=widgets.Layout(max_width="1100px"),
        )

    def load(self) -> None:
        """Show the candidates as they stand in the workbook now; what is set on rows of the same standing stays set."""
        try:
            self.at_hand = candidates_at_hand(self._workshop, self.at_hand.journey_id)
        except (SloWorkbenchError, OSError) as error:
            self._head.value = card(findings_html(error))
            return
        if self.at_hand.candidates != tuple(row.one for row in self.rows):
            before = {row.one: row.value for row in self.rows}
            self.rows = tuple(CandidateRow(one, self._look) for one in self.at_hand.candidates)
            for row in self.rows:
                if row.one in before:  # with the same standing
                    row.value = before[row.one]
            self._rows.children = [row.view for row in self.rows]
        title = f"<p><strong>Which SLIs for “{escape(self.at_hand.view.journey.name)}”?</strong></p>"
        self._head.value = card(title, said_html(self.at_hand.sentences[:2]), _odd(self.at_hand))
        self._name_who_decided()
        self._look()

    def _name_who_decided(self) -> None:
        if self.decided_by.value:
            return
        try:
            room = rooms_view(ballot_box_of(self._workshop, self.at_hand.journey_id), self.at_hand.standing.ids)
        except (SloWorkbenchError, OSError):
            return  # Apply says what is wrong with the votes
        self.decided_by.value = ", ".join(room.voters)

    @property
    def taken(self) -> tuple[str, ...]:
        """Ids of the candidates that are taken on the board."""
        return tuple(row.one.id for row in self.rows if row.is_taken)

    @property
    def covered(self) -> CoverageWith:
        """What would be seen with what is set on the board; see `slo_workbench.workshop.candidates_at_hand.coverage_with`."""
        return coverage_with(
            self.at_hand, self.taken, [row.one.indicator for row in self.rows if row.one.indicator and row.leave_out.value]
        )

    def _look(self) -> None:
        try:
            covered = self.covered
        except SloWorkbenchError as error:
            self.coverage.value = card(findings_html(error))
            return
        self.coverage.value = card(f'<div role="status" aria-live="polite">{said_html(covered.sentences)}</div>', covered.gaps.html)
        self.diagram.value = card(covered.diagram.html)

    def _decide(self) -> Decision:
        _refuse_without_reason(self.rows)
        reject = {row.one.id: why for row in self.rows if (why := row.new_rejection)}
        thresholds = {row.one.id: within for row in self.rows if (within := row.thresholds_ms)}
        names = [name.strip() for name in self.decided_by.value.split(",") if name.strip()]
        try:
            return decide_choice(
                self._workshop, self.at_hand.journey_id, take=self.taken, reject=reject, thresholds_ms=thresholds, decided_by=names,
                seen=self.at_hand,
            )  # fmt: skip
        except SloWorkbenchError:
            self.load()  # so that what others decided meanwhile is seen beside the finding
            raise

    def _repr_mimebundle_(self, **formats: Any) -> Any:
        return shown_with(self.view, **formats)


def _odd(at_hand: CandidatesAtHand) -> str:
    from slo_workbench.proposal.fragments import findings_list

    return findings_list(at_hand.findings).html if at_hand.findings else ""


def _refuse_without_reason(rows: Sequence[CandidateRow]) -> None:
    hint = "say in a few words what speaks against it; the next review will ask"
    lacking = [row.one.id for row in rows if row.is_rejected and not row.reason.value.strip()]
    if lacking:
        raise FindingsError([Finding("reason-missing", f"{id} is rejected without a reason", hint=hint) for id in lacking])


def candidate_board(workshop: Workshop, journey_id: str = "") -> CandidateBoard:
    """Return the board of a journey's candidate SLIs.

    The same without a hand on it: :func:`slo_workbench.workshop.candidates_at_hand.candidates_at_hand` shows the candidates,
    :func:`slo_workbench.workshop.candidates_at_hand.coverage_with` what others would see, and
    :func:`slo_workbench.workshop.choice_decision.decide_choice` writes the choice.

    Parameters
    ----------
    workshop : Workshop
    journey_id : str
        The first journey when empty.

    Raises
    ------
    FindingsError
        When there is no such journey, or its diagram is empty or has errors; a notebook shows the sentence.
    """
    return CandidateBoard(workshop, journey_id)
