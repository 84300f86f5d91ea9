"""A team's own file on its way into the workbook: which file, what its columns are called, and what they could mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from slo_workbench.arguments import read_pairs
from slo_workbench.document.findings import Finding, FindingsError
from slo_workbench.document.model import Source
from slo_workbench.document.validation import explain_validation_error
from slo_workbench.proposal.fragments import Fragment, code, paragraphs, table, together
from slo_workbench.sources.rows import SourceRequest
from slo_workbench.workshop.guessed_columns import guess_columns, guessed_text, unit_to_look_at
from slo_workbench.workshop.opening import Workshop

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DescribedSource", "columns_as_they_stand", "described_source", "files_at_hand", "mapping_hint"]

FIRST_NAME = "requests"
N_ROWS_LOOKED_AT = 200
_NO_DATA = {".ipynb", ".yaml", ".yml", ".md", ".py", ".html", ".svg", ".png", ".sh", ".toml", ".txt~"}
_NO_DATA_NAMES = {"workbook.schema.json", "content_hash.txt"}


def files_at_hand(folder: Path) -> tuple[str, ...]:
    """Return the names of files in a folder that could hold requests."""
    there = (file for file in folder.iterdir() if file.is_file() and not file.name.startswith((".", "~")))
    return tuple(sorted(file.name for file in there if file.suffix.lower() not in _NO_DATA and file.name not in _NO_DATA_NAMES))


@dataclass(frozen=True)
class DescribedSource:
    """A source as the workbook has it, with what the parameters say instead.

    Parameters
    ----------
    name : str
        In the workbook, there or to come.
    source : Source
    given : mapping
        What the parameters say, as fields of a source; empty values where they say nothing.
    said : str
        When the file is not the one the workbook names: what became of its name and its mapping.
    """

    name: str
    source: Source
    given: Mapping[str, Any]
    said: str = ""


def described_source(workshop: Workshop, source_id: str = "", *, path: str = "", columns: str = "", time_zone: str = "") -> DescribedSource:
    """Return a source as the workbook has it, with what is given here instead; another file without a ``source_id`` is a source of its own.

    Raises
    ------
    FindingsError
        When neither says where requests lie, naming the files that there are; or the file lies elsewhere.
    UnusableValue
        When the columns are not written as ``time=ts, latency_ms=took * 1000``.
    """
    sources = workshop.workbook.sources
    given: dict[str, Any] = {
        "path": _inside(workshop.folder, path),
        "columns": read_pairs([columns] if columns.strip() else [], "columns"),
        "time_zone": time_zone,
    }
    name = source_id or _name_for(given["path"], sources)
    there = sources.get(name)
    if there is None and not path:
        raise FindingsError([_nothing_named(workshop, name)])
    known = {key: value for key, value in there.model_dump().items() if value and not (path and key == "url")} if there else {}
    try:
        source = Source.model_validate({**known, **{key: value for key, value in given.items() if value}})
    except ValidationError as error:
        raise FindingsError(explain_validation_error(error, at=("sources", name))) from None
    return DescribedSource(name, source, given, _of_another_file(name, given, sources, is_named=bool(source_id)))


def _name_for(path: str, sources: Mapping[str, Source]) -> str:
    """Return the name of the source that reads a file, or a new one made of the file's name."""
    first = next(iter(sources), FIRST_NAME)
    if not path or not sources:
        return first
    reads_it = next((name for name, source in sources.items() if source.path == path), "")
    return reads_it or _new_name(path, sources)


def _new_name(path: str, sources: Mapping[str, Source]) -> str:
    file = Path(path).name
    name = re.sub(r"[^a-z0-9]+", "-", file.partition(".")[0].lower()).strip("-")[:40].strip("-") or FIRST_NAME
    wanted = (name, *(f"{name}-{number}" for number in range(2, len(sources) + 3)))
    return next(one for one in wanted if one not in sources)


def _of_another_file(name: str, given: Mapping[str, Any], sources: Mapping[str, Source], *, is_named: bool) -> str:
    """Return what to say of a file that is not the one the workbook names."""
    there, path = sources.get(name), given["path"]
    if not path or not sources or (there is not None and there.path == path):
        return ""
    if there is None:
        how = (
            "" if is_named else f", because {path} is another file than {', '.join(one.path or one.url or '' for one in sources.values())}"
        )
        return f"A new source, {name}{how}; no mapping of another source is applied to it."
    mapped = "with the mapping that the workbook has for that file; " if there.columns and not given["columns"] else ""
    return (
        f"{path} is read in the place of {there.path or 'a database'} of the source {name}, {mapped}"
        "leave source_id empty to make a source of its own of it."
    )


def _nothing_named(workshop: Workshop, name: str) -> Finding:
    sources, files = workshop.workbook.sources, files_at_hand(workshop.folder)
    if sources:
        hint = f"there is: {', '.join(sources)}; or name a file of your own in requests_path"
        return Finding("unknown-source", f"the workbook has no source {name!r}", hint=hint)
    beside = (
        f"beside the workbook lie {', '.join(files[:8])}"
        if files
        else f"copy a file into the folder {workshop.folder.resolve().name} first"
    )
    hint = f'write its name into the parameters cell, such as requests_path: str = "{files[0] if files else "requests.csv"}", and run all cells; {beside}'
    return Finding("no-requests", "the workbook names no requests yet", hint=hint)


def _inside(folder: Path, path: str) -> str:
    """Return a path as the workbook writes it, from its own folder."""
    if not path:
        return ""
    given = Path(path).expanduser()
    file = given if given.is_absolute() else folder / given
    home = folder.resolve()
    # the file itself may be a link: what it leads to is looked at when it is opened
    place = file.parent.resolve() / file.name
    if not place.is_relative_to(home):
        hint = f"copy it there: {home.name}/{file.name}; a workbook travels with its requests"
        raise FindingsError([Finding("path-outside", f"{file.name} does not lie in the workbook's folder", hint=hint)])
    return place.relative_to(home).as_posix()


def columns_as_they_stand(workshop: Workshop, source_id: str = "", *, path: str = "", columns: str = "", time_zone: str = "") -> Fragment:
    """Return the columns as the file itself calls them, with first values, and what they could mean.

    Raises
    ------
    FindingsError, UnusableValue
        As :func:`described_source`, and when the file cannot be read.
    """
    from slo_workbench.history.from_workbook import source_request

    described = described_source(workshop, source_id, path=path, columns=columns, time_zone=time_zone)
    name, source = described.name, described.source
    if source.url:
        return paragraphs(f"The source {name} is a database or a Prometheus; its columns are looked at below.")
    frame, n_columns, words = _head(source_request(name, source, workshop.folder))
    guesses = {name: column for name, column in guess_columns(frame).items() if name not in source.columns}
    guessed = {**guesses, **source.columns}
    meanings: dict[str, list[str]] = {}
    for canonical, expression in guessed.items():
        column = next((one for one in sorted(frame.columns, key=len, reverse=True) if one in expression), expression)
        meanings.setdefault(column, []).append(canonical if expression == column else f"{canonical} = {expression}")
    rows = [(column, _examples(frame[column]), "; ".join(meanings.get(column, ["–"]))) for column in frame.columns]
    seen = table(["Column in the file", "Its first values", "Read as"], rows, caption=f"{counted_columns(n_columns)}, read as {words}")
    shown = together(paragraphs(described.said or None), seen)
    is_needed = any(canonical != expression for canonical, expression in guessed.items())
    if not is_needed:
        return together(shown, paragraphs("The columns are called as the workshop calls them: there is nothing to map."))
    line = code(f'columns: str = "{guessed_text(guessed)}"')
    renamed = [name for name, column in guesses.items() if name != column]
    if not renamed:
        return together(shown, paragraphs("They are mapped like this:"), line)
    more = f"Mapped already, but for a guess of {', '.join(renamed)}. " if source.columns else "A guess. "
    said = f"{more}Look at the units, and write this line into the parameters cell in the place of the one that is there:"
    return together(shown, paragraphs(said), line, paragraphs(unit_to_look_at(guesses) or None))


def counted_columns(n_columns: int) -> str:
    """Return how many columns there are, in words."""
    from slo_workbench.units import counted

    return counted(n_columns, "column")


def _head(request: SourceRequest) -> tuple[pd.DataFrame, int, str]:
    """Return the first rows as they stand in the file."""
    from slo_workbench.sources.engine import connect_engine
    from slo_workbench.sources.files import find_files
    from slo_workbench.sources.formats import format_of

    files = find_files(request.path, source=request.name)
    home = request.inside.resolve() if request.inside else None
    if home is not None and any(not file.resolve().is_relative_to(home) for file in files):
        message = f"{files[0].name} leads out of the workbook's folder"
        raise FindingsError([Finding("path-outside", message, where=request.name, hint="copy the file there instead of linking it")])
    found = format_of(files, request)
    with connect_engine() as connection:
        raw: Any = found.read(connection, files, table="rows_as_they_stand", request=request).table
        return raw.limit(N_ROWS_LOOKED_AT).to_pandas(), len(raw.columns), found.words


def _examples(column: pd.Series[Any]) -> str:
    seen = [str(value) for value in column.dropna().drop_duplicates().head(3)]
    return ", ".join(text if len(text) <= 32 else f"{text[:31]}…" for text in seen) or "nothing in the first rows"


def mapping_hint(found: Finding, request: SourceRequest) -> Finding:
    """Return a finding about columns with what to write into the parameters cell; any other as it is."""
    if found.code != "time-column-missing" or request.url:
        return found
    frame, _, _ = _head(request)
    guessed = {**guess_columns(frame), **request.columns}
    if "time" not in guessed:
        names = ", ".join(map(str, frame.columns))
        return found.at(hint=f'write into the parameters cell which column holds it: columns: str = "time=…"; the columns are {names}')
    return found.at(hint=f'write into the parameters cell: columns: str = "{guessed_text(guessed)}" (a guess; look at the units)')
