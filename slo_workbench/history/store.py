"""A History on disk: a folder of Parquet files and ``history.json``, the old one or the new one, never half."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from slo_workbench.atomic_files import new_folder
from slo_workbench.document.findings import Finding
from slo_workbench.errors import SourceUnreadable
from slo_workbench.history.history import TABLES, History, IndicatorQuery, Provenance, SourceRecord

__all__ = ["HISTORY_VERSION", "is_history_folder", "read_history", "write_history"]

HISTORY_VERSION = 1
_DESCRIPTION = "history.json"
_FILES = frozenset({_DESCRIPTION, *(f"{name}.parquet" for name in TABLES)})


def is_history_folder(path: Path) -> bool:
    """Whether a path is a folder that holds a History."""
    return (path / _DESCRIPTION).is_file()


def write_history(history: History, folder: Path) -> None:
    """Write a History as a folder, replacing an older History there.

    Raises
    ------
    UnusableValue
        When anything else than a History lies there: it is not overwritten.
    """
    with new_folder(folder, replaces=_FILES) as beside:
        for name in TABLES:
            getattr(history, name).to_parquet(beside / f"{name}.parquet", index=False, compression="zstd")
        text = json.dumps(_described(history), indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
        (beside / _DESCRIPTION).write_text(text + "\n", encoding="utf-8")


def _described(history: History) -> dict[str, Any]:
    return {
        "history_version": HISTORY_VERSION,
        "provenance": asdict(history.provenance),
        "findings": [asdict(found) for found in history.findings],
    }


def read_history(folder: Path) -> History:
    """Read a History from its folder.

    Raises
    ------
    SourceUnreadable
        When the folder holds none, a damaged one, or one of another version.
    """
    if not is_history_folder(folder):
        raise SourceUnreadable(f"{folder} holds no History; make one with slo-workbench reduce")
    try:
        described = json.loads((folder / _DESCRIPTION).read_text(encoding="utf-8"))
        found = described.get("history_version") if isinstance(described, dict) else None
        if found != HISTORY_VERSION:
            raise SourceUnreadable(f"{folder} has version {found}, not {HISTORY_VERSION}; reduce the requests again")
        tables = {name: pd.read_parquet(folder / f"{name}.parquet").astype(kinds) for name, kinds in TABLES.items()}
        return History(
            **tables, provenance=_provenance(described["provenance"]), findings=tuple(Finding(**found) for found in described["findings"])
        )
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        if isinstance(error, SourceUnreadable):
            raise
        raise SourceUnreadable(f"the History in {folder} is damaged ({type(error).__name__}: {error}); reduce the requests again") from None


def _provenance(described: dict[str, Any]) -> Provenance:
    indicators = tuple(IndicatorQuery(**{**query, "thresholds_ms": tuple(query["thresholds_ms"])}) for query in described["indicators"])
    sources = tuple(SourceRecord(**{**source, "files": tuple(source["files"])}) for source in described["sources"])
    return Provenance(indicators, sources, described["engine"], described["package_version"], described["user_window_days"])
