"""Findings: what is wrong, where, and what to do, collected and printed like a compiler does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any, Literal

from slo_workbench.errors import SloWorkbenchError
from slo_workbench.text_tables import printable, without_controls

__all__ = ["Finding", "Severity", "FindingsError", "has_errors", "is_clean", "nearest_hint", "printable", "render_findings"]

Severity = Literal["error", "warning", "note"]
_RANK = {"error": 0, "warning": 1, "note": 2}
LONGEST_EXAMPLE = 240


@dataclass(frozen=True)
class Finding:
    """One thing a person should know about a document, a source or a result.

    Parameters
    ----------
    code : str
        Stable name, words joined by hyphens, such as ``unknown-column``.
    message : str
        What is the matter, as one sentence.
    severity : {"error", "warning", "note"}
        An error stops; a warning lets the work go on but exits 1; a note is for information.
    hint : str
        What to do about it.
    where : str
        Path inside the document (``objectives[0].target``) or name of the source.
    file, line, column
        Place in a text file; line and column count from 1.
    count : int, optional
        How many rows it concerns.
    example : str, optional
        One of them, shortened.

    Examples
    --------
    >>> print(Finding("unknown-key", "unknown key 'targt'", where="objectives[0]", file="workbook.yaml", line=3, hint="did you mean 'target'?"))
    workbook.yaml:3: error[unknown-key] objectives[0]: unknown key 'targt'
        hint: did you mean 'target'?
    """

    code: str
    message: str
    severity: Severity = "error"
    hint: str = ""
    where: str = ""
    file: str | None = None
    line: int | None = None
    column: int | None = None
    count: int | None = None
    example: str | None = None

    def __post_init__(self) -> None:
        if self.example is not None and len(self.example) > LONGEST_EXAMPLE + 3:
            # both ends: what is wrong with a line is often how it stops
            half = LONGEST_EXAMPLE // 2
            object.__setattr__(self, "example", f"{self.example[:half]} … {self.example[-half:]}")

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        subject = f" {self.where}:" if self.where else ""
        lines = [f"{place + ': ' if place else ''}{self.severity}[{self.code}]{subject} {self.message}"]
        if self.example is not None:
            lines.append(f"    for example: {printable(self.example)}")
        if self.hint:
            lines.append(f"    hint: {self.hint}")
        return "\n".join(lines)

    def at(self, **changes: Any) -> Finding:
        """Return the same finding with some fields changed, such as its file."""
        return replace(self, **changes)


class FindingsError(SloWorkbenchError):
    """The findings forbid going on; carries all of them in ``findings``."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__(render_findings(self.findings))


def render_findings(findings: Iterable[Finding], *, source_lines: Sequence[str] = ()) -> str:
    """Print findings worst first, each with its place, example and hint, then a count.

    Parameters
    ----------
    findings : iterable of Finding
    source_lines : sequence of str
        Lines of the file the findings point into; the line is shown beneath its finding.
    """
    ordered = sorted(findings, key=lambda f: (_RANK[f.severity], f.file or "", f.line or 0, f.column or 0))
    blocks = [_with_source_line(finding, source_lines) for finding in ordered]
    counts = [f"{n} {name}{'' if n == 1 else 's'}" for name in _RANK if (n := sum(f.severity == name for f in ordered))]
    return without_controls("\n".join([*blocks, ", ".join(counts)])) if blocks else "no findings"


def _with_source_line(finding: Finding, source_lines: Sequence[str]) -> str:
    if finding.line is None or not 0 < finding.line <= len(source_lines):
        return str(finding)
    head, *rest = str(finding).split("\n")
    text = printable(source_lines[finding.line - 1].rstrip("\n").replace("\t", " "))[:LONGEST_EXAMPLE]
    gutter = f"{finding.line:>5} | "
    shown = [head, gutter + text]
    if finding.column is not None and finding.column <= len(text) + 1:
        shown.append(" " * (len(gutter) + finding.column - 1) + "^")
    return "\n".join([*shown, *rest])


def has_errors(findings: Iterable[Finding]) -> bool:
    """Whether any finding forbids going on."""
    return any(finding.severity == "error" for finding in findings)


def is_clean(findings: Iterable[Finding]) -> bool:
    """Whether there is nothing above a note."""
    return all(finding.severity == "note" for finding in findings)


def nearest_hint(name: str, known: Iterable[str]) -> str:
    """Suggest the known name nearest to a misspelt one, else list what there is.

    Examples
    --------
    >>> nearest_hint("latncy_ms", ["time", "latency_ms"])
    "did you mean 'latency_ms'?"
    """
    names = sorted(set(known))
    close = get_close_matches(name, names, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    shown = ", ".join(names[:20]) + (", …" if len(names) > 20 else "")
    return f"there is: {shown}" if names else "there is nothing to choose from"
