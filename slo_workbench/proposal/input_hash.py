"""What a proposal is made of, as hashes: it is made again when one of them is another, and left alone when none is.

Only the parts of the document that the proposal can show count: a change in another journey leaves it as it is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from slo_workbench.code_version import code_version
from slo_workbench.document.findings import FindingsError
from slo_workbench.document.model import Objective, Workbook
from slo_workbench.proposal.versions import versions
from slo_workbench.sources.files import find_files, fingerprint
from slo_workbench.sources.locations import is_url

__all__ = ["INPUTS_FILE", "ProposalInputs", "hash_of", "inputs_text", "what_changed"]

INPUTS_FILE = ".inputs.json"
_MOST_FILES_OF_A_ROOM = 10_000


@dataclass(frozen=True)
class ProposalInputs:
    """Where the inputs of a workbook's proposals lie.

    Parameters
    ----------
    workbook : Workbook
    folder : Path
        The workbook's.
    places : mapping of str to str
        Files or URLs read instead of those the workbook names, by source.
    template : Path
    given : mapping
        What the command line says: seed, forms, day, the notebook's own parameters.
    """

    workbook: Workbook
    folder: Path
    places: Mapping[str, str]
    template: Path
    given: Mapping[str, Any]
    _files: dict[str, str] = field(default_factory=dict, repr=False)

    def of(self, objective: Objective, *, asked: str = "") -> dict[str, str]:
        """Return the hashes of what an objective's proposal is made of, by what each stands for.

        Parameters
        ----------
        objective : Objective
        asked : str
            Hash of what a database has answered, where the requests come from one.
        """
        indicator = self.workbook.indicator(objective.indicator)
        return {
            "data": hash_of([self.data_of(indicator.source), asked]),
            "document": hash_of(shown_of_document(self.workbook, objective)),
            "lists": hash_of([self._named(place) for place in filter(None, (*self.workbook.pool, self.workbook.incidents, self.workbook.tickets))]),
            "room": hash_of([_room(self.folder, "votes", indicator.journey), _room(self.folder, "signatures", objective.id)]),
            "given": hash_of({**self.given, "template": _hash_of_file(self.template)}),
            "code": _code(),
        }  # fmt: skip

    def is_asked(self, source: str) -> bool:
        """Whether a source is a database or a server, which tells what it has only when it is asked."""
        described, place = self.workbook.sources[source], self.places.get(source)
        return is_url(place) if place is not None else bool(described.url)

    def data_of(self, source: str) -> str:
        """Return a hash of the place and the files of a source; of a database's it says only where it is."""
        if source not in self._files:
            described, place = self.workbook.sources[source], self.places.get(source)
            if self.is_asked(source):
                found = []
            elif place is None:
                found = _fingerprints(self.folder / described.path, inside=self.folder)
            else:
                found = _fingerprints(Path(place), inside=None)
            self._files[source] = hash_of([place, found])
        return self._files[source]

    def _named(self, place: str) -> list[Any]:
        return [place, _fingerprints(self.folder / place, inside=self.folder)]


def shown_of_document(workbook: Workbook, objective: Objective) -> dict[str, Any]:
    """Return the parts of the document that the proposal of an objective can show.

    Other journeys are left out, and what is measured and promised for them.
    """
    journey = workbook.indicator(objective.indicator).journey
    document = workbook.model_dump(mode="json")
    indicators = [one for one in document["indicators"] if one["journey"] == journey]
    ids, sources = {one["id"] for one in indicators}, {one["source"] for one in indicators}
    return document | {
        "journeys": [one for one in document["journeys"] if one["id"] == journey],
        "indicators": indicators,
        "objectives": [one for one in document["objectives"] if one["indicator"] in ids],
        "sources": {name: source for name, source in document["sources"].items() if name in sources},
    }


def hash_of(parts: Any) -> str:
    """Return a short hash of what can be written as JSON.

    Examples
    --------
    >>> hash_of({"a": 1, "b": 2}) == hash_of({"b": 2, "a": 1}), hash_of([1]) == hash_of(["1"])
    (True, False)
    """
    return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()[:20]


def _fingerprints(path: Path, *, inside: Path | None) -> list[Any]:
    """Return name, size and hash of the files at a place; nothing for one that leads out, which is refused when it is read."""
    if inside is not None and not path.resolve().is_relative_to(inside.resolve()):
        return []
    try:
        files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else find_files(path, source="")
    except FindingsError:
        return []  # the reduction says so, with its place in the document
    if inside is not None:  # a link in a folder, too, may lead anywhere
        files = [file for file in files if file.resolve().is_relative_to(inside.resolve())]
    return [[found.name, found.n_bytes, found.sha256] for found in map(fingerprint, files)]


def _room(folder: Path, kind: str, name: str) -> list[Any]:
    """Return name and hash of the files that people of a workshop wrote; a link is none of them."""
    room = folder / kind / name
    if any(part.is_symlink() for part in (room, room.parent)) or not room.is_dir():
        return []
    files = [file for file in sorted(room.rglob("*"))[:_MOST_FILES_OF_A_ROOM] if file.is_file() and not file.is_symlink()]
    return [[file.relative_to(room).as_posix(), fingerprint(file).sha256] for file in files]


@cache
def _code() -> str:
    page = Path(__file__).parent / "page"
    files = sorted(file for file in page.rglob("*") if file.is_file() and file.suffix != ".pyc")
    return hash_of([code_version(), versions(), [[file.name, _hash_of_file(file)] for file in files]])


def _hash_of_file(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


# --------------------------------------------------------------------------------------------------- beside a proposal


def inputs_text(inputs: Mapping[str, str], folder: Path) -> str:
    """Return what is written beside a proposal: the hashes of its inputs, and those of its own files."""
    files = {file.name: _hash_of_file(file) for file in sorted(folder.iterdir()) if file.name != INPUTS_FILE}
    return json.dumps({"inputs": dict(inputs), "files": files}, indent=1, sort_keys=True) + "\n"


def what_changed(inputs: Mapping[str, str], folder: Path, *, files: Collection[str]) -> tuple[str, ...]:
    """Return which inputs of a proposal on disk are others now; empty when it would come out the same.

    Parameters
    ----------
    inputs : mapping of str to str
        The hashes as they are now.
    folder : Path
        Of the proposal.
    files : collection of str
        Which files must be there, as they were written.
    """
    try:
        noted = json.loads((folder / INPUTS_FILE).read_text(encoding="utf-8"))
        before, written = dict(noted["inputs"]), dict(noted["files"])
        are_whole = set(files) == set(written) and all(_hash_of_file(folder / name) == written[name] for name in files)
    except (OSError, ValueError, LookupError, TypeError):
        return ("new",)
    return tuple(sorted(name for name in inputs if before.get(name) != inputs[name])) or (() if are_whole else ("files",))
