"""Events that only refer to what was said: nothing of it is in them, and all else is as it was."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.content import referring
from scribeline.contracts.catalogue import PINGS, PUBLIC
from scribeline.contracts.envelope import Envelope, decode
from tests.support.golden import EXAMPLES, example, type_of

TYPES = {**PUBLIC, **PINGS}
NAMES = sorted(name for name in EXAMPLES if type_of(name) in TYPES)
OURS = {
    "job", "status", "run", "sequence", "metadata", "error", "stages", "href", "language", "duration",
    "segments", "gaps", "confidence", "engine", "number", "webhook", "url", "reason", "failing_since",
}  # fmt: skip
"""Fields of events that tell nothing of what was said. A new one is taken for words until it stands here."""
SHAPED = {"label", "language"}
"""Fields deeper down that hold one of a few words of ours."""

every_event = pytest.mark.parametrize("name", NAMES)
words = st.text(st.characters(min_codepoint=0x410, max_codepoint=0x44F), min_size=8, max_size=20)
"""Cyrillic, which none of our own words are."""


def heard(value: Any, words: str) -> Any:
    """As if all that was said were these words."""
    match value:
        case str():
            return words
        case list():
            return [heard(item, words) for item in value]
        case dict():
            return {key: item if key in SHAPED else heard(item, words) for key, item in value.items()}
    return value


def event_of(name: str, words: str) -> Envelope:
    message = json.loads(example(name).encode())
    data = message["data"]
    if "sentiment" in data:  # no golden file has it
        data["sentiment"]["evidence"] = {"segment": 4, "start": 1.0, "quote": "?"}
    message["data"] = {key: item if key in OURS else heard(item, words) for key, item in data.items()}
    return decode(json.dumps(message).encode())


@every_event
@given(words=words)
def test_no_word_of_what_was_said_is_left(name: str, words: str) -> None:
    event = event_of(name, words)
    assert words not in referring(event).encode().decode()


@every_event
@given(words=words)
def test_all_else_is_as_it_was(name: str, words: str) -> None:
    event = event_of(name, words)
    less = referring(event)
    assert less.model_copy(update={"data": event.data}) == event
    before, after = event.data.model_dump(), less.data.model_dump()
    kept = OURS & before.keys() - {"href"}
    assert {key: after[key] for key in kept} == {key: before[key] for key in kept}
    assert after.keys() == before.keys()


@every_event
def test_it_can_be_read_and_is_the_same_each_time(name: str) -> None:
    less = referring(example(name))
    assert decode(less.encode()) == less == referring(less)


def test_where_words_were_is_told_where_to_get_them() -> None:
    for name in NAMES:
        event, less = example(name), referring(example(name))
        if less.data != event.data:
            href = less.data.model_dump()["href"]
            assert href.startswith(f"/v1/jobs/{event.subject}/"), name


def test_each_kind_of_words_is_taken_out() -> None:
    """So that the test above cannot pass because the words were never there."""
    with_words = {type_of(name) for name in NAMES if "шёпот" in event_of(name, "шёпот").encode().decode()}
    assert with_words == {
        "transcript.completed",
        "analysis.completed",
        "analysis.action_item_found",
        "analysis.sentiment_negative",
    }


def test_how_the_mood_was_stays_without_what_showed_it() -> None:
    event = event_of("analysis.sentiment_negative", "This is a disaster.")
    less = json.loads(referring(event).encode())
    assert less["data"]["sentiment"] == {"label": "negative", "score": -0.6}
