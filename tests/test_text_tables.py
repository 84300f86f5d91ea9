from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from slo_workbench.text_tables import text_table

WORDS = st.lists(st.text(alphabet="abcdefgh", min_size=1, max_size=12), min_size=0, max_size=8).map(" ".join)


@given(st.lists(st.tuples(WORDS, WORDS, WORDS), max_size=6), st.integers(60, 140))
def test_no_line_is_wider_than_asked_and_no_word_is_lost(rows: list[tuple[str, str, str]], columns: int) -> None:
    text = text_table(["one", "two", "three"], rows, columns=columns)
    assert max(map(len, text.split("\n"))) <= columns
    for row in rows:
        for word in " ".join(row).split():
            assert word in text


def test_the_widest_column_is_wrapped_and_short_ones_are_left_alone() -> None:
    text = text_table(["id", "words"], [["buy-availability", "one two three " * 5]], columns=60)
    assert "buy-availability  one two three" in text


def test_a_word_longer_than_the_room_is_broken_rather_than_cut_off() -> None:
    text = text_table(["a", "b"], [["x" * 200, "y"]], columns=60)
    assert text.replace("\n", "").count("x") == 200
    assert max(map(len, text.split("\n"))) <= 60


def test_a_table_without_rows_has_its_header() -> None:
    assert text_table(["a", "b"], []) == "a  b\n-  -"
