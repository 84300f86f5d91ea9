"""A proposal's page on paper: the same page as a PDF that asks nothing of the network, nor of this machine's files."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import importlib.util
import io
import sys
from functools import cache
from pathlib import Path
from typing import Any

from slo_workbench.document.findings import Finding, FindingsError

__all__ = ["check_pdf", "write_pdf"]

DEBIAN_PACKAGES = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0")
_LIBRARIES = (
    "libgobject-2.0.so.0", "libpango-1.0.so.0", "libharfbuzz.so.0", "libharfbuzz-subset.so.0", "libfontconfig.so.1", "libpangoft2-1.0.so.0",
)  # fmt: skip
"""What WeasyPrint loads on Linux; to ask for these takes a hundredth of the time that its own import takes."""


def check_pdf() -> None:
    """Refuse a PDF where what draws it is not installed, before anything is made.

    Raises
    ------
    FindingsError
        With what to install.
    """
    problem = _problem()
    if problem:
        raise FindingsError([problem])


def _problem() -> Finding | None:
    if importlib.util.find_spec("weasyprint") is None:
        hint = f"pip install 'slo-workbench[pdf]'; on Debian also: apt-get install {' '.join(DEBIAN_PACKAGES)}"
        return Finding("pdf-not-installed", "a PDF needs WeasyPrint, which is not installed", hint=hint)
    if sys.platform == "linux" and all(map(_is_there, _LIBRARIES)):
        return None
    try:
        _weasyprint()
    except OSError as error:
        hint = f"on Debian: apt-get install {' '.join(DEBIAN_PACKAGES)}; or leave pdf out of --format"
        message = f"WeasyPrint cannot draw a PDF without a library of the system: {_first_line(error)}"
        return Finding("pdf-library-missing", message, hint=hint)
    return None


def _is_there(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _first_line(error: OSError) -> str:
    return str(error).partition("\n")[0][:200]


def write_pdf(page: str, file: Path) -> None:
    """Write a page as a PDF; the same page gives the same bytes.

    Headings become bookmarks; title, language and day come from the page, and it is tagged for screen readers.

    Parameters
    ----------
    page : str
        HTML that holds all of itself; anything else that it names is left out.
    file : Path
    """
    weasyprint = _weasyprint()
    page_as_bytes = page.encode("utf-8")
    identifier = hashlib.sha256(page_as_bytes).digest()[:16]
    weasyprint.HTML(string=page_as_bytes, encoding="utf-8", url_fetcher=_own_parts_only()).write_pdf(
        file, pdf_identifier=identifier, pdf_variant="pdf/ua-1"
    )


@cache
def _own_parts_only() -> Any:
    """Return what fetches the parts of a page: those that it holds itself."""
    from weasyprint.urls import URLFetcher

    return URLFetcher(allowed_protocols=["data"], allow_redirects=False)


def _weasyprint() -> Any:
    """Import WeasyPrint, whose words about missing libraries are for its developers."""
    with contextlib.redirect_stdout(io.StringIO()):
        import weasyprint
    return weasyprint
