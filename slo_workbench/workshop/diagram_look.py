"""A journey's diagram as it is being written: its picture, what it holds, and what cannot be read yet."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

from slo_workbench.document.findings import Finding, FindingsError, has_errors
from slo_workbench.document.model import Journey, Workbook
from slo_workbench.journeys import Diagram, DiagramPicture, Overlay, parse_diagram
from slo_workbench.journeys.journey_view import view_journey
from slo_workbench.units import counted

__all__ = ["DIAGRAM_TO_START_WITH", "DiagramLook", "look_at_diagram"]

DIAGRAM_TO_START_WITH = """\
sequenceDiagram
  actor User
  participant App as Web or app
  participant Service
  User->>App: what the user does
  App->>Service: GET /what-is-asked
  Service-->>App: 200 answer
  App-->>User: what the user sees
"""
_FRAMES = {"alt": "choice", "opt": "optional part", "loop": "loop", "par": "parallel part"}
_SIGNS = {"error": "✗ error", "warning": "! warning", "note": "i note"}


@dataclass(frozen=True)
class DiagramLook:
    """What a text shows; shows itself in a notebook.

    Parameters
    ----------
    text : str
    diagram : Diagram
        What could be read of it.
    findings : tuple of Finding
        In the order of the text, with lines.
    overlay : Overlay or None
        The signs of the journey's SLIs, where it has some.
    """

    text: str
    diagram: Diagram
    findings: tuple[Finding, ...]
    overlay: Overlay | None = None

    @property
    def is_whole(self) -> bool:
        """Whether all of it can be read, and there is something to see."""
        return bool(self.diagram.participants) and not has_errors(self.findings)

    @property
    def picture(self) -> DiagramPicture:
        """The picture of what could be read, on white."""
        return DiagramPicture(self.diagram, theme="light", overlay=self.overlay)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is in it, and what its SLIs see of it."""
        messages = len(self.diagram.messages)
        people = counted(len(self.diagram.participants), "person or system", "people and systems")
        counts = [people, counted(messages, "message"), *_frames(self.diagram)]
        said = [f"{'; '.join(filter(None, (', '.join(counts[:2]), ', '.join(counts[2:]))))}."]
        errors = sum(finding.severity == "error" for finding in self.findings)
        if errors:
            said.append(f"{counted(errors, 'mistake')} to mend first.")
        if self.overlay is not None:
            seen = sum(bool(ids) for ids in self.overlay.marks.values())
            said.append(f"The SLIs of this journey count {seen} of its {counted(messages, 'message')}.")
            said.append(f"{counted(len(self.overlay.blind), 'message is', 'messages are')} seen by none of them.")
        return tuple(said)

    @property
    def findings_html(self) -> str:
        """The findings as a list with lines, what stands there, and what to write instead; escaped."""
        return f"<ul>{''.join(map(_item, self.findings))}</ul>" if self.findings else ""

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        said = "".join(f"<p>{escape(sentence)}</p>" for sentence in self.sentences)
        drawn = self.picture.html if self.diagram.participants else ""
        text = "\n".join([*self.sentences, *map(str, self.findings)])
        return {"text/html": drawn + said + self.findings_html, "text/plain": text}


def _frames(diagram: Diagram) -> list[str]:
    from slo_workbench.journeys.sequence import Fragment, walk

    kinds = [item.kind.removesuffix("_over") for item in walk(diagram.statements) if isinstance(item, Fragment)]
    return [counted(kinds.count(kind), words) for kind, words in _FRAMES.items() if kind in kinds]


def _item(finding: Finding) -> str:
    place = f"line {finding.line}, " if finding.line else ""
    example = f" <code>{escape(finding.example)}</code>" if finding.example else ""
    hint = f"<br>What to do: {escape(finding.hint)}" if finding.hint else ""
    return f"<li><strong>{place}{_SIGNS[finding.severity]}</strong>: {escape(finding.message)}{example}{hint}</li>"


def look_at_diagram(text: str, *, workbook: Workbook | None = None, journey_id: str = "") -> DiagramLook:
    r"""Read a diagram's text and say what is in it; whatever the text, this returns.

    Parameters
    ----------
    text : str
        Mermaid ``sequenceDiagram``.
    workbook : Workbook, optional
        For the signs of the journey's SLIs, as they would stand on this text.
    journey_id : str
        The journey in the workbook that the text is of.

    Examples
    --------
    >>> look = look_at_diagram("sequenceDiagram\n actor Fan\n Fan->>Shop: buy\n Shop-->Fan")
    >>> look.sentences
    ('2 people and systems, 2 messages.', '1 mistake to mend first.')
    >>> look.findings[0].line, look.is_whole
    (4, False)
    """
    diagram, findings = parse_diagram(text)
    there = next((one for one in workbook.journeys if one.id == journey_id), None) if workbook is not None else None
    if workbook is None or there is None or has_errors(findings):
        return DiagramLook(text, diagram, findings)
    return _with_signs(text, diagram, findings, workbook, there)


def _with_signs(text: str, diagram: Diagram, findings: tuple[Finding, ...], workbook: Workbook, journey: Journey) -> DiagramLook:
    tried = journey.model_copy(update={"diagram": text})
    journeys = tuple(tried if one.id == journey.id else one for one in workbook.journeys)
    try:
        view = view_journey(workbook.model_copy(update={"journeys": journeys}), journey.id)
    except FindingsError as error:  # a diagram without messages has nothing to sign
        return DiagramLook(text, diagram, error.findings)
    return DiagramLook(text, view.diagram, view.findings, view.overlay if view.indicators else None)
