"""JMeter's results as XML, read as a stream, so that size does not matter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from xml.parsers import expat

from slo_workbench.document.findings import Finding, FindingsError
from slo_workbench.sources.compressed_files import unpacked
from slo_workbench.sources.rows import RawRows, SourceRequest

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

__all__ = ["is_jmeter_xml", "read_jmeter_xml"]

_SAMPLES = ("httpSample", "sample")
# Attribute to column, named as in the CSV results: https://jmeter.apache.org/usermanual/listeners.html#attributes
_ATTRIBUTES = {
    "ts": "timeStamp", "t": "elapsed", "lb": "label", "rc": "responseCode", "rm": "responseMessage", "tn": "threadName", "dt": "dataType",
    "s": "success", "by": "bytes", "sby": "sentBytes", "ng": "grpThreads", "na": "allThreads", "lt": "Latency", "it": "IdleTime",
    "ct": "Connect", "sc": "SampleCount", "ec": "ErrorCount", "hn": "Hostname",
}  # fmt: skip
_CHILDREN = {"java.net.URL": "URL", "method": "method"}
_COLUMNS = (*_ATTRIBUTES.values(), *_CHILDREN.values())
_NUMBERS = ("bytes", "sentBytes", "grpThreads", "allThreads", "Latency", "IdleTime", "Connect", "SampleCount", "ErrorCount")
_TYPED = {
    "time": 'TRY(make_timestamptz(TRY_CAST("timeStamp" AS BIGINT) * 1000))',
    "route": "label",
    "method": "method",
    "status": 'nullif(TRY_CAST("responseCode" AS INTEGER), 0)',
    "latency_ms": "elapsed",
    "success": "CASE lower(success) WHEN 'true' THEN true WHEN 'false' THEN false END",
    "response_code": '"responseCode"',
    **{name: f'"{name}"' for name in ("responseMessage", "threadName", "dataType", "Hostname", "URL")},
    **{name: f'TRY_CAST("{name}" AS BIGINT)' for name in _NUMBERS},
}
_BATCH_ROWS = 100_000
_HINT = "ask JMeter for CSV, or mend the file"


def is_jmeter_xml(lines: Sequence[str]) -> bool:
    """Whether the first lines open JMeter's ``testResults``."""
    return lines[0].lstrip().startswith("<") and any("<testResults" in line for line in lines[:5])


@dataclass
class _Samples:
    """Collects the outermost samples that an XML parser meets."""

    rows: dict[str, list[str | None]] = field(default_factory=lambda: {name: [] for name in _COLUMNS})
    n_rows: int = 0
    n_nested: int = 0
    depth: int = 0
    child: str | None = None
    text: list[str] = field(default_factory=list)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag in _SAMPLES:
            self.depth += 1
            if self.depth > 1:
                self.n_nested += 1
                return
            self.n_rows += 1
            for name, column in _ATTRIBUTES.items():
                self.rows[column].append(attributes.get(name))
            for column in _CHILDREN.values():
                self.rows[column].append(None)
        elif self.depth == 1 and tag in _CHILDREN:
            self.child, self.text = tag, []

    def end(self, tag: str) -> None:
        if tag in _SAMPLES:
            self.depth -= 1
        elif tag == self.child:
            self.rows[_CHILDREN[tag]][-1] = "".join(self.text).strip() or None
            self.child = None

    def characters(self, text: str) -> None:
        if self.child is not None:
            self.text.append(text)

    def take(self) -> dict[str, list[str | None]]:
        """Return the rows collected so far, but for a sample that is still open."""
        n_open = 1 if self.depth else 0
        taken = {name: values[: len(values) - n_open] for name, values in self.rows.items()}
        self.rows = {name: values[len(values) - n_open :] for name, values in self.rows.items()}
        return taken

    def n_waiting(self) -> int:
        return len(self.rows["timeStamp"])


def read_jmeter_xml(connection: Backend, files: Sequence[Path], *, table: str, request: SourceRequest) -> RawRows:
    """Read JMeter's XML results: each outermost ``sample`` or ``httpSample`` is a row.

    Samples inside a sample (redirects, embedded files, the steps of a transaction) are parts of it, as in JMeter's CSV
    and reports; they are counted in a note. Columns are those of the CSV results: see
    :func:`slo_workbench.sources.jmeter_csv.read_jmeter_csv`.

    A file that stops before its end, as a broken-off test leaves it, is used as far as it goes, with a warning. One
    with a document type is refused: JMeter writes none, and entities can be made to fill the memory.

    Raises
    ------
    FindingsError
        ``source-damaged`` for XML that is not well-formed, ``xml-doctype``.

    References
    ----------
    Apache JMeter, *Introduction to listeners: XML log format*, https://jmeter.apache.org/usermanual/listeners.html#xmlformat2.1.
    """
    samples = _Samples()
    findings: list[Finding] = []
    connection.raw_sql(f"CREATE OR REPLACE TEMP TABLE text_{table} ({', '.join(f'{name} VARCHAR' for name in map(_quote, _COLUMNS))})")
    for file in files:
        for _ in _parsed(file, samples, findings, request.name):
            if samples.n_waiting() >= _BATCH_ROWS:
                _insert(connection, samples, f"text_{table}")
        samples.depth = 0
        samples.child = None
    _insert(connection, samples, f"text_{table}")
    typed = ", ".join(f"{sql} AS {_quote(name)}" for name, sql in _TYPED.items())
    connection.raw_sql(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT {typed} FROM text_{table}; DROP TABLE text_{table}")
    if samples.n_nested:
        message = f"{samples.n_nested:,} samples are parts of other samples: no requests of their own, and not counted as rows"
        findings.append(Finding("samples-nested", message, severity="note", where=request.name, count=samples.n_nested))
    return RawRows(connection.table(table), samples.n_rows, findings=tuple(findings))


def _quote(name: str) -> str:
    return f'"{name}"'


def _parsed(file: Path, samples: _Samples, findings: list[Finding], source: str) -> Iterator[None]:
    """Feed a file to a parser part by part; pause after each."""
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = samples.start, samples.end
    parser.CharacterDataHandler = samples.characters
    parser.StartDoctypeDeclHandler = _refuse_doctype(file, source)
    try:
        for part in unpacked(file):
            parser.Parse(part, False)
            yield
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        if error.code not in _CUT_SHORT:
            message = f"{file.name} is not well-formed XML: {error}"
            raise FindingsError([Finding("source-damaged", message, where=source, line=error.lineno, hint=_HINT)]) from None
        message = f"{file.name} ends before </testResults>; what it holds until there is used"
        hint = "a test that was broken off leaves such a file; otherwise copy it again"
        findings.append(Finding("xml-cut-short", message, severity="warning", where=source, count=samples.n_rows, hint=hint))


# What the parser says at the end of a file that is well-formed as far as it goes: pyexpat's numbers of
# "no element found", "unclosed token", "partial character" and "unclosed CDATA section".
_CUT_SHORT = (3, 5, 6, 20)


def _refuse_doctype(file: Path, source: str) -> Callable[..., None]:
    def refuse(*declared: object) -> None:
        message = f"{file.name} declares a document type, which JMeter never does"
        raise FindingsError([Finding("xml-doctype", message, where=source, hint="take the <!DOCTYPE …> out if you trust the file")])

    return refuse


def _insert(connection: Backend, samples: _Samples, table: str) -> None:
    import pyarrow as pa

    batch = pa.table({name: pa.array(values, pa.string()) for name, values in samples.take().items()})
    connection.con.register("jmeter_batch", batch)
    connection.raw_sql(f"INSERT INTO {table} SELECT * FROM jmeter_batch")
    connection.con.unregister("jmeter_batch")
