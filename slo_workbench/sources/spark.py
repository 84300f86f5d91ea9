"""Requests in Spark: Parquet files or tables of a cluster, or of this machine, reduced where they lie."""

from __future__ import annotations

import os
import shutil
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from slo_workbench.document.findings import Finding, FindingsError, nearest_hint
from slo_workbench.errors import MissingExtra
from slo_workbench.sources.driver_errors import explain_errors
from slo_workbench.sources.engine import quiet_ibis
from slo_workbench.sources.files import find_files, fingerprint
from slo_workbench.sources.locations import name_query, shown_url
from slo_workbench.sources.open import account_for
from slo_workbench.sources.rows import RawRows, RequestTable, SourceFile, SourceRequest

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from pyspark.sql import SparkSession

__all__ = ["open_spark"]

_SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.sql.session.timeZone": "UTC",
    # an overflow stops instead of giving a wrong count
    "spark.sql.ansi.enabled": "true",
    # nanoseconds, as older pandas writes them, cannot be read as times; as numbers they are told apart by their size
    "spark.sql.legacy.parquet.nanosAsLong": "true",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
}
_ON_THIS_MACHINE = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.shuffle.partitions": "8",
}


@contextmanager
def open_spark(url: str, request: SourceRequest, *, folder: Path = Path()) -> Iterator[RequestTable]:
    """Open Parquet files or a table with Spark; to be reduced inside the ``with`` block.

    Parameters
    ----------
    url : str
        The master (``local[2]``, ``spark://host:7077``, ``yarn``), then what to read: ``?table=db.requests``,
        ``?path=s3a://bucket/requests/`` (on this machine also a plain path), or nothing for the request's own path.
    request : SourceRequest
        Name, path of Parquet files, columns, ``where`` and time zone; files of this machine lie ``inside`` where it says so.
    folder : Path
        Where a plain path in the URL starts.

    Raises
    ------
    MissingExtra
        Without PySpark or Java.
    FindingsError
        When it cannot be reached, read or understood, and for errors of Spark inside the block.

    Notes
    -----
    A session that runs in this process already is used, with settings of its own, and left running.
    """
    try:
        from pyspark.errors import PySparkException
    except ImportError:
        raise MissingExtra("Spark needs PySpark: pip install 'slo-workbench[spark]'") from None
    if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        raise MissingExtra("Spark needs Java 17 or newer: apt-get install openjdk-17-jre-headless, or set JAVA_HOME")
    from py4j.protocol import Py4JError

    master, _, rest = url.partition("?")
    if "@" in master:
        hint = "Spark takes secrets from its own spark-defaults.conf"
        raise FindingsError([Finding("source-url", "a Spark master has neither user nor password", where=request.name, hint=hint)])
    what = _what_to_read(rest, request.name)
    with (
        quiet_ibis(),
        explain_errors((PySparkException, Py4JError), words="Spark", url=url, source=request.name),
        _session(master) as session,
    ):
        import ibis

        # PySpark warns on every call under pandas 3; what it gives back here are counts
        warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas", category=FutureWarning)
        backend = ibis.pyspark.connect(session)
        files: tuple[SourceFile, ...] = ()
        if "table" in what:
            rows = _table(backend, what["table"], request.name)
        elif "path" in what and ("://" in what["path"] or not master.startswith("local")):
            rows = _parquet(backend, [_not_inside(what["path"], request)])
        else:
            found = _parquet_files(folder / what["path"] if "path" in what else request.path, request)
            rows, files = _parquet(backend, [str(file.resolve()) for file in found]), tuple(fingerprint(file) for file in found)
        rows = _with_zones(rows, session)
        raw = RawRows(rows, int(rows.count().to_pyarrow().as_py()))
        kind = "spark table" if "table" in what else "parquet"
        table = account_for(raw, request, format=kind, files=files, engine=f"Spark {session.version}")
        asked = name_query(shown_url(url), request.where, table.first_time, table.last_time, table.n_rows_read)
        yield replace(table, files=files or (asked,))


def _what_to_read(rest: str, source: str) -> dict[str, str]:
    what = dict(parse_qsl(rest))
    unknown = [name for name in what if name not in ("table", "path")]
    if unknown or len(what) > 1:
        message = f"the option {unknown[0]!r} is not known" if unknown else "the URL names a table and a path"
        hint = "end it with ?table=db.requests or ?path=s3a://bucket/requests/"
        raise FindingsError([Finding("source-url", message, where=source, hint=hint)])
    return what


@contextmanager
def _session(master: str) -> Iterator[SparkSession]:
    from pyspark.sql import SparkSession

    running = SparkSession.getActiveSession()
    if running is not None:
        own = running.newSession()
        for name, value in _SETTINGS.items():
            if own.conf.isModifiable(name):
                own.conf.set(name, value)
        yield own
        return
    builder = SparkSession.builder.master(master).appName("slo-workbench")
    for name, value in (_SETTINGS | (_ON_THIS_MACHINE if master.startswith("local") else {})).items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    try:
        yield session
    finally:
        session.stop()


def _not_inside(place: str, request: SourceRequest) -> str:
    """Return a place that is no plain path; a stranger's workbook may not name files of this machine that way."""
    if request.inside is not None and place.lower().startswith("file:"):
        raise _outside(place, request)
    return place


def _outside(place: object, request: SourceRequest) -> FindingsError:
    hint = f"if you trust it, name it yourself: --source {request.name}=…"
    return FindingsError([Finding("path-outside", f"{place} leads out of the workbook's folder", where=request.name, hint=hint)])


def _parquet_files(path: Path, request: SourceRequest) -> tuple[Path, ...]:
    files = find_files(path, source=request.name)
    for file in files:
        if request.inside is not None and not file.resolve().is_relative_to(request.inside.resolve()):
            raise _outside(file.name, request)
        with file.open("rb") as opened:
            if opened.read(4) != b"PAR1":
                hint = "reduce other files with the embedded engine, or write them as Parquet"
                raise FindingsError([Finding("source-not-parquet", f"{file.name} is not Parquet", where=request.name, hint=hint)])
    return files


def _parquet(backend: Any, places: Sequence[str]) -> ir.Table:
    """Read Parquet files as one table; columns that not all files have are null where missing."""
    view = f"requests_{abs(hash(tuple(places))):x}"
    backend._session.read.option("mergeSchema", "true").parquet(*places).createOrReplaceTempView(view)
    rows: ir.Table = backend.table(view)
    return rows


def _table(backend: Any, name: str, source: str) -> ir.Table:
    session = backend._session
    if not session.catalog.tableExists(name):
        *database, table = name.split(".")
        known = [one.name for one in session.catalog.listTables(*database[-1:])]
        message = f"there is no table {name!r} in Spark's catalog"
        raise FindingsError([Finding("source-table-unknown", message, where=source, hint=nearest_hint(table, known))])
    parts = ["`" + part.replace("`", "``") + "`" for part in name.split(".")]
    rows: ir.Table = backend.sql(f"SELECT * FROM {'.'.join(parts)}")
    return rows


def _with_zones(rows: Any, session: SparkSession) -> ir.Table:
    """Mark Spark's instants as UTC: Ibis takes them, and its times without zone, for the same."""
    from pyspark.sql.types import TimestampType

    kinds = {one.name: one.dataType for one in session.sql(rows.compile()).schema}
    marked: ir.Table = rows.mutate(
        **{name: rows[name].cast("timestamp('UTC')") for name, kind in kinds.items() if isinstance(kind, TimestampType)}
    )
    return marked
