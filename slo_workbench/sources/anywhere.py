"""Opens a source wherever it lies: files in the embedded engine, databases and Spark in their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from slo_workbench.document.findings import Finding, FindingsError
from slo_workbench.sources.engine import connect_engine
from slo_workbench.sources.locations import is_spark, is_url
from slo_workbench.sources.open import open_source
from slo_workbench.sources.rows import RequestTable, SourceRequest

__all__ = ["open_anywhere", "refuse_network"]


@contextmanager
def open_anywhere(request: SourceRequest, *, folder: Path = Path()) -> Iterator[RequestTable]:
    """Open a source, to be reduced inside the ``with`` block.

    Parameters
    ----------
    request : SourceRequest
        With a ``url`` where it is no file.
    folder : Path
        Where relative paths of SQLite files start.

    Raises
    ------
    FindingsError
        When it cannot be opened; a workbook's SQLite file lies in the workbook's folder like any other file.
    """
    url = request.url
    if url is not None:
        refuse_network(url, request)
    if url is None:
        with connect_engine() as connection:
            yield open_source(connection, request)
    elif is_spark(url):
        from slo_workbench.sources.spark import open_spark

        with open_spark(url, request, folder=folder) as opened:
            yield opened
    elif is_url(url):
        from slo_workbench.sources.databases import open_url

        _refuse_outside(url, request, folder)
        with open_url(url, request, folder=folder) as opened:
            yield opened
    else:
        hint = "such as postgresql://host/db?table=requests, sqlite:///file.db?table=requests or local[2]?path=requests"
        raise FindingsError([Finding("source-url", "this is no URL that can be opened", where=request.name, hint=hint)])


def refuse_network(url: str, request: SourceRequest) -> None:
    """Refuse a server that only the workbook names: it may come from a stranger, and the server would be given the user's own password.

    Raises
    ------
    FindingsError
    """
    if request.inside is None or url.lower().startswith(("sqlite:", "local[")):
        return
    hint = f"if you trust the workbook, add --trust-urls (in notebooks: slo-workbench lab --trust-urls); or name the place yourself: --source {request.name}=URL"
    message = "the workbook names a server, which is asked only when you say so"
    raise FindingsError([Finding("url-not-trusted", message, where=f"{request.name}.url", hint=hint)])


def _refuse_outside(url: str, request: SourceRequest, folder: Path) -> None:
    if request.inside is None or not url.lower().startswith("sqlite:"):
        return
    file = folder / url.partition("?")[0].partition(":///")[2]
    if not file.resolve().is_relative_to(request.inside.resolve()):
        hint = f"if you trust it, name the file yourself: --source {request.name}=sqlite:///…"
        raise FindingsError(
            [Finding("path-outside", "the SQLite file lies outside the workbook's folder", where=f"{request.name}.url", hint=hint)]
        )
