"""The fields of a silent ballot: for each candidate three scores, dots and a comment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from slo_workbench.ballots.ballot import Ballot
from slo_workbench.ballots.tally import CRITERIA
from slo_workbench.document.findings import Finding, FindingsError
from slo_workbench.units import counted
from slo_workbench.widgets.card import FULL_WIDTH, card
from slo_workbench.workshop.candidates_at_hand import CandidateAtHand

if TYPE_CHECKING:
    import ipywidgets

__all__ = ["BLANK", "BallotFields", "CandidateScores", "Draft", "draft_of"]

_POINTS = [("not scored", 0), ("1 (worst)", 1), ("2", 2), ("3", 3), ("4", 4), ("5 (best)", 5)]
_ASKED = {
    "happiness": "How closely it follows whether users are happy; 5: it moves when they notice",
    "measurability": "How surely it can be measured with what there is; 5: the data lies there already",
    "cost": "How cheap it is to build and keep; 5: nearly free",
}


@dataclass(frozen=True)
class CandidateScores:
    """What is set for one candidate; 0 points stand for not scored."""

    happiness: int = 0
    measurability: int = 0
    cost: int = 0
    n_dots: int = 0
    comment: str = ""

    @property
    def points(self) -> dict[str, int]:
        """The points by criterion, 0 where there are none."""
        return {name: getattr(self, name) for name in CRITERIA}


BLANK = CandidateScores()
Draft = Mapping[str, CandidateScores]


class BallotFields:
    """The fields for all candidates of a journey.

    Parameters
    ----------
    candidates : sequence of CandidateAtHand
    dots_each : int
        How many dots each participant has; 0 leaves them out.
    """

    def __init__(self, candidates: Sequence[CandidateAtHand], *, dots_each: int) -> None:
        import ipywidgets as widgets

        self.how_to: ipywidgets.HTML = widgets.HTML(card(_how_to(dots_each)))
        self._fields = {one.id: _FieldsOfOne(one, dots_each=dots_each) for one in candidates}
        self.view: ipywidgets.VBox = widgets.VBox([one.view for one in self._fields.values()])

    def __getitem__(self, candidate_id: str) -> _FieldsOfOne:
        return self._fields[candidate_id]

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the candidates."""
        return tuple(self._fields)

    @property
    def draft(self) -> Draft:
        """What is set now."""
        return {id: one.value for id, one in self._fields.items()}

    @draft.setter
    def draft(self, draft: Draft) -> None:
        for id, one in self._fields.items():
            one.value = draft.get(id, BLANK)

    @property
    def scores(self) -> dict[str, dict[str, Any]]:
        """The scores as a ballot has them, without candidates that are not scored.

        Raises
        ------
        FindingsError
            Where a candidate has some of the three scores only, or a comment without a score.
        """
        findings, scores = [], {}
        for id, one in self.draft.items():
            open_ones = [name for name, points in one.points.items() if not points]
            if not open_ones:
                scores[id] = {**one.points, "comment": one.comment.strip()}
            elif len(open_ones) < len(CRITERIA):
                message = f"{id} has no score for {' and '.join(open_ones)}"
                findings.append(
                    Finding("score-incomplete", message, hint="give all three scores to a candidate, or none where you cannot judge")
                )
            elif one.comment.strip():
                message = f"the comment on {id} has no scores that it could stand beside"
                findings.append(
                    Finding("comment-without-score", message, hint="score it, or keep the comment for the talk after the reveal")
                )
        if findings:
            raise FindingsError(findings)
        return scores

    @property
    def dots(self) -> dict[str, int]:
        """Candidate id to dots, where there are some."""
        return {id: one.n_dots for id, one in self.draft.items() if one.n_dots}


def draft_of(ballot: Ballot) -> Draft:
    """Return what is set where a ballot was cast."""
    ids = [*ballot.scores, *(id for id in ballot.dots if id not in ballot.scores)]
    return {
        id: CandidateScores(
            **({name: getattr(ballot.scores[id], name) for name in (*CRITERIA, "comment")} if id in ballot.scores else {}),
            n_dots=ballot.dots.get(id, 0),
        )
        for id in ids
    }


def _how_to(dots_each: int) -> str:
    criteria = "".join(f"<li><strong>{name.capitalize()}</strong>: {asked[0].lower()}{asked[1:]}.</li>" for name, asked in _ASKED.items())
    dots = (
        f"<p>Put your {counted(dots_each, 'dot')} where you want to go on, several on one candidate if you like.</p>" if dots_each else ""
    )
    return f"<p>Score each candidate from 1 (worst) to 5 (best). Leave out what you cannot judge.</p><ul>{criteria}</ul>{dots}"


class _FieldsOfOne:
    def __init__(self, one: CandidateAtHand, *, dots_each: int) -> None:
        import ipywidgets as widgets

        self.scores = {
            name: widgets.Dropdown(
                options=_POINTS, value=0, description=name.capitalize(), tooltip=f"{asked} ({one.id})", style={"description_width": "initial"},
                layout=widgets.Layout(width="auto", flex="0 0 auto"),
            )
            for name, asked in _ASKED.items()
        }  # fmt: skip
        self.n_dots = widgets.BoundedIntText(
            0, min=0, max=max(dots_each, 0), description="Dots", tooltip=f"How many of your dots go on {one.id}",
            style={"description_width": "initial"}, layout=widgets.Layout(width="8em", flex="0 0 auto", display="" if dots_each else "none"),
        )  # fmt: skip
        self.comment = widgets.Text(
            "", description="Comment", placeholder="if you like: why; it is read at the reveal", tooltip=f"A word on {one.id}",
            style={"description_width": "initial"}, layout=widgets.Layout(width=FULL_WIDTH),
        )  # fmt: skip
        told = card(
            f"<p><strong>{escape(one.id)}</strong> · {escape(one.candidate.kind)} · at the {escape(one.measured_at)}</p>"
            f"<p>{escape(one.candidate.specification)}</p>"
            f"<details><summary>What it sees and misses</summary><p>{escape(one.sees)}</p></details>"
        )
        row = widgets.HBox([*self.scores.values(), self.n_dots], layout=widgets.Layout(flex_flow="row wrap", grid_gap="0 14px"))
        self.view: ipywidgets.VBox = widgets.VBox([widgets.HTML(told), row, self.comment], layout=widgets.Layout(margin="0 0 8px 0"))

    @property
    def value(self) -> CandidateScores:
        points = {name: control.value for name, control in self.scores.items()}
        return CandidateScores(**points, n_dots=self.n_dots.value, comment=self.comment.value)

    @value.setter
    def value(self, value: CandidateScores) -> None:
        for name, points in value.points.items():
            self.scores[name].value = points
        self.n_dots.value, self.comment.value = value.n_dots, value.comment
