"""What was wrong with the files: one finding for each kind of problem, however often it occurs."""

from __future__ import annotations

from dataclasses import dataclass, field

from slo_workbench.document.findings import Finding, Severity
from slo_workbench.units import counted

__all__ = ["PROBLEMS", "Problems"]


@dataclass(frozen=True)
class _Kind:
    noun: str
    said: str
    hint: str
    severity: Severity = "warning"


_EXPORT_AGAIN = "export the traces again; what was cut off or changed by hand cannot be guessed"
_KNOWN_FORMATS = "give OTLP, Jaeger or Zipkin JSON, or spans as Elasticsearch and OpenSearch keep them"
PROBLEMS: dict[str, _Kind] = {
    "file-missing": _Kind("file", "could not be opened", "check the path"),
    "file-is-folder": _Kind("path", "led to a folder, not a file", "name the files inside it"),
    "file-empty": _Kind("file", "held nothing", "leave it out, or export it again"),
    "file-damaged": _Kind("file", "could not be unpacked", "copy it again, or leave it out"),
    "not-traces": _Kind("file", "held no trace in a known format", _KNOWN_FORMATS),
    "document-too-large": _Kind("document", "grew too large to be read", "export fewer traces, or one JSON object a line"),
    "broken-json": _Kind("document", "could not be read as JSON; left out", _EXPORT_AGAIN),
    "not-a-span": _Kind("document", "held no span in a known format; left out", _KNOWN_FORMATS),
    "span-malformed": _Kind(
        "value", "stood where a span should be and held none; left out", "a span is a JSON object; ask what wrote the file"
    ),
    "span-without-id": _Kind("span", "had no trace id or no span id; left out", "ask what wrote the file: such a span belongs to nothing"),
    "span-without-start": _Kind("span", "had no usable start time; left out", "ask what wrote the file"),
    "start-borrowed": _Kind("span", "had no start time and took that of a related span", "", "note"),
    "duration-unusable": _Kind("span", "had a duration that cannot be; counted without one", "ask what wrote the file"),
    "span-repeated": _Kind("span", "came more than once, or in parts; counted once", "give each file once", "note"),
    "id-shared": _Kind("span", "shared the id of another span of its trace; kept apart", "span ids should be unique in a trace", "note"),
    "too-many-spans": _Kind("file", "held more spans than can be kept; the rest was not read", "give fewer files, or a shorter time"),
}


@dataclass
class _Seen:
    count: int
    example: str | None
    file: str | None
    line: int | None


@dataclass
class Problems:
    """Collects problems while files are read; `file` and `line` say where the reader stands.

    Examples
    --------
    >>> problems = Problems(file="spans.json", line=3)
    >>> problems.add("broken-json", '{"traceId":')
    >>> problems.add("broken-json")
    >>> print(problems.findings()[0])
    spans.json:3: warning[broken-json] 2 documents could not be read as JSON; left out
        for example: {"traceId":
        hint: export the traces again; what was cut off or changed by hand cannot be guessed
    """

    file: str | None = None
    line: int | None = None
    _seen: dict[str, _Seen] = field(default_factory=dict)
    _others: list[Finding] = field(default_factory=list)

    def add(self, code: str, example: object = None) -> None:
        """Count one more problem of this kind; the first keeps its example and place."""
        seen = self._seen.get(code)
        if seen is None:
            self._seen[code] = _Seen(1, None if example is None else _shown(example), self.file, self.line)
        else:
            seen.count += 1

    def take(self, findings: tuple[Finding, ...]) -> None:
        """Keep findings that another module made about the file."""
        self._others += [finding.at(file=self.file) for finding in findings]

    def count(self, code: str) -> int:
        """Return how often this problem occurred."""
        return self._seen[code].count if code in self._seen else 0

    def findings(self) -> tuple[Finding, ...]:
        """Return one finding for each kind of problem, in the order of first occurrence."""
        return (*self._others, *(_finding(code, seen) for code, seen in self._seen.items()))


def _shown(example: object) -> str:
    try:
        return str(example)[:2000]
    except RecursionError:
        return f"a {type(example).__name__}, nested deeply"


def _finding(code: str, seen: _Seen) -> Finding:
    kind = PROBLEMS[code]
    message = f"{counted(seen.count, kind.noun)} {kind.said}"
    return Finding(code, message, kind.severity, kind.hint, file=seen.file, line=seen.line, count=seen.count, example=seen.example)
