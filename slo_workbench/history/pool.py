"""The histories of a team's other services, from wherever they lie: folders of Histories, or files of daily counts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from slo_workbench.document.findings import Finding, FindingsError
from slo_workbench.history.history import History, IndicatorQuery
from slo_workbench.history.reduce import reduce_requests
from slo_workbench.history.store import is_history_folder, read_history
from slo_workbench.sources.engine import connect_engine
from slo_workbench.sources.open import open_source
from slo_workbench.sources.rows import SourceRequest

__all__ = ["read_pool"]


def read_pool(places: Sequence[str], *, folder: Path = Path(), inside: Path | None = None) -> tuple[History, ...]:
    """Read what other services went through.

    Parameters
    ----------
    places : sequence of str
        Folders of Histories, and files of counts with the columns ``time`` (or ``day``), ``valid`` and ``good``; each file is a service.
    folder : Path
        Where relative places start.
    inside : Path, optional
        Folder out of which no place may lead, links followed: that of a workbook that may come from a stranger.

    Raises
    ------
    FindingsError
        When a place is missing, leads out of the folder, or cannot be read.
    """
    paths = [(folder / place).resolve() for place in places]
    twice = [place for number, place in enumerate(places) if paths[number] in paths[:number]]
    if twice:
        raise FindingsError([Finding("pool-repeated", f"{twice[0]} stands in the pool twice", where="pool", hint="it would weigh double")])
    return tuple(_read(place, folder / place, inside) for place in places)


def _read(place: str, path: Path, inside: Path | None) -> History:
    # the files of a History may be links, too
    places = [path, *path.glob("*")] if path.is_dir() else [path]
    if inside is not None and not all(one.resolve().is_relative_to(inside.resolve()) for one in places):
        hint = "copy it into the workbook's folder, or name it yourself: slo-workbench fit … --pool PLACE"
        raise FindingsError([Finding("path-outside", f"{place} leads out of the workbook's folder", where="pool", hint=hint)])
    if is_history_folder(path):
        return read_history(path)
    if path.is_dir():
        raise FindingsError(
            [Finding("pool-unreadable", f"{place} holds no History", where="pool", hint="make one with slo-workbench reduce")]
        )
    with connect_engine() as engine:
        opened = open_source(engine, SourceRequest(path, name="pool"))
        return reduce_requests({"pool": opened}, [IndicatorQuery(path.name.partition(".")[0], "pool", "valid", "good")])
