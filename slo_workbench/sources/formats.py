"""The formats of files: how each is recognised, and what reads it.

A new format is a module with a reader and a line here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from slo_workbench.document.findings import Finding, FindingsError, nearest_hint
from slo_workbench.sources.access_logs import is_access_log, read_access_log, read_combined_s, read_combined_us
from slo_workbench.sources.aws_load_balancer_logs import is_load_balancer_log, read_load_balancer_log
from slo_workbench.sources.caddy_logs import is_caddy_log, read_caddy_log
from slo_workbench.sources.compressed_files import readable_files
from slo_workbench.sources.envoy_logs import is_envoy_log, read_envoy_log
from slo_workbench.sources.files import first_lines, unreadable
from slo_workbench.sources.gatling_log import is_gatling_log, read_gatling_log
from slo_workbench.sources.iis_logs import is_iis_log, read_iis_log
from slo_workbench.sources.intervals import read_intervals
from slo_workbench.sources.jmeter_csv import is_jmeter_csv, read_jmeter_csv
from slo_workbench.sources.jmeter_xml import is_jmeter_xml, read_jmeter_xml
from slo_workbench.sources.k6_results import is_k6_csv, read_k6_csv
from slo_workbench.sources.nginx_logs import read_nginx_log
from slo_workbench.sources.parquet import read_parquet
from slo_workbench.sources.phout import is_phout, read_phout
from slo_workbench.sources.rows import RawRows, SourceRequest
from slo_workbench.sources.text_files import read_delimited, read_json_lines
from slo_workbench.sources.transitions import read_transitions

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

__all__ = ["ADDRESS_FORMATS", "FORMATS", "FileFormat", "format_of"]

Reader = Callable[..., RawRows]
"""``reader(connection, files, *, table, request)`` reads files into the engine under the name ``table``."""


@dataclass(frozen=True)
class FileFormat:
    """A format of text files.

    Parameters
    ----------
    name : str
        As in ``--format`` and in the workbook.
    words : str
        As it is said aloud.
    reader : callable
        See :data:`Reader`.
    recognises : callable, optional
        Whether the first lines (none of them blank) are of this format.
    endings : tuple of str
        Endings of file names that decide when the content does not.
    """

    name: str
    words: str
    reader: Reader
    recognises: Callable[[Sequence[str]], bool] = lambda lines: False
    endings: tuple[str, ...] = ()

    def read(self, connection: Backend, files: Sequence[Path], *, table: str, request: SourceRequest) -> RawRows:
        """Read files, compressed or not; what was lost from those cut short is part of the account."""
        with readable_files(files) as readable:
            raw = self.reader(connection, readable.paths, table=table, request=request)
        n_lost = sum(refusal.n_rows for refusal in readable.refusals)
        refusals, findings = (*readable.refusals, *raw.refusals), (*readable.findings, *raw.findings)
        return replace(raw, n_rows_read=raw.n_rows_read + n_lost, refusals=refusals, findings=findings)


# In order of recognition: a format that could be taken for another stands before it.
_ALL = (
    FileFormat("parquet", "Parquet", read_parquet, endings=(".parquet", ".pq")),
    FileFormat("jmeter_xml", "JMeter results as XML", read_jmeter_xml, is_jmeter_xml),
    FileFormat("caddy", "a Caddy access log", read_caddy_log, is_caddy_log),
    FileFormat("jsonl", "JSON lines", read_json_lines, lambda lines: lines[0].lstrip().startswith("{"), (".jsonl", ".ndjson", ".json")),
    FileFormat("envoy", "an Envoy access log", read_envoy_log, is_envoy_log),
    FileFormat("aws_alb", "an access log of an AWS Application Load Balancer", read_load_balancer_log, is_load_balancer_log),
    FileFormat("iis", "an IIS log (W3C extended)", read_iis_log, is_iis_log),
    FileFormat("access_log", "an access log, common or combined", read_access_log, is_access_log),
    FileFormat("combined_s", "an access log with the seconds taken behind", read_combined_s),
    FileFormat("combined_us", "an access log with the microseconds taken behind", read_combined_us),
    FileFormat("nginx", "an nginx access log in a log_format of its own", read_nginx_log),
    FileFormat("gatling", "a Gatling simulation log", read_gatling_log, is_gatling_log),
    FileFormat("phout", "phout of Yandex.Tank", read_phout, is_phout),
    FileFormat("k6_csv", "k6 results as CSV", read_k6_csv, is_k6_csv),
    FileFormat("jmeter_csv", "JMeter results as CSV", read_jmeter_csv, is_jmeter_csv),
    FileFormat("intervals", "a metric per interval", read_intervals),
    FileFormat("transitions", "up and down times", read_transitions),
    FileFormat("csv", "separated values", read_delimited, endings=(".csv", ".tsv")),
)
ADDRESS_FORMATS = frozenset({"access_log", "combined_s", "combined_us", "nginx", "envoy", "aws_alb", "iis", "caddy"})
"""Formats whose ``user`` is a network address, unless another column is mapped."""

FORMATS: dict[str, FileFormat] = {one.name: one for one in _ALL}
"""All formats by name."""


def format_of(files: Sequence[Path], request: SourceRequest) -> FileFormat:
    """Return the format a source has: the one asked for, or the one its files are recognised as.

    Raises
    ------
    FindingsError
        ``format-unknown``, ``formats-mixed``, or ``source-damaged`` for a file that is not what its name says.
    """
    if request.format == "auto" and request.log_format:
        return FORMATS["nginx"]
    if request.format != "auto":
        if request.format not in FORMATS:
            hint = nearest_hint(request.format, FORMATS)
            raise FindingsError([Finding("format-unknown", f"unknown format {request.format!r}", where=request.name, hint=hint)])
        return FORMATS[request.format]
    formats = {_recognise(file).name for file in files}
    if len(formats) > 1:
        message = f"the files have the formats {' and '.join(sorted(formats))}"
        raise FindingsError([Finding("formats-mixed", message, where=request.name, hint="one source each")])
    return FORMATS[formats.pop()]


def _recognise(path: Path) -> FileFormat:
    with path.open("rb") as file:
        if file.read(4) == b"PAR1":
            return FORMATS["parquet"]
    endings = [ending.lower() for ending in path.suffixes if ending.lower() not in (".gz", ".zst")]
    by_name = next((one for one in _ALL if endings and endings[-1] in one.endings), None)
    if by_name is FORMATS["parquet"]:
        raise unreadable("source-damaged", path.name, f"{path.name} is called Parquet and is not", "was the copy cut short?")
    lines = [line for line in first_lines(path) if line.strip()][:50]
    by_content = next((one for one in _ALL if lines and one.recognises(lines)), None)
    return by_content or by_name or FORMATS["csv"]
