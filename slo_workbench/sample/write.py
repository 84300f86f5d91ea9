"""The sample as files in a folder."""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from slo_workbench.sample.fingerprint import SCHEMAS, combine_hashes, content_hash
from slo_workbench.sample.world import DEFAULT_SEED, DEFAULT_WEEKS, make_sample

HASH_FILE = "content_hash.txt"


@dataclass(frozen=True)
class SampleSummary:
    """What was written.

    Attributes
    ----------
    folder : Path
    seed, weeks, scale : int, int, float
        What it was made from.
    n_requests, n_deliveries, n_settlement_runs, n_hours, n_incidents, n_days : int
        Rows of the six files: requests, deliveries, settlement, orders by hour, incidents, tickets.
    n_bytes : dict of str to int
        Size of each file.
    content_hash : str
        See `content_hash`.
    """

    folder: Path
    seed: int
    weeks: int
    scale: float
    n_requests: int
    n_deliveries: int
    n_settlement_runs: int
    n_hours: int
    n_incidents: int
    n_days: int
    n_bytes: dict[str, int]
    content_hash: str


def write_sample(folder: str | Path, *, seed: int = DEFAULT_SEED, weeks: int = DEFAULT_WEEKS, scale: float = 1.0) -> SampleSummary:
    """Generate the sample and write its six files and their content hashes into a folder.

    The folder is made when missing; other files in it stay. Each file appears whole or not at all.

    Parameters
    ----------
    folder : str or Path
        Where to write, such as ``data/stagedoor``.
    seed, weeks, scale
        As for `make_sample`.

    Returns
    -------
    SampleSummary

    Raises
    ------
    UnusableValue
        When `weeks` or `scale` is out of range.
    OSError
        When the folder cannot be written.
    """
    sample = make_sample(seed=seed, weeks=weeks, scale=scale)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tables: dict[str, pa.Table] = {name: getattr(sample, Path(name).stem) for name in SCHEMAS}
    for name, table in tables.items():
        _write_table(table, folder / name)
    hashes = {name: content_hash(table) for name, table in tables.items()}
    hashes["all"] = combine_hashes(hashes)
    lines = "".join(f"{digest}  {name}\n" for name, digest in hashes.items())
    _write_whole(folder / HASH_FILE, lambda target: Path(target).write_text(lines, encoding="utf-8"))
    return SampleSummary(
        folder=folder,
        seed=seed,
        weeks=weeks,
        scale=scale,
        n_requests=sample.requests.num_rows,
        n_deliveries=sample.deliveries.num_rows,
        n_settlement_runs=sample.settlement.num_rows,
        n_hours=sample.orders_by_hour.num_rows,
        n_incidents=sample.incidents.num_rows,
        n_days=sample.tickets.num_rows,
        n_bytes={name: (folder / name).stat().st_size for name in SCHEMAS},
        content_hash=hashes["all"],
    )


def _write_table(table: pa.Table, path: Path) -> None:
    if path.suffix == ".parquet":
        _write_whole(path, lambda target: _write_parquet(table, target))
    else:
        _write_whole(path, lambda target: _write_csv(table, target))


def _write_parquet(table: pa.Table, target: str) -> None:
    # Sorted times shrink to their differences; everything else repeats and goes well with dictionaries.
    pq.write_table(
        table,
        target,
        compression="zstd",
        compression_level=15,
        use_dictionary=[name for name in table.column_names if name != "time"],
        column_encoding={"time": "DELTA_BINARY_PACKED"},
    )


def _write_csv(table: pa.Table, target: str) -> None:
    with open(target, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table.column_names)
        writer.writerows(zip(*(column.to_pylist() for column in table.columns), strict=True))


def _write_whole(path: Path, write: Callable[[str], object]) -> None:
    """Write to a temporary name beside the target, then rename, so that a reader never meets half a file."""
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    try:
        write(temporary)
        os.chmod(temporary, 0o644)  # mkstemp makes files private
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
