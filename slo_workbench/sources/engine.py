"""The embedded engine: one DuckDB connection, through Ibis, in UTC."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from slo_workbench.document.findings import Finding, FindingsError

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

__all__ = ["connect_engine", "quiet_ibis", "quoted"]


@contextmanager
def connect_engine() -> Iterator[Backend]:
    """Open an embedded DuckDB that can only read what the package asks it to; closed at the end.

    Extensions are neither fetched nor loaded by themselves, and times are read and shown in UTC.
    """
    with quiet_ibis():
        import duckdb
        import ibis

        connection = ibis.duckdb.connect()
        try:
            connection.raw_sql("SET TimeZone='UTC'; SET autoinstall_known_extensions=false; SET autoload_known_extensions=false")
            connection.raw_sql("SET enable_progress_bar=false")  # in a notebook it would draw bars that nobody can read
            yield connection
        except duckdb.InterruptException:
            raise
        except duckdb.Error as error:
            first = str(error).splitlines()[0]
            hint = "was a file cut short, damaged or exchanged while it was read?"
            raise FindingsError([Finding("source-damaged", f"the rows cannot be read: {first}", hint=hint)]) from error
        finally:
            connection.disconnect()


@contextmanager
def quiet_ibis() -> Iterator[None]:
    """Silence what Ibis and sqlglot say about themselves: Ibis 12 warns about pandas 4 on every call under pandas 3."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=_pandas_warning())
        logging.getLogger("sqlglot").setLevel(logging.ERROR)
        yield


def _pandas_warning() -> type[Warning]:
    import pandas.errors

    return getattr(pandas.errors, "Pandas4Warning", DeprecationWarning)


def quoted(text: str) -> str:
    """Quote text as an SQL string literal.

    Examples
    --------
    >>> quoted("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"
