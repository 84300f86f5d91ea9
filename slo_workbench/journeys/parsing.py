"""The text of a Mermaid sequence diagram, read into a `Diagram` and the findings about it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal, cast

from slo_workbench.document.findings import Finding
from slo_workbench.journeys.colours import is_colour, split_colour
from slo_workbench.journeys.consistency import check_consistency
from slo_workbench.journeys.label_text import decode_plain
from slo_workbench.journeys.sequence import Box, Comment, Declaration, Diagram, Fragment, FragmentKind, Section, Statement
from slo_workbench.journeys.source_lines import FindingList, SourceStatement, split_source
from slo_workbench.journeys.statements import read_label, read_statement

__all__ = ["parse_diagram"]

# The default of Mermaid's own maxTextSize.
LONGEST_TEXT_CHARS = 50_000
DEEPEST_NESTING = 40

_HEADER = re.compile(r"sequenceDiagram\b[ \t]*", re.IGNORECASE)
_OTHER_DIAGRAM = re.compile(
    r"(?:flowchart|graph|classDiagram|stateDiagram|erDiagram|gantt|pie|journey|mindmap|timeline|gitGraph|C4\w+|sankey|block|xychart)\b",
    re.I,
)
_OPENING = re.compile(r"(alt|opt|loop|par_over|par|critical|break|rect|box)\b(.*)", re.IGNORECASE | re.DOTALL)
_BRANCH = re.compile(r"(else|and|option)\b(.*)", re.IGNORECASE | re.DOTALL)
_END = re.compile(r"end\b(.*)", re.IGNORECASE | re.DOTALL)
_TITLE = re.compile(r"title(?::\s*|\s+)(.*)", re.IGNORECASE | re.DOTALL)
_ACCESSIBLE = re.compile(r"acc(Title|Descr)\s*[:{](.*)", re.IGNORECASE | re.DOTALL)
_BRANCH_WORD = {"alt": "else", "par": "and", "par_over": "and", "critical": "option"}


def parse_diagram(text: str) -> tuple[Diagram, tuple[Finding, ...]]:
    r"""Read a Mermaid ``sequenceDiagram``.

    Whatever the text, this returns: a line that cannot be read becomes a finding with its place and with what to write instead, and
    the rest is read all the same. An error is what Mermaid itself would refuse; a note tells of something kept but not drawn.

    Parameters
    ----------
    text : str
        The diagram; a Markdown fence around it and YAML front matter are allowed.

    Returns
    -------
    diagram : Diagram
    findings : tuple of Finding
        In the order of the text; lines and columns count from 1.

    Examples
    --------
    >>> diagram, findings = parse_diagram("sequenceDiagram\n  Fan->>Shop: buy\n  Shop-->Fan")
    >>> diagram.messages[0].text
    'buy'
    >>> print(findings[0])
    3:13: error[message-without-text] a message needs a colon after the receiver
        for example: Shop-->Fan
        hint: write Shop-->Fan: what is asked, or only the colon for no text
    """
    found = FindingList()
    if len(text) > LONGEST_TEXT_CHARS:
        message = f"the text has {len(text)} characters; a diagram may have {LONGEST_TEXT_CHARS}"
        found.add("diagram-too-long", message, (1, 1), hint="draw one diagram a journey")
        return Diagram(), tuple(found.findings)
    source = split_source(text, found)
    builder = _TreeBuilder(found)
    for statement in _after_header(source.statements, found):
        builder.take(statement)
    diagram = Diagram(
        builder.finished(), builder.title, builder.accessible["title"], builder.accessible["descr"], source.front_matter, source.directives
    )
    check_consistency(diagram, found)
    return diagram, tuple(sorted(found.findings, key=lambda finding: (finding.line or 0, finding.column or 0)))


def _after_header(statements: tuple[SourceStatement, ...], found: FindingList) -> list[SourceStatement]:
    """Return the statements after the word ``sequenceDiagram``; comments may stand before it."""
    index = next((i for i, item in enumerate(statements) if not item.text.startswith("%%")), len(statements))
    if index == len(statements):
        found.add("diagram-empty", "there is no diagram in this text", (1, 1), hint="begin with a line sequenceDiagram")
        return list(statements)
    first = statements[index]
    header = _HEADER.match(first.text)
    if header:
        if not first.text.startswith("sequenceDiagram"):
            hint = "write sequenceDiagram, with a capital D only"
            found.add(
                "header-misspelt", "Mermaid knows this kind of diagram only as sequenceDiagram", (first.line, first.column), hint=hint
            )
        rest = SourceStatement(first.text[header.end() :], first.line, first.column + header.end())
        return [*statements[:index], *([rest] if rest.text else []), *statements[index + 1 :]]
    place = first.line, first.column
    if _OTHER_DIAGRAM.match(first.text):
        hint = "describe the journey as a sequenceDiagram: who asks whom for what, in order"
        found.add("other-diagram", "this is another kind of Mermaid diagram", place, hint=hint, example=first.text)
        return []
    found.add(
        "header-missing", "a sequence diagram begins with the word sequenceDiagram", place, hint="put sequenceDiagram on the first line"
    )
    return list(statements)


@dataclass
class _Open:
    """A frame or box whose ``end`` has not come yet."""

    kind: FragmentKind | Literal["box"]
    source: SourceStatement
    colour: str
    label: tuple[str, bool | None]
    label_source: SourceStatement
    statements: list[Statement] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)

    def begin_section(self, label: tuple[str, bool | None], source: SourceStatement) -> None:
        self.finish_section()
        self.label, self.label_source, self.statements = label, source, []

    def finish_section(self) -> None:
        label, wrap = self.label
        place = self.label_source
        self.sections.append(Section(label, tuple(self.statements), wrap, line=place.line, column=place.column))

    def closed(self) -> Fragment | Box:
        line, column = self.source.line, self.source.column
        if self.kind == "box":
            inside = tuple(item for item in self.statements if isinstance(item, Declaration | Comment))
            return Box(self.label[0], self.colour, inside, self.label[1], line=line, column=column)
        self.finish_section()
        return Fragment(self.kind, tuple(self.sections), self.colour, line=line, column=column)


class _TreeBuilder:
    """Puts statements into the frames that are open where they stand."""

    def __init__(self, found: FindingList) -> None:
        self.found = found
        self.statements: list[Statement] = []
        self.open: list[_Open] = []
        self.title = ""
        self.accessible = {"title": "", "descr": ""}
        self.n_skipped_frames = 0
        self.told_too_deep = False
        self.n_boxes_closed_early = 0

    def take(self, source: SourceStatement) -> None:
        """Read one statement and put it where it belongs."""
        text = source.text
        if opening := _OPENING.fullmatch(text):
            self._begin(opening.group(1).lower(), opening.group(2), source)
        elif branch := _BRANCH.fullmatch(text):
            self._branch(branch.group(1).lower(), branch.group(2), source)
        elif end := _END.fullmatch(text):
            self._end(end.group(1).strip(), source)
        elif title := _TITLE.fullmatch(text):
            self.title = read_label(title.group(1), (source.line, source.column), self.found)[0]
        elif accessible := _ACCESSIBLE.fullmatch(text):
            self.accessible[accessible.group(1).lower()] = decode_plain(accessible.group(2).strip())
        elif statement := read_statement(source, self.found):
            self._put(statement, source)

    def finished(self) -> tuple[Statement, ...]:
        """Close what was left open, with a finding each, and return the whole tree."""
        while self.open:
            self._refuse("frame-not-closed", f"this {self.open[-1].kind} has no end", self.open[-1].source, "add a line: end")
            self._close()
        return tuple(self.statements)

    def _refuse(self, code: str, message: str, source: SourceStatement, hint: str) -> None:
        self.found.add(code, message, (source.line, source.column), hint=hint, example=source.text)

    def _put(self, statement: Statement, source: SourceStatement) -> None:
        if not isinstance(statement, Declaration | Comment):
            self._leave_box(source)
        elif self.open and self.open[-1].kind == "box" and isinstance(statement, Declaration) and statement.creates:
            self._refuse(
                "created-in-box", "a box cannot hold a participant that is created later", source, "move the create line out of the box"
            )
        (self.open[-1].statements if self.open else self.statements).append(statement)

    def _leave_box(self, source: SourceStatement) -> None:
        if self.open and self.open[-1].kind == "box":
            hint = "put end after the last participant of the box"
            self._refuse("box-holds-participants", "a box holds participants only; it is closed before this line", source, hint)
            self._close()
            self.n_boxes_closed_early += 1

    def _begin(self, kind: str, rest: str, source: SourceStatement) -> None:
        if len(self.open) >= DEEPEST_NESTING:
            if not self.told_too_deep:  # once is enough for what is usually a loop gone wild
                self.told_too_deep = True
                message = f"frames can be {DEEPEST_NESTING} deep; this one is left out, and all others that lie deeper"
                self._refuse("nested-too-deep", message, source, "split the diagram")
            self.n_skipped_frames += 1
            return
        self._leave_box(source)
        place = source.line, source.column
        colour = ""
        if kind == "box":
            colour, rest = split_colour(rest.strip())
            colour = "" if colour.lower() == "transparent" else colour
        elif kind == "rect":
            colour, rest = decode_plain(rest.strip()), ""
            if not is_colour(colour):
                hint = "write a colour by name or as rgb(191, 223, 255) or rgba(0, 0, 255, 0.1)"
                message = f"{colour!r} is no colour; a neutral one is drawn"
                self.found.add("colour-not-understood", message, place, severity="warning", hint=hint, example=source.text)
        label = read_label(rest, place, self.found)
        self.open.append(_Open(cast(FragmentKind, kind), source, colour, label, source))

    def _branch(self, word: str, rest: str, source: SourceStatement) -> None:
        frame = self.open[-1] if self.open else None
        expected = _BRANCH_WORD.get(frame.kind) if frame else None
        if frame is None or word != expected:
            inside = f"inside {frame.kind}" if frame else "outside any frame"
            hint = f"in {frame.kind} write {expected}" if frame and expected else "else belongs to alt, and to par, option to critical"
            self._refuse("branch-misplaced", f"{word!r} has no place {inside}", source, hint)
            return
        frame.begin_section(read_label(rest, (source.line, source.column), self.found), source)

    def _end(self, rest: str, source: SourceStatement) -> None:
        if rest:
            message = "the word end closes a frame and cannot begin another statement"
            self._refuse("name-reserved", message, source, "put end on a line of its own; name a participant otherwise")
            return
        if self.n_skipped_frames:
            self.n_skipped_frames -= 1
        elif self.open:
            self._close()
        elif self.n_boxes_closed_early:
            self.n_boxes_closed_early -= 1
        else:
            self._refuse("end-misplaced", "this end closes nothing", source, "remove it, or add the alt, loop or box it should close")

    def _close(self) -> None:
        closed = self.open.pop().closed()
        (self.open[-1].statements if self.open else self.statements).append(closed)
