"""A quote counts only when it stands in the text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.evidence import MAX_QUOTE, Transcript, fold
from tests.support.analyses import lines_of

WORD = st.text(st.characters(codec="utf-8", categories=["Ll", "Nd"]), min_size=1, max_size=8).filter(
    lambda word: fold(word) == fold(word.upper()) != " "
)
GAP = st.sampled_from([" ", "  ", "\t", "\n ", ", ", " - ", "… ", "\0", "\u00a0"])
CASE = st.sampled_from([str.upper, str.lower, str.title, str.swapcase])


@st.composite
def quoted(draw: st.DrawFn) -> tuple[list[str], int, str]:
    """Lines, the index of one, and a stretch of its words in other clothes."""
    texts = draw(st.lists(st.lists(WORD, min_size=1, max_size=6), min_size=1, max_size=6))
    index = draw(st.integers(0, len(texts) - 1))
    words = texts[index]
    first = draw(st.integers(0, len(words) - 1))
    last = draw(st.integers(first, len(words) - 1))
    quote = "".join(draw(CASE)(word) + draw(GAP) for word in words[first : last + 1])
    return [draw(GAP).join(text) for text in texts], index, draw(GAP) + quote


@settings(max_examples=25, deadline=None)
@given(quoted())
def test_a_quote_is_found_whatever_its_case_and_spacing(case: tuple[list[str], int, str]) -> None:
    texts, index, quote = case
    lines = lines_of(texts)

    found = Transcript(lines).find(quote, near=lines[index].number)

    assert found is not None
    assert found.segment == lines[index].number
    assert found.quote in lines[index].text
    assert fold(found.quote) == fold(quote)


@settings(max_examples=25, deadline=None)
@given(quoted(), st.integers(0, 5))
def test_a_quote_with_a_word_nobody_said_is_never_found(case: tuple[list[str], int, str], where: int) -> None:
    texts, index, quote = case
    words = quote.split()
    invented = " ".join([*words[:where], "qqinventedqq", *words[where:]])

    assert Transcript(lines_of(texts)).find(invented, near=index) is None


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(max_size=20), max_size=6), st.text(max_size=20), st.integers(-3, 30))
def test_whatever_is_kept_stands_in_its_segment(texts: list[str], quote: str, near: int) -> None:
    lines = lines_of(texts)
    found = Transcript(lines).find(quote, near)

    if found is not None:
        (line,) = [line for line in lines if line.number == found.segment]
        assert found.quote in line.text.encode("utf-8", "replace").decode()
        assert found.start == line.start


def test_the_right_segment_is_found_though_the_number_is_wrong() -> None:
    lines = lines_of(["Hello.", "We'll ship on Friday!", "Bye."])
    found = Transcript(lines).find('"we’ll SHIP, on friday"', near=999)

    assert found is not None
    assert (found.segment, found.quote) == (11, "We'll ship on Friday")


def test_of_several_places_the_one_next_to_the_given_number_is_kept() -> None:
    transcript = Transcript(lines_of(["yes", "no", "yes", "no", "yes"]))

    found = [transcript.find("Yes.", near) for near in (10, 12, 13, 99)]
    assert [place.segment for place in found if place] == [10, 12, 12, 14]


def test_a_place_within_one_segment_is_better_than_one_over_two() -> None:
    found = Transcript(lines_of(["so we", "agree", "and so on", "so we agree"])).find("we agree", near=99)
    spanning = Transcript(lines_of(["so we agree", "and", "so we", "agree"])).find("we agree", near=99)

    assert found is not None
    assert spanning is not None
    assert (found.segment, spanning.segment) == (13, 10)


def test_a_quote_over_two_segments_is_kept_as_its_larger_part() -> None:
    lines = lines_of(["Jonas, can you call the supplier about the delays", "before next week?"])
    found = Transcript(lines).find("the supplier about the delays before next", near=11)

    assert found is not None
    assert (found.segment, found.quote) == (10, "the supplier about the delays")


@pytest.mark.parametrize("quote", ["", " ", "…", "an", "lan", "plan B plan", "the  the"])
def test_parts_of_words_and_nothing_at_all_are_no_quotes(quote: str) -> None:
    assert Transcript(lines_of(["The plan, B."])).find(quote, near=10) is None


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("我们星期五发货。", "星期五 发货"),
        ("สวัสดีครับ ทุกคน", "ครับ"),
        ("שלום, עולם", "שלום עולם"),
        ("Straße nach CAFE\u0301", "STRASSE NACH caf\u00e9"),
        ("well 😀 done", "Well done"),
    ],
)
def test_other_scripts_are_compared_as_their_readers_would(text: str, quote: str) -> None:
    found = Transcript(lines_of([text])).find(quote, near=10)

    assert found is not None
    assert found.quote in text


def test_a_long_quote_is_cut_and_still_stands() -> None:
    text = "very " * 400 + "long"
    found = Transcript(lines_of([text])).find(text, near=10)

    assert found is not None
    assert len(found.quote) <= MAX_QUOTE
    assert found.quote in text
