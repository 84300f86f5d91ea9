"""Histories kept beside a workbook, so that its requests are reduced once and asked many times.

A History is kept for one source and all of its indicators, under a name made of everything it came from: the source and the indicators as
the workbook has them, the files' sizes and hashes, and the code of this package. Whatever changes gives another name, so nothing here
is ever out of date; what is no longer asked for is removed.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Mapping
from pathlib import Path

from slo_workbench.atomic_files import replace_text
from slo_workbench.code_version import code_version
from slo_workbench.document.findings import Finding, FindingsError, nearest_hint
from slo_workbench.document.model import Source, Workbook
from slo_workbench.errors import SourceUnreadable, UnusableValue
from slo_workbench.history.from_workbook import reduce_workbook
from slo_workbench.history.history import History
from slo_workbench.history.store import HISTORY_VERSION, is_history_folder, read_history, write_history
from slo_workbench.progress import Tell, silent
from slo_workbench.sources.files import find_files, fingerprint
from slo_workbench.sources.locations import is_url

__all__ = ["KEPT_FOLDER", "kept_history"]

KEPT_FOLDER = ".slo-workbench"
URL_HOURS = 12
"""How long what a database or a Prometheus has answered is good for, in hours; files are compared instead."""
MOST_KEPT = 4


def kept_history(
    workbook: Workbook, folder: Path, source: str, *, places: Mapping[str, str] | None = None, progress: Tell = silent
) -> History:
    """Return the History of all indicators of a source: the kept one where nothing has changed, else reduced now and kept.

    Where the folder cannot be written, it is reduced each time.

    Parameters
    ----------
    workbook : Workbook
    folder : Path
        The workbook's folder; Histories are kept below ``.slo-workbench`` in it.
    source : str
    places : mapping of str to str, optional
        Files or URLs to read instead of those the workbook names, by source.
    progress : callable, optional

    Raises
    ------
    FindingsError
        When there is no such source, it has no indicator, or it cannot be counted.
    """
    if source not in workbook.sources:
        raise FindingsError([Finding("unknown-source", f"there is no source {source!r}", hint=nearest_hint(source, workbook.sources))])
    only = {indicator.id for indicator in workbook.indicators if indicator.source == source}
    if not only:
        hint = "choose an indicator first: what is valid, and what is good"
        raise FindingsError([Finding("nothing-to-count", f"no indicator counts anything in the source {source!r}", hint=hint)])
    room = folder / KEPT_FOLDER / source
    if any(one.is_symlink() for one in (room.parent, room)):  # a link leads out of the workbook's folder
        return reduce_workbook(workbook, folder, only=only, places=places, progress=progress)
    kept = room / input_hash(workbook, folder, source, places=places)
    if is_history_folder(kept) and not _is_stale(kept, workbook, source, places):
        try:
            return read_history(kept)
        except SourceUnreadable:
            shutil.rmtree(kept, ignore_errors=True)
    history = reduce_workbook(workbook, folder, only=only, places=places, progress=progress)
    _keep(history, kept)
    return history


def input_hash(workbook: Workbook, folder: Path, source: str, *, places: Mapping[str, str] | None = None) -> str:
    """Return a short name for everything that a source's History comes from."""
    place = (places or {}).get(source)
    described = workbook.sources[source]
    # what people write about a source changes nothing
    parts = {
        "source": described.model_dump(mode="json", exclude={"description"}),
        "indicators": [
            indicator.model_dump(mode="json", include={"id", "valid", "good", "thresholds_ms"})
            for indicator in sorted(workbook.indicators, key=lambda one: one.id)
            if indicator.source == source
        ],
        "place": place,
        "files": [] if (described.url if place is None else is_url(place)) else _files(_path_of(described, folder, place), source),
        "code": [code_version(), HISTORY_VERSION],
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:20]


def _path_of(described: Source, folder: Path, place: str | None) -> Path:
    """Return where the files lie: the document's path is meant from its folder, a given one from where the command runs."""
    return folder / described.path if place is None else Path(place)


def _files(path: Path, source: str) -> list[tuple[str, int, str]]:
    try:
        files = find_files(path, source=source)
    except FindingsError:
        return []  # the reduction says so, with its place in the document
    return [(file.name, file.n_bytes, file.sha256) for file in map(fingerprint, files)]


def _is_stale(kept: Path, workbook: Workbook, source: str, places: Mapping[str, str] | None) -> bool:
    is_asked = is_url((places or {}).get(source) or workbook.sources[source].url or "")
    return is_asked and time.time() - (kept / "history.json").stat().st_mtime > URL_HOURS * 3600


def _keep(history: History, kept: Path) -> None:
    """Write a History and remove the oldest beside it; a folder that cannot be written keeps nothing."""
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        ignore = kept.parents[1] / ".gitignore"
        if not ignore.exists():
            replace_text(ignore, "*\n")
        write_history(history, kept)
        others = sorted((one for one in kept.parent.iterdir() if one.is_dir() and one != kept), key=lambda one: one.stat().st_mtime)
        for old in others[: -MOST_KEPT + 1 or None]:
            shutil.rmtree(old, ignore_errors=True)
    except (OSError, UnusableValue):
        return
