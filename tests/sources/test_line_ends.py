import pytest

from slo_workbench.sources import compressed_files
from slo_workbench.sources.line_ends import with_even_line_ends


@pytest.mark.parametrize("n_bytes", [1, 2, 3, 100])
def test_every_line_end_becomes_a_line_feed_wherever_the_file_is_taken_apart(tmp_path, monkeypatch, n_bytes):
    monkeypatch.setattr(compressed_files, "_CHUNK_BYTES", n_bytes)
    path = tmp_path / "r.csv"
    path.write_bytes(b"a\rb\r\nc\n\r\n\rd\r")
    with with_even_line_ends([path]) as (copy,):
        assert copy.read_bytes() == b"a\nb\nc\n\n\nd\n"
    assert not copy.exists()
