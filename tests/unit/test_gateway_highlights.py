"""What of a passage is shown, by what PostgreSQL marked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.highlights import APART, BEGIN, END, as_html, marks, phrased, shown

LINES = st.lists(
    st.text(st.characters(blacklist_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=20), min_size=1, max_size=4
)


@pytest.mark.parametrize(
    ("asked", "made"),
    [
        ("plain words", "plain words"),
        ("東京", '"東京"'),
        ("-東京 tower", '-"東京" tower'),
        ('"東京 tower" 京', '"東京 tower" "京"'),
        ("東京tower or 京", '"東京tower" or "京"'),
        ("", ""),
        ('"', '"'),
    ],
)
def test_what_has_no_spaces_is_a_phrase(asked: str, made: str) -> None:
    assert phrased(asked) == made


@pytest.mark.parametrize(
    ("asked", "made"),
    [
        ("--a", "-a"),
        ("a - -\t-b", "a -b"),
        ("-(-!-|&</-)a", "-)a"),
        ('"a"--b', '"a"-b'),
        ("--東京", '-"東京"'),
        ("a--b well-known -c -d", "a--b well-known -c -d"),
        ('"a - - b" -"c"', '"a - - b" -"c"'),
    ],
)
def test_of_several_dashes_before_a_word_one_is_left(asked: str, made: str) -> None:
    assert phrased(asked) == made


def test_marks_are_told_by_line_on_the_text_as_it_was() -> None:
    marked = f"the {BEGIN}äpfel{END} and {BEGIN}b{END}\nnothing\n{BEGIN}apple{END}"
    assert marks("The Äpfel and B\nNothing\nApple", marked, "äpfel b") == [[(4, 9), (14, 15)], [], [(0, 5)]]


def test_a_character_by_itself_is_marked_only_in_the_row_that_was_asked_for() -> None:
    marked = "".join(f"{APART}{BEGIN}{c}{END}{APART}" for c in "京東京都") + " x"
    assert marks("京東京都 x", marked, "東京") == [[(1, 3)]]


def test_a_text_that_is_not_the_marked_one_shows_nothing() -> None:
    assert marks("one two", f"{BEGIN}one{END}", "one") == []


@given(LINES, st.data())
def test_marks_lie_where_they_were_set(lines: list[str], data: st.DataObject) -> None:
    n = data.draw(st.integers(0, len(lines) - 1))
    end = data.draw(st.integers(0, len(lines[n])))
    begin = data.draw(st.integers(0, end))
    line = lines[n]
    marked = [*lines[:n], f"{line[:begin]}{BEGIN}{line[begin:end]}{END}{line[end:]}", *lines[n + 1 :]]
    found = marks("\n".join(lines), "\n".join(marked), "")
    assert all(not ranges for m, ranges in enumerate(found) if m != n)
    assert found[n] in ([(begin, end)], [])  # of a character that is a word by itself, none


@pytest.mark.parametrize(
    ("some", "alone", "paired", "expected"),
    [
        ("xx.x", "x..x", "....", [0, 3]),
        ("xx.x", "....", "x...", [0, 1]),
        ("xx.x", "....", "....", [0, 1, 3]),
        ("....", "xxxx", "xxxx", []),
    ],
)
def test_the_lines_that_have_all_of_it_are_shown_else_two_in_a_row_else_what_has_some(
    some: str, alone: str, paired: str, expected: list[int]
) -> None:
    marked = [[(0, 1)] if mark == "x" else [] for mark in some]
    assert shown(marked, [a == "x" for a in alone], [p == "x" for p in paired]) == expected


@given(st.text(max_size=40), st.integers(0, 40), st.integers(0, 40))
def test_the_only_tag_is_ours(text: str, begin: int, end: int) -> None:
    ranges = [(begin, min(end, len(text)))] if begin < min(end, len(text)) else []
    html = as_html(text, ranges)
    assert html.count("<") == 2 * len(ranges)
    assert html.count("<mark>") == html.count("</mark>") == len(ranges)
