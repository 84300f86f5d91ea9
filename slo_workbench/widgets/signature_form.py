"""A form under an objective: the promise in a sentence, agree or disagree with a note, and who has signed what stands there now."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Any

from slo_workbench.ballots.signature import promise_of, promise_sentence, promise_sha256
from slo_workbench.ballots.signatures import read_signatures, record_signature
from slo_workbench.errors import SloWorkbenchError
from slo_workbench.widgets.apply_button import findings_html
from slo_workbench.widgets.card import FULL_WIDTH, card, shown_with
from slo_workbench.widgets.room_status import PersonFields, RoomStatus, folder_state, plain_button, said_html
from slo_workbench.workshop.room_answers import signatures_part

if TYPE_CHECKING:
    import ipywidgets

    from slo_workbench.workshop.opening import Workshop

__all__ = ["SignatureForm", "signature_form"]


class SignatureForm:
    """The form of one participant; see :func:`signature_form`."""

    def __init__(self, workshop: Workshop, objective_id: str, participant: str, role: str) -> None:
        import ipywidgets as widgets

        self._workshop = workshop
        self.objective_id = workshop.objective(objective_id).id
        self._seen_sha256: str | None = None
        self.person = PersonFields(participant, role)
        self.promise: ipywidgets.HTML = widgets.HTML("")
        self.decision = widgets.ToggleButtons(
            options=[("✓ I agree", "agree"), ("✗ I do not agree", "disagree")], description="",
            tooltips=["Sign that you agree to this promise", "Put under it that you do not agree"], style={"button_width": "11em"},
        )  # fmt: skip
        self.note = widgets.Textarea(
            "", description="Note", placeholder="what you add; if you do not agree, why", rows=2, tooltip="What you add to your signature",
            style={"description_width": "initial"}, layout=widgets.Layout(width=FULL_WIDTH),
        )  # fmt: skip
        self.sign_button = plain_button("Sign", "Write your signature under this promise", "pencil", style="primary")
        self.sign_button.on_click(lambda _: self.sign())
        self.said: ipywidgets.HTML = widgets.HTML("")
        folder = workshop.folder / "signatures" / self.objective_id
        self.status = RoomStatus(self._look, lambda: folder_state(folder, workshop.path))
        self.view: ipywidgets.VBox = widgets.VBox(
            [self.promise, self.person.view, self.decision, self.note, self.sign_button, self.said, self.status.view],
            layout=widgets.Layout(max_width="1100px"),
        )
        self.status.look()
        self.status.repeated.start()

    def sign(self) -> None:
        """Write the signature under the promise that is shown, in the place of the participant's earlier one."""
        try:
            record_signature(
                self._workshop.path, self.objective_id, participant=self.person.name.value, role=self.person.role.value,
                decision=self.decision.value, note=self.note.value, at=datetime.now(UTC), seen_sha256=self._seen_sha256,
            )  # fmt: skip
        except (SloWorkbenchError, OSError) as error:
            self.said.value = card(findings_html(error))
        else:
            self.said.value = card(said_html(["✓ Signed. Sign again to change it; if the promise changes, it no longer counts."]))
        self.status.look()

    def _look(self) -> str:
        """Show the promise as it stands now, and return who has signed it."""
        workbook, objective = self._workshop.workbook, self._workshop.objective(self.objective_id)
        has_target = objective.target is not None
        self.sign_button.disabled = not has_target
        self._seen_sha256 = promise_sha256(objective.id, promise_of(workbook, objective)) if has_target else None
        missing = f"{objective.id} has no target yet, so there is nothing to sign: notebook 05 sets one."
        shown = promise_sentence(workbook, objective) if has_target else missing
        reason = f"<p>Because: {escape(objective.reason)}</p>" if objective.reason else ""
        self.promise.value = card(
            f'<p style="font-size:18px"><strong>{escape(shown)}</strong></p>{reason}<p class="aside">{escape(objective.id)}</p>'
        )
        return signatures_part(read_signatures(self._workshop.folder, workbook, objective.id)).html

    def _repr_mimebundle_(self, **formats: Any) -> Any:
        return shown_with(self.view, **formats)


def signature_form(workshop: Workshop, objective_id: str = "", participant: str = "", role: str = "") -> SignatureForm:
    """Return a form with which one participant signs an objective, or says that they do not agree.

    Signed is what is shown: when the workbook promises something else by the time of the press, nothing is signed, and the new promise is
    shown. The same without a hand on it: :func:`slo_workbench.ballots.signatures.record_signature`,
    :func:`slo_workbench.ballots.signatures.read_signatures` and :func:`slo_workbench.workshop.room_answers.signatures_at_hand`.

    Parameters
    ----------
    workshop : Workshop
    objective_id : str
        The first objective when empty.
    participant, role : str
        What the fields begin with.

    Raises
    ------
    FindingsError
        When there is no such objective; a notebook shows the sentence.
    """
    return SignatureForm(workshop, objective_id, participant, role)
