"""Tables fit the terminal where they can, lose no word, and leave what people copy in one piece."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slo_workbench.text_tables import terminal_columns, text_table

WORDS = st.lists(st.text(alphabet="abcdefgh", min_size=1, max_size=12), min_size=0, max_size=8).map(" ".join)
ANY_TEXT = st.text(alphabet="ab 買う\u0301é👩", max_size=40)
LONG_ID = "choose-seats-availability-of-everything-there-is-on-the-seatmap"  # 63 characters, the most an id has


@given(st.lists(st.tuples(WORDS, WORDS, WORDS), max_size=6), st.integers(60, 140))
def test_no_line_is_wider_than_asked_and_no_word_is_lost(rows: list[tuple[str, str, str]], columns: int) -> None:
    text = text_table(["one", "two", "three"], rows, columns=columns)
    assert max(map(len, text.split("\n"))) <= columns
    for row in rows:
        for word in " ".join(row).split():
            assert word in text


@given(st.lists(st.tuples(ANY_TEXT, ANY_TEXT, ANY_TEXT), max_size=4), st.integers(20, 90))
def test_words_of_the_first_column_are_whole_and_no_character_is_lost_in_the_others(rows: list[tuple[str, ...]], columns: int) -> None:
    text = text_table(["id", "b", "c"], rows, columns=columns)
    for row in rows:
        assert all(word in text for word in row[0].split())
    signs = sorted(char for row in rows for cell in row for char in cell if not char.isspace())
    assert sorted(char for line in text.split("\n")[2:] for char in line if char != " ") == signs


def test_the_widest_column_is_wrapped_and_short_ones_are_left_alone() -> None:
    text = text_table(["id", "words"], [["buy-availability", "one two three " * 5]], columns=60)
    assert "buy-availability  one two three" in text


def test_an_id_is_never_broken_the_other_columns_shrink_and_then_the_line_is_wider_than_asked() -> None:
    row = [LONG_ID, "availability", "load balancer", "chosen as seats-availability"]
    lines = text_table(["candidate", "kind", "measured at", "choice"], [row], columns=60).split("\n")
    assert any(line.startswith(f"{LONG_ID}  ") for line in lines)
    assert max(map(len, lines)) == len(LONG_ID) + 3 * (2 + 8)


def test_at_eighty_columns_ids_are_whole_and_the_rest_fits() -> None:
    row = ["buy-availability-client", "availability", "The share of times that people get what they came for", "application metric"]
    lines = text_table(["candidate", "kind", "what it says", "measured at"], [row], columns=80).split("\n")
    assert lines[2].startswith("buy-availability-client  availability  ")
    assert max(map(len, lines)) <= 80


def test_a_word_longer_than_the_room_is_broken_rather_than_cut_off() -> None:
    text = text_table(["a", "b"], [["y", "x" * 200]], columns=60)
    assert text.replace("\n", "").count("x") == 200
    assert max(map(len, text.split("\n"))) <= 60


def test_a_header_is_wrapped_as_its_column_is() -> None:
    lines = text_table(["id", "well in the end"], [["buy-availability", "x"]], columns=30).split("\n")
    assert [line.partition("  ")[2].strip() for line in lines[:2]] == ["well in the", "end"]


@pytest.mark.parametrize(
    ("name", "blanks"), [("Zoé", 6), ("Zoe\u0301", 6), ("買う人", 3), ("ｆｕｌｌ", 1), ("علی\u200cرضا", 3), ("👩", 7), ("developer", 0)]
)
def test_columns_stand_below_each_other_however_wide_the_characters_are(name: str, blanks: int) -> None:
    lines = text_table(["who", "x"], [[name, "|"], ["developer", "|"]]).split("\n")
    assert lines[2] == name + " " * blanks + "  |"


def test_wide_characters_are_wrapped_by_the_room_they_take() -> None:
    lines = text_table(["id", "b"], [["x" * 10, "買" * 12]], columns=22).split("\n")
    assert [line[10:].strip() for line in lines[2:]] == ["買" * 5, "買" * 5, "買" * 2]


def test_a_mark_stays_with_the_letter_it_stands_on_when_a_word_is_broken() -> None:
    text = text_table(["id", "b"], [["x" * 50, "e\u0301" * 20]], columns=60)
    assert not any(line.strip().startswith("\u0301") for line in text.split("\n"))


@pytest.mark.parametrize(("said", "expected"), [("20", 60), ("100", 100)])
def test_a_terminal_has_at_least_sixty_columns(monkeypatch: pytest.MonkeyPatch, said: str, expected: int) -> None:
    monkeypatch.setenv("COLUMNS", said)
    assert terminal_columns() == expected


def test_a_table_without_rows_has_its_header() -> None:
    assert text_table(["a", "b"], []) == "a  b\n-  -"
