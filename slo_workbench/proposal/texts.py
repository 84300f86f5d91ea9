"""The fixed texts of a proposal, in the language asked for: the notebook's own text, headings, headers of tables.

One file a language lies in ``page/texts``; what a second one leaves out is taken from the English one. Sentences that the
analysis makes stay English.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from slo_workbench.document.findings import nearest_hint
from slo_workbench.errors import UnusableValue

__all__ = ["DEFAULT_LANGUAGE", "FixedTexts", "languages", "read_texts"]

DEFAULT_LANGUAGE = "en"
TEXTS_FOLDER = Path(__file__).parent / "page" / "texts"
_SECTIONS = ("cells", "headings", "summary", "rows", "tables")


@dataclass(frozen=True)
class FixedTexts:
    """All fixed texts of one language.

    Parameters
    ----------
    language : str
        Such as ``en``; goes into the page's ``lang``.
    sections : mapping
        ``cells`` (text of the notebook, by the id of its cell), ``headings``, ``summary`` and ``rows`` (of one text each), ``tables`` (headers).
    """

    language: str
    sections: Mapping[str, Mapping[str, Any]]

    def heading(self, name: str) -> str:
        """Return the heading of a part of a section."""
        return str(self.sections["headings"][name])

    def summary(self, name: str) -> str:
        """Return the question that a line of the first page answers."""
        return str(self.sections["summary"][name])

    def row(self, name: str) -> str:
        """Return the name of a row of a table without a header."""
        return str(self.sections["rows"][name])

    def header(self, name: str, **values: str) -> list[str]:
        """Return the header of a table; ``{event}`` and the like in it are filled in.

        Examples
        --------
        >>> read_texts().header("risks")[0]
        'What could happen'
        """
        return [str(cell).format(**values) for cell in self.sections["tables"][name]]

    def cell(self, cell_id: str) -> str | None:
        """Return the text of a cell of the notebook; ``None`` for one that is not fixed."""
        text = self.sections["cells"].get(cell_id)
        return None if text is None else str(text).strip()


def languages(folder: Path | None = None) -> tuple[str, ...]:
    """Return the languages there are.

    Examples
    --------
    >>> "en" in languages()
    True
    """
    return tuple(sorted(file.stem for file in (folder or TEXTS_FOLDER).glob("*.toml")))


def read_texts(language: str = DEFAULT_LANGUAGE, *, folder: Path | None = None) -> FixedTexts:
    """Return the fixed texts of a language.

    Parameters
    ----------
    language : str
        Name of a file in ``page/texts``, such as ``en``.
    folder : Path, optional
        Another folder of such files.

    Raises
    ------
    UnusableValue
        For a language that is not there, with those that are; for a file that is no TOML, or has a text that no page shows.
    """
    return _read(language, folder or TEXTS_FOLDER)


@cache
def _read(language: str, folder: Path) -> FixedTexts:
    known = languages(folder)
    if language not in known:  # nothing else becomes part of a path
        there = ", ".join(known)
        raise UnusableValue(f"there are no texts in the language {language!r}; there are: {there}. {nearest_hint(language, known)}")
    english = _sections(TEXTS_FOLDER / f"{DEFAULT_LANGUAGE}.toml")
    own = english if language == DEFAULT_LANGUAGE else _sections(folder / f"{language}.toml")
    unknown = [f"{section}.{name}" for section, texts in own.items() for name in texts if name not in english.get(section, {})]
    if unknown:
        raise UnusableValue(f"{language}.toml has texts that no page shows: {', '.join(unknown)}")
    merged = {section: MappingProxyType({**english[section], **own.get(section, {})}) for section in _SECTIONS}
    return FixedTexts(language, MappingProxyType(merged))


def _sections(file: Path) -> dict[str, dict[str, Any]]:
    try:
        return {name: part for name, part in tomllib.loads(file.read_text(encoding="utf-8")).items() if isinstance(part, dict)}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UnusableValue(f"{file.name} is no TOML: {error}") from None
