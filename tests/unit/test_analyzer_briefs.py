"""An answer to a question of the user's own follows the schema, and quotes only what was said."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.briefs import BriefForm
from analyzer.pointers import pointer
from analyzer.quotes import Lines, Standing
from analyzer.strict_json import Unusable, parse
from scribeline.contracts.analysis import Analysis, AnswerEvidence, Brief, Coverage, Evidence
from tests.support.analyses import DECISIONS, TEXT, an_object, lines_of, listed

SAID = Lines(lines_of(["We buy the red one.", "No, the blue one!", "We buy the red one."]))
QUOTED = an_object(quote=TEXT)


def form(schema: dict[str, Any] | None) -> BriefForm:
    return BriefForm(Brief(answer_schema=schema), SAID)


def decision(quote: str, line: int = 10) -> dict[str, Any]:
    return {"line": line, "quote": quote, "what": "to buy"}


def unusable(schema: dict[str, Any] | None, content: str) -> str:
    with pytest.raises(Unusable) as fault:
        form(schema).read(content)
    return str(fault.value)


def test_quotes_that_stand_are_listed_with_their_places_and_others_are_dropped() -> None:
    given = {"decisions": [decision("nobody said so"), decision("the BLUE one"), decision("the red one", 12)]}
    read = form(DECISIONS.answer_schema).read(json.dumps(given))

    assert [one["quote"] for one in read.answer["decisions"]] == ["the BLUE one", "the red one"]
    assert read.dropped == 1
    assert read.evidence is not None
    assert [(e.pointer, e.evidence.segment, e.evidence.quote) for e in read.evidence] == [
        ("/decisions/0", 11, "the blue one"),
        ("/decisions/1", 12, "the red one"),
    ]


def test_a_property_whose_quote_nobody_said_becomes_null_where_it_may() -> None:
    schema = an_object(best={"anyOf": [QUOTED, {"type": "null"}]}, n={"type": "integer"})
    read = form(schema).read('{"best": {"quote": "made up"}, "n": 1}')

    assert (read.answer, read.dropped, read.evidence) == ({"best": None, "n": 1}, 1, ())


def test_it_is_left_out_where_it_may_not_be_null() -> None:
    schema = {**an_object(best=QUOTED, worst={"anyOf": [QUOTED, {"type": "null"}]}), "required": []}
    read = form(schema).read('{"best": {"quote": "made up"}, "worst": {"quote": "too"}}')

    assert (read.answer, read.dropped) == ({"worst": None}, 2)


@pytest.mark.parametrize(
    ("schema", "content", "words"),
    [
        (an_object(best=QUOTED), '{"best": {"quote": "made up"}}', "'best' is a required property"),
        (QUOTED, '{"quote": "made up"}', "does not stand in the text"),
        (
            {
                **listed({"quote": TEXT}),
                "properties": {"decisions": {"type": "array", "items": QUOTED, "minItems": 1}},
            },
            '{"decisions": [{"quote": "made up"}]}',
            "/decisions: ",
        ),
    ],
)
def test_an_answer_that_needs_what_nobody_said_is_unusable(
    schema: dict[str, Any], content: str, words: str
) -> None:
    assert words in unusable(schema, content)


def test_what_was_inside_a_dropped_object_is_gone_with_it() -> None:
    inner = {"type": "array", "items": QUOTED}
    schema = listed({"quote": TEXT, "more": inner})
    given = {"decisions": [{"quote": "made up", "more": [{"quote": "the blue one"}]}]}
    read = form(schema).read(json.dumps(given))

    assert (read.answer, read.dropped, read.evidence) == ({"decisions": []}, 1, ())


def test_the_validators_words_name_the_places() -> None:
    given = {"decisions": [decision("the red one"), {"line": "ten", "quote": "the red one", "a/b": 1}]}
    words = unusable(DECISIONS.answer_schema, json.dumps(given))

    assert "/decisions/1/line: 'ten' is not of type 'integer'" in words
    assert "/decisions/1: 'what' is a required property" in words


def test_the_validators_words_are_few_whatever_the_answer() -> None:
    long = {"decisions": [{"line": "x" * 5000} for _ in range(500)]}
    words = unusable(DECISIONS.answer_schema, json.dumps(long))

    assert len(words) < 2000
    assert "is not of type 'integer'" in words


@pytest.mark.parametrize(
    "content",
    [
        "",
        "no JSON",
        '{"decisions": [',
        '{"decisions": NaN}',
        '{"decisions": 1e999}',
        '{"decisions": ' + "9" * 5000 + "}",
        '{"decisions": 9007199254740993}',
        '{"decisions": [], "decisions": []}',
        "[" * 100_000,
        '{"decisions": null}',
        "null",
    ],
)
def test_what_is_no_answer_is_unusable(content: str) -> None:
    assert unusable(DECISIONS.answer_schema, content)


def test_strings_that_no_message_can_carry_are_mended() -> None:
    read = form(an_object(a=TEXT)).read(r'{"a": "x\ud800y\u0000z"}')

    assert read.answer == {"a": "x?y z"}


def test_a_question_without_a_schema_is_answered_by_a_text() -> None:
    read = form(None).read('{"answer": " The red one.\\u0000 "}')

    assert (read.answer, read.evidence, read.dropped) == ("The red one.", None, 0)
    assert "answer" in unusable(None, '{"answer": "\\u0000 "}')
    assert "answer" in unusable(None, '{"answer": 3}')


def test_a_schema_that_slipped_through_opens_nothing_and_runs_nothing() -> None:
    hostile = {
        "type": "object",
        "properties": {
            "a": {"$ref": "http://127.0.0.1:9/schema"},
            "b": {"type": "string", "pattern": "^(a+)+$"},
            "c": {"$ref": "#"},
        },
    }
    read = form(hostile).read('{"a": 1, "b": "' + "a" * 40 + '!", "c": {}}')

    assert read.answer["a"] == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["quote", "line", "a/b", "~"]) | st.text(max_size=3), inner, max_size=3
        )
    ),
    max_leaves=12,
)


@given(JSON, st.sampled_from(["the red one", "made up"]))
def test_every_object_with_a_quote_that_is_left_has_evidence(value: Any, quote: str) -> None:
    filled = json.dumps(value).replace('"quote": null', f'"quote": "{quote}"')
    read = form({"type": "object"})
    try:
        made = read.read(filled)
    except Unusable:
        return
    given = {e.pointer for e in made.evidence or ()}
    left = {at for at, one in _objects(made.answer) if isinstance(one.get("quote"), str)}
    assert given == left


def _objects(value: Any, at: str = "") -> list[tuple[str, dict[str, Any]]]:
    """All objects by RFC 6901."""
    if isinstance(value, list):
        return [found for n, one in enumerate(value) for found in _objects(one, f"{at}/{n}")]
    if not isinstance(value, dict):
        return []
    inner = [
        found
        for name, one in value.items()
        for found in _objects(one, f"{at}/{name.replace('~', '~0').replace('/', '~1')}")
    ]
    return [(at, value), *inner]


@given(st.lists(st.text(max_size=4) | st.integers(0, 99), max_size=4))
def test_a_pointer_leads_back_to_its_place(place: list[str | int]) -> None:
    steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer(place).split("/")[1:]]

    assert steps == [str(step) for step in place]


def test_numbers_stay_what_they_were() -> None:
    assert parse("[1, 1.5, -0.25, -9007199254740992]") == [1, 1.5, -0.25, -9007199254740992]


def part(quote: str, stands: str, segment: int) -> Analysis:
    return Analysis(
        answer={"decisions": [{"quote": quote}]},
        answer_evidence=(
            AnswerEvidence(
                pointer="/decisions/0", evidence=Evidence(segment=segment, start=1.0 * segment, quote=stands)
            ),
        ),
        coverage=Coverage(segments_total=1, segments_read=1),
        engine="ollama",
        model="m",
    )


def test_of_united_answers_only_quotes_that_stood_in_a_part_stand() -> None:
    standing = Standing([part("We BUY it", "we buy it", 3), part("It is red", "it is red", 9)])

    found = [standing.find(quote, 0) for quote in ("we buy it!", "is red", "buy it it is", "", "buy")]
    assert [place and (place.segment, place.quote) for place in found] == [
        (3, "we buy it"),
        (9, "it is red"),
        None,
        None,
        (3, "we buy it"),
    ]


def test_a_quote_that_ran_over_two_lines_stands_though_only_its_larger_part_was_kept() -> None:
    standing = Standing([part("so we buy it before May", "so we buy it", 3)])

    found = standing.find("So we buy it before May.", 0)
    assert found is not None
    assert found.quote == "so we buy it"
