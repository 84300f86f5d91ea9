"""The files: whole or absent, small, and equal to what the code makes."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from slo_workbench.sample import Sample, content_hash, write_sample
from slo_workbench.sample.fingerprint import SCHEMAS, read_table

COMMITTED = Path(__file__).parents[2] / "data" / "stagedoor"
# From content_hash.txt of the first commit, before the order service's own counts and the settlement's runs were added.
FIRST_HASHES = {
    "requests.parquet": "d955091b83b6c4bae11bf4ce81162b0b0e229a6514e3fe5cebb86646d71b7142",
    "deliveries.parquet": "da672965970ffb61c73933c9664b7a076b48947809eb5049540f3af8cbcaf047",
    "incidents.csv": "ec122e3de232ed177dfb8661c5796190e326d5934fc7dd5f2d1c3ad3cce32a82",
    "tickets.csv": "d301abfbd47406e12be99f82b1f21d9772e5f37bdce54f0ecff6b40af1f1843b",
}
FIRST_SETTLEMENT_HASH = "5b25a78fe8b83dda8b65c457d31a1ca231b485017ea5c81d911b0451759ab767"


def read_hashes(folder: Path) -> dict[str, str]:
    lines = (folder / "content_hash.txt").read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, name in (line.split("  ") for line in lines)}


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_committed_file_equals_what_the_code_makes_today(sample: Sample, name: str) -> None:
    regenerated = content_hash(getattr(sample, Path(name).stem))
    assert regenerated == content_hash(read_table(COMMITTED / name)), "run: slo-workbench sample --out data/stagedoor"
    assert regenerated == read_hashes(COMMITTED)[name]


@pytest.mark.parametrize("name", FIRST_HASHES)
def test_what_was_added_later_did_not_disturb_an_earlier_file(sample: Sample, name: str) -> None:
    assert content_hash(getattr(sample, Path(name).stem)) == FIRST_HASHES[name]
    assert read_hashes(COMMITTED)[name] == FIRST_HASHES[name]


def test_the_settlement_s_first_four_columns_are_as_they_always_were(sample: Sample) -> None:
    names = sample.settlement.column_names
    assert names == ["time", "rows_expected", "rows_processed", "rows_wrong", "runs_due", "runs_done_in_time"]
    assert content_hash(sample.settlement.select(names[:4])) == FIRST_SETTLEMENT_HASH


def test_the_committed_hash_is_that_of_the_whole_folder() -> None:
    assert read_hashes(COMMITTED)["all"] == content_hash(COMMITTED)


def test_the_committed_requests_fit_in_eight_megabytes() -> None:
    assert (COMMITTED / "requests.parquet").stat().st_size <= 8_000_000


def test_the_requests_are_compressed_with_zstd_and_keep_their_types() -> None:
    file = pq.ParquetFile(COMMITTED / "requests.parquet")
    assert {file.metadata.row_group(0).column(i).compression for i in range(9)} == {"ZSTD"}
    assert file.schema_arrow.field("time").type == pa.timestamp("ms", tz="UTC")
    assert file.schema_arrow.field("value").type == pa.decimal128(10, 2)


def test_writing_reports_what_stands_in_the_folder(tmp_path: Path) -> None:
    summary = write_sample(tmp_path / "new", seed=3, weeks=1, scale=0.02)
    files = {path.name: path.stat().st_size for path in summary.folder.iterdir()}
    assert files.keys() == {*SCHEMAS, "content_hash.txt"}
    assert summary.n_bytes == {name: files[name] for name in SCHEMAS}
    assert summary.content_hash == content_hash(summary.folder) == read_hashes(summary.folder)["all"]
    assert summary.n_requests == pq.read_metadata(summary.folder / "requests.parquet").num_rows
    assert (summary.n_settlement_runs, summary.n_hours, summary.n_days, summary.n_incidents) == (7, 168, 7, 1)


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_sample(tmp_path, seed=3, weeks=1, scale=0.01)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def write_half(table: pa.Table, target: str, **options: object) -> None:
        Path(target).write_bytes(b"PAR1")
        raise OSError("disk full")

    monkeypatch.setattr(pq, "write_table", write_half)
    with pytest.raises(OSError, match="disk full"):
        write_sample(tmp_path, seed=4, weeks=1, scale=0.01)
    assert before == {path.name: path.read_bytes() for path in tmp_path.iterdir()}


def test_the_hash_sees_values_nulls_order_and_names_but_not_encodings() -> None:
    plain = pa.table({"route": ["/a", None, "/a"], "ms": [1.5, None, 0.0]})
    coded = pa.table({"route": pa.chunked_array([["/a"], [None, "/a"]]).dictionary_encode(), "ms": plain["ms"]})
    assert content_hash(plain) == content_hash(coded)
    others = [
        pa.table({"route": ["/a", "", "/a"], "ms": [1.5, None, 0.0]}),
        pa.table({"route": ["/a", None, "/a"], "ms": [1.5, 0.0, None]}),
        pa.table({"path": ["/a", None, "/a"], "ms": [1.5, None, 0.0]}),
        plain.take([0, 2, 1]),
        plain.slice(0, 2),
    ]
    assert len({content_hash(table) for table in [plain, *others]}) == 6
