"""A participant's silent ballot on candidate SLIs, who has voted, the reveal, and dissent after it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from slo_workbench.ballots.ballot import read_name
from slo_workbench.ballots.ballot_box import DISSENT_FOLDER
from slo_workbench.ballots.dissent import record_dissent
from slo_workbench.ballots.dots import DOTS_EACH
from slo_workbench.units import counted
from slo_workbench.widgets.ballot_fields import BallotFields, Draft, draft_of
from slo_workbench.widgets.card import FULL_WIDTH
from slo_workbench.widgets.room_status import plain_button
from slo_workbench.widgets.silent_form import BoxLook, FormWords, OwnCast, SilentForm
from slo_workbench.workshop.candidates_at_hand import candidates_at_hand
from slo_workbench.workshop.room_votes import ballot_box_of, cast_vote, reveal_votes, revealed_votes

if TYPE_CHECKING:
    import ipywidgets

    from slo_workbench.workshop.opening import Workshop

__all__ = ["BallotForm", "ballot_form"]

_WORDS = FormWords("Cast my vote", "Reveal all scores", "Has everybody voted? Press again to reveal", "Vote again")


class BallotForm(SilentForm[Draft]):
    """The form of one participant; see :func:`ballot_form`."""

    def __init__(self, workshop: Workshop, journey_id: str, participant: str, role: str, dots_each: int) -> None:
        self._workshop, self._dots_each = workshop, dots_each
        at_hand = candidates_at_hand(workshop, journey_id, with_data=False)
        self.journey_id = at_hand.journey_id
        self.box = ballot_box_of(workshop, self.journey_id)
        self.fields = BallotFields(at_hand.candidates, dots_each=dots_each)
        self.dissent = _DissentFields(self.fields.ids, lambda: self.tell(self._record_dissent))
        folders = (self.box.folder, self.box.folder / DISSENT_FOLDER)
        super().__init__(participant, role, _WORDS, self.fields.view, folders, above=[self.fields.how_to], below=[self.dissent.view])

    @property
    def draft(self) -> Draft:
        """What is set, by candidate."""
        return self.fields.draft

    @draft.setter
    def draft(self, draft: Draft) -> None:
        self.fields.draft = draft

    @property
    def blank(self) -> Draft:
        """No scores, no dots, no comments."""
        return {}

    def _cast_now(self) -> Sequence[str]:
        said = cast_vote(
            self._workshop, self.journey_id, participant=self.person.name.value, role=self.person.role.value, scores=self.fields.scores,
            dots=self.fields.dots, candidates=self.fields.ids, dots_each=self._dots_each,
        )  # fmt: skip
        return [f"✓ {said}.", "Until the reveal you can change it and cast it again."]

    def _own_cast(self, name: str) -> OwnCast[Draft] | None:
        ballot = self.box.ballot_of(name)
        return OwnCast(draft_of(ballot), ballot.role, f"This is the ballot that {ballot.called} has cast.") if ballot else None

    def _reveal_now(self) -> object:
        return reveal_votes(self._workshop, self.journey_id, candidates=self.fields.ids, dots_each=self._dots_each)

    def _reopen_now(self) -> object:
        return self.box.reopen()

    def _record_dissent(self) -> None:
        name = read_name(self.person.name.value, "your name")
        record_dissent(self.box, name, self.dissent.about.value, self.dissent.text.value, at=datetime.now(UTC))
        self.dissent.text.value = ""

    def _look_now(self) -> BoxLook:
        status = self.box.status()
        if not status.is_revealed:
            return BoxLook(status.sentence, status.findings)
        shown = revealed_votes(self._workshop, self.journey_id, dots_each=self._dots_each)
        self.dissent.offer(status.candidates)
        sentence = f"{counted(status.n_voted, 'participant')} voted, and the scores are revealed."
        return BoxLook(sentence, status.findings, shown._repr_mimebundle_()["text/html"], True)


class _DissentFields:
    """What somebody who does not agree fills in after the reveal."""

    def __init__(self, candidates: tuple[str, ...], record: Callable[[], object]) -> None:
        import ipywidgets as widgets

        look: dict[str, Any] = {"style": {"description_width": "initial"}}
        self.about = widgets.Dropdown(
            options=list(candidates),
            description="I do not agree about",
            tooltip="The candidate",
            layout=widgets.Layout(width="28em"),
            **look,
        )
        self.text = widgets.Textarea(
            "", description="because", placeholder="what should be remembered when this is looked at again", rows=2,
            tooltip="Why you do not agree", layout=widgets.Layout(width=FULL_WIDTH), **look,
        )  # fmt: skip
        self.button = plain_button("Put on record", "Write down that you do not agree, under your name", "pencil")
        self.button.on_click(lambda _: record())
        self.view: ipywidgets.VBox = widgets.VBox([self.about, self.text, self.button])

    def offer(self, candidates: Sequence[str]) -> None:
        """Let somebody disagree about what was voted on."""
        if candidates and list(candidates) != list(self.about.options):
            self.about.options = list(candidates)


def ballot_form(
    workshop: Workshop, journey_id: str = "", participant: str = "", role: str = "", *, dots_each: int = DOTS_EACH
) -> BallotForm:
    """Return a form with which one participant votes silently on a journey's candidate SLIs.

    Each form, in whichever tab or Lab, reads and writes the files in ``votes/`` beside the workbook and nothing else. The same without a
    hand on it: :func:`slo_workbench.workshop.room_votes.cast_vote`, :func:`slo_workbench.workshop.room_votes.reveal_votes` and
    :func:`slo_workbench.ballots.dissent.record_dissent`; :func:`slo_workbench.workshop.room_answers.votes_at_hand` tells who has voted,
    and after the reveal how.

    Parameters
    ----------
    workshop : Workshop
    journey_id : str
        The first journey when empty.
    participant, role : str
        What the fields begin with.
    dots_each : int
        How many dots each participant has; 0 leaves them out.

    Raises
    ------
    FindingsError
        When there is no such journey, or its diagram is empty or has errors; a notebook shows the sentence.
    """
    return BallotForm(workshop, journey_id, participant, role, dots_each)
