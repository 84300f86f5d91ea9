"""The lists that a workbook names beside its requests: incidents, and tickets by day."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from slo_workbench.document.findings import Finding, FindingsError
from slo_workbench.document.model import Workbook
from slo_workbench.sources.incident_list import read_incidents

__all__ = ["team_file", "team_incidents"]


def team_file(folder: Path, relative: str, *, where: str) -> Path:
    """Return a file that a workbook names, which lies in the workbook's folder or below, links followed.

    Raises
    ------
    FindingsError
        When it leads out: the workbook may come from a stranger.
    """
    path = folder / relative
    if not path.resolve().is_relative_to(folder.resolve()):
        hint = "copy it into the workbook's folder, or name it on the command line"
        raise FindingsError([Finding("path-outside", f"{relative} leads out of the workbook's folder", where=where, hint=hint)])
    return path


def team_incidents(workbook: Workbook, folder: Path, *, given: Path | None = None) -> tuple[pd.DataFrame | None, tuple[Finding, ...]]:
    """Read the incidents that the user names, or else those that the workbook names; ``None`` where neither does."""
    if given is None and workbook.incidents is None:
        return None, ()
    path = given if given is not None else team_file(folder, workbook.incidents or "", where="incidents")
    return read_incidents(path, time_zone=workbook.service.time_zone)
