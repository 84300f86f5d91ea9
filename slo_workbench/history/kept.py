"""Histories kept in the user's cache, so that a workbook's requests are reduced once and asked many times.

A History is kept for one source and all of its indicators, under a name made of everything it came from: the source and the indicators as
the workbook has them, the files' sizes and hashes, and the code of this package. Whatever changes gives another name; only the answer of
a server grows old, and is asked for again after an hour. What is no longer asked for is removed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Mapping
from pathlib import Path

from platformdirs import user_cache_dir

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

__all__ = ["URL_HOURS", "input_hash", "is_asked_again", "kept_folder", "kept_history"]

URL_HOURS = 1
"""How long what a server has answered is good for, in hours; files are compared instead."""
MOST_KEPT = 40


def kept_history(
    workbook: Workbook, folder: Path, source: str, *, places: Mapping[str, str] | None = None, progress: Tell = silent
) -> History:
    """Return the History of all indicators of a source: the kept one where nothing has changed, else reduced now and kept.

    Where the cache cannot be written, it is reduced each time.

    Parameters
    ----------
    workbook : Workbook
    folder : Path
        The workbook's folder.
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
    kept = kept_folder() / input_hash(workbook, folder, source, places=places)
    if is_history_folder(kept) and not _is_stale(kept, workbook, source, places):
        try:
            return read_history(kept)
        except SourceUnreadable:
            shutil.rmtree(kept, ignore_errors=True)
    history = reduce_workbook(workbook, folder, only=only, places=places, progress=progress)
    _keep(history, kept)
    return history


def kept_folder() -> Path:
    """Return where Histories are kept: in the user's own cache, never in a folder that came from somebody else.

    The environment variable ``SLO_WORKBENCH_CACHE`` names another place.
    """
    named = os.environ.get("SLO_WORKBENCH_CACHE")
    return (Path(named) if named else Path(user_cache_dir("slo-workbench", appauthor=False))) / "histories"


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
        "files": _files(described, folder, place, source),
        "code": [code_version(), HISTORY_VERSION],
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:20]


def _files(described: Source, folder: Path, place: str | None, source: str) -> list[tuple[object, ...]]:
    """Return names, sizes and hashes of a source's files; of a server, the folder whose workbook asks it."""
    url = place if place is not None and is_url(place) else described.url if place is None else None
    if url is not None and not url.startswith("sqlite:"):
        return [(str(folder.resolve()),)]
    # the document's path is meant from its folder, a given one from where the command runs
    named = folder / described.path if place is None else Path(place)
    path = named if url is None else folder / url.partition("?")[0].partition(":///")[2]
    journal = path.with_name(f"{path.name}-wal")  # where SQLite keeps what is not in the file yet
    try:
        return [_identity(file) for file in (*find_files(path, source=source), *([journal] if url and journal.is_file() else []))]
    except (FindingsError, OSError):
        return []  # the reduction says so, with its place in the document


def _identity(file: Path) -> tuple[object, ...]:
    found, status = fingerprint(file), file.stat()
    # of a large file only samples are hashed: what was changed between them shows in its times
    times = (status.st_mtime_ns, status.st_ctime_ns, status.st_ino) if found.sha256.startswith("sampled:") else ()
    return (found.name, found.n_bytes, found.sha256, *times)


def _is_stale(kept: Path, workbook: Workbook, source: str, places: Mapping[str, str] | None) -> bool:
    url = (places or {}).get(source) or workbook.sources[source].url or ""
    is_asked = is_url(url) and not url.startswith("sqlite:")
    return is_asked and time.time() - (kept / "history.json").stat().st_mtime > URL_HOURS * 3600


def is_asked_again(workbook: Workbook, source: str) -> bool:
    """Whether a source is a server, whose answer grows old."""
    url = workbook.sources[source].url or ""
    return is_url(url) and not url.startswith("sqlite:")


def _keep(history: History, kept: Path) -> None:
    """Write a History and remove the oldest beside it; a folder that cannot be written keeps nothing."""
    try:
        kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_history(history, kept)
        others = sorted((one for one in kept.parent.iterdir() if one.is_dir() and one != kept), key=lambda one: one.stat().st_mtime)
        for old in others[: -MOST_KEPT + 1 or None]:
            shutil.rmtree(old, ignore_errors=True)
    except (OSError, UnusableValue):
        return
