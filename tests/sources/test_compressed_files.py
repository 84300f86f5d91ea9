"""Compressed files: read when whole, saved when cut short, refused when damaged."""

import gzip
import random

import pyarrow as pa
import pytest

from tests.sources.opening import codes_of, opened, refusals_of

LINE = '10.0.0.{} - - [17/May/2026:10:05:03 +0000] "GET /{} HTTP/1.1" 200 12'
RANDOM = random.Random(7)
TEXT = "".join(LINE.format(n % 250, RANDOM.random()) + "\n" for n in range(20_000)).encode()


def zstd(content):
    with pa.BufferOutputStream() as out:
        with pa.CompressedOutputStream(out, "zstd") as stream:
            stream.write(content)
        return out.getvalue().to_pybytes()


PACK = {"gz": gzip.compress, "zst": zstd}


@pytest.mark.parametrize("ending", PACK)
@pytest.mark.parametrize("name", ["access.log.{}", "access.log"])
def test_whole_files_are_read_whatever_they_are_called(engine, tmp_path, ending, name):
    path = tmp_path / name.format(ending)
    path.write_bytes(PACK[ending](TEXT))
    table = opened(engine, path)
    assert (table.n_rows_used, table.findings) == (20_000, ())


def test_a_plain_file_called_gzip_is_read_as_what_it_is(engine, tmp_path):
    (tmp_path / "access.log.gz").write_bytes(TEXT)
    assert opened(engine, tmp_path / "access.log.gz").n_rows_used == 20_000


def test_a_gzip_file_of_several_members_is_one_file(engine, tmp_path):
    (tmp_path / "access.log.gz").write_bytes(gzip.compress(TEXT) + gzip.compress(TEXT))
    assert opened(engine, tmp_path / "access.log.gz").n_rows_used == 40_000


@pytest.mark.parametrize(("ending", "code"), [("gz", "gzip-cut-short"), ("zst", "zstd-cut-short")])
def test_a_file_cut_short_is_used_up_to_its_last_whole_line_with_a_warning(engine, tmp_path, ending, code):
    packed = PACK[ending](TEXT)
    path = tmp_path / f"access.log.{ending}"
    path.write_bytes(packed[: len(packed) // 2])
    table = opened(engine, path)
    assert (table.findings[0].code, table.findings[0].severity, table.findings[0].count) == (code, "warning", table.n_rows_used)
    assert 5_000 < table.n_rows_used < 15_000
    assert refusals_of(table) == {"cut-short": 1}
    assert table.refusals[0].example == TEXT.decode().splitlines()[table.n_rows_used][: len(table.refusals[0].example)]


@pytest.mark.parametrize("n_bytes", [1, 8])
def test_a_gzip_file_that_lacks_only_its_last_bytes_is_cut_short_too(engine, tmp_path, n_bytes):
    path = tmp_path / "access.log.gz"
    path.write_bytes(gzip.compress(TEXT)[:-n_bytes])
    table = opened(engine, path)
    assert (table.n_rows_used, [finding.code for finding in table.findings]) == (20_000, ["gzip-cut-short"])


def test_files_that_are_no_longer_what_was_compressed_are_refused_as_a_whole(engine, tmp_path):
    packed = gzip.compress(TEXT)
    broken = {
        "checksum": packed[:-8] + b"\0\0\0\0" + packed[-4:],
        "middle": packed[:9_000] + b"\xff" * 20 + packed[9_020:],
        "behind": packed + b"something else",
        "first_line": gzip.compress(TEXT[:60])[:-9],
    }
    for name, content in broken.items():
        (tmp_path / f"{name}.gz").write_bytes(content)
        assert codes_of(engine, tmp_path / f"{name}.gz") == ["source-damaged"], name


def test_only_the_file_that_is_cut_short_is_copied_and_nothing_is_left_behind(tmp_path):
    from slo_workbench.sources.compressed_files import readable_files

    whole, cut = tmp_path / "1.log.gz", tmp_path / "2.log.gz"
    whole.write_bytes(gzip.compress(TEXT))
    cut.write_bytes(gzip.compress(TEXT)[:-500])
    with readable_files([whole, cut]) as readable:
        assert readable.paths[0] == whole
        copy = readable.paths[1]
        assert copy.read_bytes() == TEXT[: copy.stat().st_size]
    assert not copy.exists()
