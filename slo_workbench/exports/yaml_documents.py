"""YAML files as a person would type them, block style, exact numbers; and files of several documents, read safely."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from slo_workbench.document.findings import Finding
from slo_workbench.document.yaml_nodes import parse_yaml
from slo_workbench.document.yaml_text import render_entries
from slo_workbench.exports.exact_numbers import exact_text

__all__ = ["YamlDocument", "read_documents", "render_document", "render_documents"]

LARGEST_TEXT = 1_000_000
MOST_DOCUMENTS = 2_000
# A line that begins a document cannot stand inside one: YAML forbids it even in quotes and block scalars.
_DOCUMENT_START = re.compile(r"^---(?=[ \t\r\n]|\Z)", re.MULTILINE)


@dataclass(frozen=True)
class _Bare:
    """A scalar that is written as it stands: exact decimals and YAML's true and false."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class YamlDocument:
    """One document of a text: its plain data, and the line, from 1, on which it begins."""

    data: Any
    line: int
    positions: Mapping[str, tuple[int, int]]

    def place(self, where: str) -> tuple[int, int]:
        """Give line and column in the whole text of a value, or of the part around it."""
        while where and where not in self.positions:
            where = where[: max(where.rfind("."), where.rfind("["), 0)]
        line, column = self.positions.get(where, (1, 1))
        return line + self.line - 1, column


def render_document(entries: Mapping[str, Any], header: str = "") -> str:
    r"""Write one document, its keys in the order given.

    Examples
    --------
    >>> print(render_document({"target": Decimal("0.9990"), "on": True, "query": 'sum(rate(x{a="b"}[5m]))'}, "# note\n"), end="")
    # note
    target: 0.999
    'on': true
    query: sum(rate(x{a="b"}[5m]))
    """
    return header + "\n".join(render_entries(_prepared(entries), 0)) + "\n"


def render_documents(documents: Sequence[Mapping[str, Any]], header: str = "") -> str:
    """Write several documents into one text."""
    return header + "---\n".join(render_document(document) for document in documents)


def _prepared(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _prepared(inner) for name, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_prepared(item) for item in value]
    if isinstance(value, bool):
        return _Bare("true" if value else "false")
    return _Bare(exact_text(value)) if isinstance(value, Decimal) else value


def read_documents(text: str) -> tuple[tuple[YamlDocument, ...], tuple[Finding, ...]]:
    r"""Read a text of any number of YAML documents; what is wrong with it becomes findings, never an exception.

    Examples
    --------
    >>> documents, findings = read_documents("a: 1\n---\n# nothing here\n---\nb: 0.10\n")
    >>> [(document.line, document.data) for document in documents], findings
    ([(1, {'a': 1}), (4, {'b': Decimal('0.10')})], ())
    """
    if len(text) > LARGEST_TEXT:
        message = f"the text has {len(text):,} characters; at most {LARGEST_TEXT:,} are read"
        return (), (Finding("file-too-large", message, hint="split it into files of one service each"),)
    starts = [0, *(match.start() for match in _DOCUMENT_START.finditer(text) if match.start())]
    if len(starts) > MOST_DOCUMENTS:
        message = f"the text has {len(starts):,} documents; at most {MOST_DOCUMENTS:,} are read"
        return (), (Finding("file-too-large", message, hint="split it into files of one service each"),)
    documents, findings = [], []
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        line = text.count("\n", 0, start) + 1
        parsed = parse_yaml(text[start:end])
        findings += [finding.at(line=finding.line + line - 1 if finding.line else line) for finding in parsed.findings]
        if parsed.data is not None and not parsed.findings:
            documents.append(YamlDocument(parsed.data, line, parsed.positions))
    return tuple(documents), tuple(findings)
