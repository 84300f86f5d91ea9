"""The editor of a journey's diagram: text above, the picture beneath as one types, and what cannot be read yet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from slo_workbench.document.findings import FindingsError, has_errors
from slo_workbench.document.model import Workbook
from slo_workbench.errors import SloWorkbenchError
from slo_workbench.journeys.sequence import Diagram
from slo_workbench.widgets.apply_button import ApplyButton, findings_html
from slo_workbench.widgets.card import card, shown_with
from slo_workbench.workshop.decisions import Decision, decide
from slo_workbench.workshop.diagram_look import DIAGRAM_TO_START_WITH, DiagramLook, look_at_diagram

if TYPE_CHECKING:
    from slo_workbench.workshop.opening import Workshop

__all__ = ["DiagramEditor", "diagram_editor", "look_at_diagram"]

_MONOSPACE = (
    "<style>.slo-diagram-text textarea{font-family:ui-monospace,Menlo,Consolas,monospace!important;font-size:14px;line-height:1.4}</style>"
)
_DECIDED = ("diagram", "name", "users", "why")
_PIECES = {
    "message": "  {first}->>{second}: what is asked\n",
    "answer": "  {second}-->>{first}: what is answered\n",
    "choice": "  alt it works\n    {second}-->>{first}: yes\n  else it does not\n    {second}-->>{first}: no, and why\n  end\n",
    "note": "  Note over {first},{second}: what everybody should know\n",
}


@dataclass(frozen=True)
class _Draft:
    """What stands in the fields of one journey, and the workbook as it was looked at then."""

    fields: dict[str, str]
    seen: Workbook


class DiagramEditor:
    """See :func:`diagram_editor`; its controls are attributes, so that code can do what a hand does."""

    def __init__(self, workshop: Workshop, journey_id: str = "") -> None:
        import ipywidgets as widgets

        self._workshop = workshop
        workbook = workshop.workbook
        self._drafts: dict[str, _Draft] = {}
        self._last_whole: DiagramLook | None = None
        self._is_loading = False
        wide, labels = widgets.Layout(width="auto"), {"description_width": "80px"}
        self.journey = widgets.Dropdown(description="Journey", style=labels, layout=widgets.Layout(width="auto", max_width="100%"))
        self.new_id = widgets.Text(
            description="New, id", placeholder="refund", style=labels, tooltip="Short name of a new journey, such as refund"
        )
        self.new_name = widgets.Text(description="name", placeholder="Get a refund", tooltip="What the user does")
        self.start_new = widgets.Button(
            description="Start a new journey", tooltip="Begins with a small diagram; nothing is written before Apply"
        )
        self.name, self.users, self.why = (
            widgets.Text(description=what, placeholder=example, style=labels, layout=wide)
            for what, example in (
                ("Name", "Buy a ticket"),
                ("Users", "who they are, and how many"),
                ("Why", "why it matters to them and to us"),
            )
        )
        self.text = widgets.Textarea(
            description="Diagram", style=labels, layout=widgets.Layout(width="auto", height="340px"), continuous_update=True,
            tooltip="Mermaid sequenceDiagram; the picture beneath follows as you type",
        )  # fmt: skip
        self.text.add_class("slo-diagram-text")
        self.insert = {what: widgets.Button(description=f"+ {what}", tooltip=f"Put a {what} at the end of the diagram") for what in _PIECES}
        for button in (self.start_new, *self.insert.values()):
            button.layout.width = "auto"
        self.shown, self.said = widgets.HTML(), widgets.HTML()
        self.apply = ApplyButton(self._decide, path=workshop.path, label="Apply the journey", after=self._start_again)
        self._offer(workbook, journey_id or (workbook.journeys[0].id if workbook.journeys else ""))
        self._observe()
        self.view = widgets.VBox([
            widgets.HBox([self.journey]),
            widgets.HBox([self.new_id, self.new_name, self.start_new], layout=widgets.Layout(flex_flow="row wrap")),
            self.name, self.users, self.why, widgets.HTML(_MONOSPACE), self.text,
            widgets.HBox(list(self.insert.values()), layout=widgets.Layout(flex_flow="row wrap", margin="0 0 0 88px")),
            self.said, self.shown, self.apply.view,
        ])  # fmt: skip

    def _repr_mimebundle_(self, **formats: Any) -> Any:
        return shown_with(self.view, **formats)

    def _observe(self) -> None:
        self.journey.observe(lambda change: self._or_say_why_not(lambda: self._load(change.new)), "value")
        self.start_new.on_click(lambda _: self._or_say_why_not(self._begin))
        for what, button in self.insert.items():
            button.on_click(lambda _, piece=_PIECES[what]: self._append(piece))
        for field in (self.text, self.name, self.users, self.why):
            field.observe(lambda _: self._changed(), "value")

    def _or_say_why_not(self, act: Callable[[], None]) -> None:
        """Do what a hand asked for; a workbook that broke or went meanwhile is told on the card."""
        try:
            act()
        except (SloWorkbenchError, OSError) as error:
            self.said.value = card(findings_html(error))

    def _offer(self, workbook: Workbook, chosen: str) -> None:
        """Offer the journeys of the workbook and the new ones that are not written yet, and load one."""
        named = {one.id: one.name for one in workbook.journeys}
        named |= {one: f"{draft.fields['name']} (new)" for one, draft in self._drafts.items() if one not in named}
        if chosen and chosen not in named:
            self._workshop.journey(chosen)  # says that there is none, and the nearest
        self._is_loading = True
        self.journey.options = [(f"{name} ({one})", one) for one, name in named.items()]
        self.journey.value = chosen or None
        self._is_loading = False
        self._load(chosen or None)

    def _load(self, journey_id: str | None) -> None:
        if self._is_loading:
            return
        fields, self._last_whole = self._fields_of(journey_id), None
        self._is_loading = True
        self.text.value, self.name.value, self.users.value, self.why.value = (fields[name] for name in _DECIDED)
        self._is_loading = False
        for control in (self.text, self.name, self.users, self.why, self.apply.apply, *self.insert.values()):
            control.disabled = journey_id is None
        self.look()

    def _fields_of(self, journey_id: str | None) -> dict[str, str]:
        if journey_id is None:
            return dict.fromkeys(_DECIDED, "")
        if journey_id in self._drafts:
            return self._drafts[journey_id].fields
        return self._remember(journey_id, self._workshop.workbook)

    def _remember(self, journey_id: str, workbook: Workbook) -> dict[str, str]:
        journey = next(one for one in workbook.journeys if one.id == journey_id)
        fields = {name: getattr(journey, name) for name in _DECIDED}
        self._drafts[journey_id] = _Draft(fields, workbook)
        return fields

    def _begin(self) -> None:
        """Start a journey that is not in the workbook yet."""
        new_id, workbook = self.new_id.value.strip(), self._workshop.workbook
        if new_id in {one.id for one in workbook.journeys} | set(self._drafts) or not new_id:
            self.said.value = card(
                f"<p>{'There is already a journey of that id; choose it above.' if new_id else 'Give the new journey an id, such as refund.'}</p>"
            )
            return
        name = self.new_name.value.strip() or new_id
        self._drafts[new_id] = _Draft({"diagram": DIAGRAM_TO_START_WITH, "name": name, "users": "", "why": ""}, workbook)
        self._offer(workbook, new_id)

    def _append(self, piece: str) -> None:
        """Put a piece at the end; between the two who spoke last."""
        first, second = _who_spoke_last(look_at_diagram(self.text.value).diagram)
        there = self.text.value.rstrip() or "sequenceDiagram"
        self.text.value = f"{there}\n{piece.format(first=first, second=second)}"

    def _changed(self) -> None:
        if self._is_loading or self.journey.value is None:
            return
        now = {"diagram": self.text.value, "name": self.name.value, "users": self.users.value, "why": self.why.value}
        self._drafts[self.journey.value] = _Draft(now, self._drafts[self.journey.value].seen)
        self.look()

    def look(self) -> None:
        """Draw what stands in the text; while it cannot be read, the picture stays as it was."""
        if self.journey.value is None:
            self.shown.value = card("<p>The workbook has no journey yet. Give one an id and a name above, and start it.</p>")
            return
        try:
            look = look_at_diagram(self.text.value, workbook=self._drafts[self.journey.value].seen, journey_id=self.journey.value)
            self._last_whole = look if look.is_whole else self._last_whole
            self.shown.value = card(_drawn(look, self._last_whole))
            self.said.value = "" if self._is_as_written() else "<p>Changed here, not written yet: Apply writes it.</p>"
        except SloWorkbenchError as error:
            self.shown.value = card(findings_html(error))

    def _is_as_written(self) -> bool:
        draft = self._drafts[self.journey.value]
        there = next((one for one in draft.seen.journeys if one.id == self.journey.value), None)
        return there is not None and all(getattr(there, name) == draft.fields[name] for name in _DECIDED)

    def _decide(self) -> Decision:
        journey_id = self.journey.value
        draft = self._drafts[journey_id]
        look = look_at_diagram(draft.fields["diagram"])
        if draft.fields["diagram"].strip() and has_errors(look.findings):
            raise FindingsError([finding.at(where=f"line {finding.line}" if finding.line else "") for finding in look.findings])
        there = next((one for one in draft.seen.journeys if one.id == journey_id), None)
        fields = {name: value for name, value in draft.fields.items() if there is None or value != getattr(there, name)}
        if "diagram" in fields:
            fields["diagram"] = _tidy(fields["diagram"])
        return decide(self._workshop.path, "journey", journey_id, seen=draft.seen, **fields)

    def _start_again(self, decision: Decision) -> None:
        """Start from the workbook as it is now; other journeys keep what is typed there."""
        if decision.is_change:
            journey_id, workbook = self.journey.value, self._workshop.workbook
            self._drafts.pop(journey_id, None)
            there = [one.id for one in workbook.journeys]
            self._offer(workbook, journey_id if journey_id in there else there[0] if there else "")


def _drawn(look: DiagramLook, last_whole: DiagramLook | None) -> str:
    """Return the picture or the one before, what is in it, and the findings."""
    said = "".join(f"<p>{escape(sentence)}</p>" for sentence in look.sentences)
    if look.is_whole:
        return look.picture.html + said + look.findings_html
    shown = last_whole or (look if look.diagram.participants else None)
    if shown is None:
        return said + look.findings_html
    words = "As it was; the text has mistakes:" if last_whole is not None else "What can be read so far:"
    return f"{said}{look.findings_html}<p><strong>{words}</strong></p><div style='opacity:.5'>{shown.picture.html}</div>"


def _who_spoke_last(diagram: Diagram) -> tuple[str, str]:
    if diagram.messages:
        last = diagram.messages[-1]
        return (last.receiver, last.sender) if last.is_reply else (last.sender, last.receiver)
    names = [person.name for person in diagram.participants]
    return (*names, "User", "Service")[:2] if len(names) != 1 else (names[0], "Service")  # type: ignore[return-value]


def _tidy(text: str) -> str:
    """End every line without blanks and the text with one line break, so that the workbook holds it as it reads."""
    lines = [line.rstrip() for line in text.replace("\t", "  ").splitlines()]
    return "\n".join(lines).strip("\n") + "\n" if any(lines) else ""


def diagram_editor(workshop: Workshop, journey_id: str = "") -> DiagramEditor:
    """Edit a journey: its Mermaid diagram, its name, its users and why it matters; *Apply* writes them to the workbook.

    Parameters
    ----------
    workshop : Workshop
    journey_id : str
        The journey to begin with; the first one for an empty id.

    Raises
    ------
    FindingsError
        When there is no such journey.

    Notes
    -----
    :func:`slo_workbench.workshop.diagram_look.look_at_diagram` does the same without a hand on it.
    """
    return DiagramEditor(workshop, journey_id)
