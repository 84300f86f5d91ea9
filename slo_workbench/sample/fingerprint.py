"""Whether two samples hold the same values, whatever the bytes of their files.

Parquet and compression libraries may write the same values in other bytes from one version to the next, so file hashes would
raise false alarms.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from slo_workbench.sample.deliveries import DELIVERIES_SCHEMA
from slo_workbench.sample.orders_by_hour import ORDERS_BY_HOUR_SCHEMA
from slo_workbench.sample.requests import REQUESTS_SCHEMA
from slo_workbench.sample.settlement import SETTLEMENT_SCHEMA
from slo_workbench.sample.tickets import TICKETS_SCHEMA
from slo_workbench.sample.world import INCIDENTS_SCHEMA

SCHEMAS: dict[str, pa.Schema] = {
    "requests.parquet": REQUESTS_SCHEMA,
    "deliveries.parquet": DELIVERIES_SCHEMA,
    "settlement.csv": SETTLEMENT_SCHEMA,
    "orders_by_hour.csv": ORDERS_BY_HOUR_SCHEMA,
    "incidents.csv": INCIDENTS_SCHEMA,
    "tickets.csv": TICKETS_SCHEMA,
}


def content_hash(source: pa.Table | Path) -> str:
    """SHA-256, in hexadecimal, of the decoded values of a table, or of the six tables in a sample's folder.

    Column names, their order, row order, nulls and values count; encodings, compression, row groups and the width of
    dictionaries do not. Other files in the folder are ignored.

    Examples
    --------
    >>> plain = pa.table({"route": ["/a", "/b", "/a"]})
    >>> coded = pa.table({"route": pa.array(["/a", "/b", "/a"]).dictionary_encode()})
    >>> content_hash(plain) == content_hash(coded)
    True
    """
    if isinstance(source, pa.Table):
        return _hash_table(source)
    return combine_hashes({name: _hash_table(read_table(source / name)) for name in SCHEMAS})


def combine_hashes(hashes: dict[str, str]) -> str:
    """One hash for several named ones; their order counts."""
    return hashlib.sha256("\n".join(f"{digest}  {name}" for name, digest in hashes.items()).encode()).hexdigest()


def read_table(path: Path) -> pa.Table:
    """One of the sample's six files, with the types it was written with."""
    if path.suffix == ".parquet":
        return pq.ParquetFile(path).read()  # not read_table, which would take columns from a folder named key=value
    types = {column.name: column.type for column in SCHEMAS[path.name]}
    return pacsv.read_csv(path, convert_options=pacsv.ConvertOptions(column_types=types))


def _hash_table(table: pa.Table) -> str:
    digest = hashlib.sha256(str(table.num_rows).encode())
    for name in table.column_names:
        digest.update(f"\n{name}\n".encode())
        digest.update(_decode_column(table.column(name)))
    return digest.hexdigest()


def _decode_column(column: pa.ChunkedArray) -> bytes:
    """The column's values in one fixed form: numbers little-endian in 64 bits, the rest as text; nulls marked apart."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    nulls = np.packbits(column.is_null().to_numpy()).tobytes()
    if pa.types.is_timestamp(kind):
        numbers = column.cast(pa.timestamp("ms", tz=kind.tz)).cast(pa.int64())
    elif pa.types.is_boolean(kind) or pa.types.is_integer(kind):
        numbers = column.cast(pa.int64())
    elif pa.types.is_floating(kind):
        numbers = column.cast(pa.float64())
    else:
        return nulls + "\n".join(pc.fill_null(column.cast(pa.string()), "").to_pylist()).encode()
    values: np.ndarray[tuple[int, ...], np.dtype[np.int64 | np.float64]] = pc.fill_null(numbers, 0).to_numpy()
    return nulls + values.astype(values.dtype.newbyteorder("<")).tobytes()
