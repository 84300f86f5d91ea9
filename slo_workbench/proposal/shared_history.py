"""The History that a service's proposals share: reduced once, kept beside them, and used again while it comes from the same requests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from slo_workbench.atomic_files import replace_text
from slo_workbench.code_version import code_version
from slo_workbench.document.findings import FindingsError
from slo_workbench.progress import Tell
from slo_workbench.proposal.input_hash import ProposalInputs, hash_of
from slo_workbench.proposal.versions import versions

if TYPE_CHECKING:
    from slo_workbench.history.history import History

__all__ = ["HISTORY_NOTE", "SharedHistory"]

HISTORY_NOTE = ".history.json"


@dataclass(frozen=True)
class SharedHistory:
    """The History in a service's folder of proposals.

    Parameters
    ----------
    folder : Path
        Where it lies; what it was made of is noted beside it.
    inputs : ProposalInputs
    """

    folder: Path
    inputs: ProposalInputs

    def is_current(self, indicators: Collection[str]) -> bool:
        """Whether it counts these indicators, from the requests as they are now; what a database has is asked each time."""
        if any(self.inputs.is_asked(source) for source in self._sources(indicators)):
            return False
        try:
            note = json.loads(self._note.read_text(encoding="utf-8"))
            is_ours = note["files"] == self.fingerprint() and set(indicators) <= set(note["indicators"])
            return bool(is_ours and note["inputs"] == self._inputs(note["indicators"]))
        except (OSError, ValueError, LookupError, TypeError):
            return False

    def reduce(self, indicators: Collection[str], progress: Tell) -> History:
        """Count the requests of these indicators, and of those that it counts now: other proposals are made of them."""
        from slo_workbench.history.from_workbook import reduce_workbook

        workbook, folder, places = self.inputs.workbook, self.inputs.folder, self.inputs.places
        try:
            return reduce_workbook(workbook, folder, only=self._with_noted(indicators), places=places, progress=progress)
        except FindingsError:  # of a source perhaps that nobody asked for
            return reduce_workbook(workbook, folder, only=set(indicators), places=places, progress=progress)

    def write(self, history: History) -> None:
        """Put a History in its place, and note what it was made of."""
        from slo_workbench.history.store import write_history

        indicators = [query.id for query in history.provenance.indicators]
        write_history(history, self.folder)
        text = json.dumps({"indicators": sorted(indicators), "inputs": self._inputs(indicators), "files": self.fingerprint()}, indent=1)
        replace_text(self._note, text + "\n")

    def fingerprint(self) -> str:
        """Return a hash of its files."""
        files = sorted(file for file in self.folder.iterdir() if file.is_file())
        return hash_of([[file.name, hashlib.sha256(file.read_bytes()).hexdigest()] for file in files])

    @property
    def _note(self) -> Path:
        return self.folder.parent / HISTORY_NOTE

    def _with_noted(self, indicators: Collection[str]) -> set[str]:
        try:
            noted = set(json.loads(self._note.read_text(encoding="utf-8"))["indicators"])
        except (OSError, ValueError, LookupError, TypeError):
            noted = set()
        sources = {one.id: one.source for one in self.inputs.workbook.indicators}
        return {*indicators, *(one for one in noted if one in sources and not self.inputs.is_asked(sources[one]))}

    def _sources(self, indicators: Collection[str]) -> list[str]:
        return sorted({self.inputs.workbook.indicator(one).source for one in indicators})

    def _inputs(self, indicators: Collection[str]) -> str:
        workbook = self.inputs.workbook
        # what people write about a source or an indicator changes no count
        sources = {
            name: [workbook.sources[name].model_dump(mode="json", exclude={"description"}), self.inputs.data_of(name)]
            for name in self._sources(indicators)
        }
        counted = [
            workbook.indicator(one).model_dump(mode="json", include={"id", "source", "valid", "good", "thresholds_ms"})
            for one in sorted(indicators)
        ]
        return hash_of([sources, counted, code_version(), versions()])
