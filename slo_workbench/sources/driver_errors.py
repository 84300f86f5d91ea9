"""Errors of databases and clusters as findings, without the secrets of their URL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from slo_workbench.document.findings import Finding, FindingsError
from slo_workbench.sources.locations import hide_secrets

__all__ = ["explain_errors"]

LONGEST_MESSAGE = 500


@contextmanager
def explain_errors(errors: Sequence[type[Exception]], *, words: str, url: str, source: str) -> Iterator[None]:
    """Turn a driver's and Ibis' errors inside the block into one finding, ``database-error``.

    The original is not chained, as its message, or a traceback's, may hold a password.

    Parameters
    ----------
    errors : sequence of exception types
        The driver's own.
    words : str
        What the engine is called, such as ``PostgreSQL``.
    url : str
        Where it was reached; its secrets are taken out of messages.
    source : str
        Name for the finding.
    """
    from ibis.common.exceptions import IbisError

    expected = (IbisError, *errors)
    try:
        yield
    except expected as error:
        _hide_in_all(error, expected, url)
        text = " ".join(str(error).split())[:LONGEST_MESSAGE] or type(error).__name__
        hint = f"what stands behind {words!r} is its own message; docs/engines.md says what a source needs"
        raise FindingsError([Finding("database-error", f"{words}: {text}", where=source, hint=hint)]) from None


def _hide_in_all(error: BaseException, expected: tuple[type[Exception], ...], url: str) -> None:
    """Take the secrets out of an error and of those behind it: a debugger or an error reporter shows all of them."""
    behind: BaseException | None = error
    while isinstance(behind, expected):
        behind.args = tuple(hide_secrets(part, url) if isinstance(part, str) else part for part in behind.args)
        behind = behind.__context__
