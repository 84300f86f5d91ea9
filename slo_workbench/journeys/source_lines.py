"""The text of a diagram cut into statements, each with its place; what stands around the statements is set aside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from slo_workbench.document.findings import Finding
from slo_workbench.journeys.label_text import ENTITY

__all__ = ["FindingList", "SourceStatement", "SourceText", "split_source"]

_FENCE = re.compile(r"\A\s*(?:```|~~~)[ \t]*(?:mermaid)?[ \t]*\n")
_FENCE_END = re.compile(r"\n[ \t]*(?:```|~~~)\s*\Z")
_FRONT_MATTER = re.compile(r"\A\s*---[ \t]*\n((?:.*?\n)?)[ \t]*---[ \t]*(?:\n|\Z)", re.DOTALL)
# An entity code swallows its own # and semicolon.
_STOP = re.compile(ENTITY.pattern + "|[;#]", re.ASCII)
_LONG_DESCRIPTION = re.compile(r"[ \t]*accDescr\s*\{", re.IGNORECASE)
_WHOLE_LINE = re.compile(r"(?:%%|accTitle\s*:|accDescr\s*:)", re.IGNORECASE)


@dataclass(frozen=True)
class SourceStatement:
    """One statement as written, with the line and column of its first character, both counted from 1."""

    text: str
    line: int
    column: int


@dataclass
class FindingList:
    """Collects findings about places in the text."""

    findings: list[Finding] = field(default_factory=list)

    def add(
        self, code: str, message: str, place: tuple[int, int], *, hint: str = "",
        severity: Literal["error", "warning", "note"] = "error", example: str | None = None,
    ) -> None:  # fmt: skip
        """Note one finding at (line, column)."""
        line, column = place
        self.findings.append(
            Finding(code, message, severity=severity, hint=hint, line=max(line, 1), column=max(column, 1), example=example)
        )


@dataclass(frozen=True)
class SourceText:
    """The statements of a diagram, and the parts that are not statements."""

    statements: tuple[SourceStatement, ...]
    front_matter: str
    directives: tuple[str, ...]


def split_source(text: str, found: FindingList) -> SourceText:
    """Cut `text` into statements at line ends and semicolons.

    Front matter and directives are taken out; everything keeps the line and column it has in `text`.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    text = _without_fence(text, found)
    front = _FRONT_MATTER.match(text)
    if front:
        text = _blank(front.group(0)) + text[front.end() :]
    text, directives = _without_directives(text, found)
    return SourceText(tuple(_statements(text, found)), front.group(1).rstrip("\n") if front else "", directives)


def _without_directives(text: str, found: FindingList) -> tuple[str, tuple[str, ...]]:
    kept: list[str] = []
    directives: list[str] = []
    done = 0
    while (start := text.find("%%{", done)) >= 0 and (end := text.find("}%%", start)) >= 0:
        directives.append(text[start : end + 3])
        kept += [text[done:start], _blank(directives[-1])]
        done = end + 3
        message = "the directive is kept, but does not change the drawing"
        found.add("directive-not-drawn", message, _place(text, start), severity="note", example=directives[-1])
    return "".join([*kept, text[done:]]), tuple(directives)


def _without_fence(text: str, found: FindingList) -> str:
    fence = _FENCE.match(text)
    if not fence:
        return text
    found.add("markdown-fence", "the Markdown fence around the diagram is left out", (1, 1), severity="note")
    text = _FENCE_END.sub(lambda match: _blank(match.group(0)), text)
    return _blank(fence.group(0)) + text[fence.end() :]


def _blank(text: str) -> str:
    """Spaces instead of characters, so that later places stay right."""
    return re.sub(r"[^\n]", " ", text)


def _place(text: str, index: int) -> tuple[int, int]:
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)


def _statements(text: str, found: FindingList) -> Iterator[SourceStatement]:
    start, line = 0, 1
    while start < len(text):
        description = _LONG_DESCRIPTION.match(text, start)
        if description:
            end = text.find("}", description.end())
            if end < 0:
                found.add("description-not-closed", "accDescr { has no closing }", (line, 1), hint="end the description with a line }")
                end = len(text)
            indent = len(description.group(0)) - len(description.group(0).lstrip())
            yield SourceStatement(text[start + indent : end], line, indent + 1)
            line += text.count("\n", start, end)
            start = min(end + 1, len(text))
            continue
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield from _statements_of_line(text[start:end], line, found)
        start, line = end + 1, line + 1


def _statements_of_line(text: str, line: int, found: FindingList) -> Iterator[SourceStatement]:
    """Cut one line at semicolons; ``#`` begins a comment unless it begins an entity code."""
    start = 0
    while start <= len(text):
        start += len(text[start:]) - len(text[start:].lstrip())
        if _WHOLE_LINE.match(text, start):
            yield SourceStatement(text[start:].strip(), line, start + 1)
            return
        end = next((stop.start() for stop in _STOP.finditer(text, start) if len(stop.group(0)) == 1), len(text))
        if text[start:end].strip():
            yield SourceStatement(text[start:end].strip(), line, start + 1)
        if text[end : end + 1] == "#":
            yield _hash_comment(text, end, line, found)
            return
        start = end + 1


def _hash_comment(text: str, index: int, line: int, found: FindingList) -> SourceStatement:
    if text[:index].strip():
        found.add(
            "hash-begins-comment",
            "everything after # is a comment in Mermaid and is not shown",
            (line, index + 1), severity="warning", hint="write #35; for the character #, and %% on a line of its own for a comment",
            example=text[index:],
        )  # fmt: skip
    return SourceStatement("%% " + text[index + 1 :].strip(), line, index + 1)
