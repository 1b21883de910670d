"""What one service wrote, another can read: today's messages, yesterday's, and what was never a message."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scribeline.contracts.base import Frozen
from scribeline.contracts.catalogue import (
    CATALOGUE,
    COMMANDS,
    EVENTS,
    NOTICES,
    PINGS,
    PROGRESS,
    REQUESTS,
    RESULTS,
    TYPE_OF,
)
from scribeline.contracts.codes import MEANINGS, Code
from scribeline.contracts.envelope import Unreadable, decode, message_id
from scribeline.contracts.unit import Command, Error, Outcome, Stage, UnitRef
from tests.support.golden import EXAMPLES, FOLDER, example, type_of, write_missing

FILES = sorted(FOLDER.glob("*.json"))
GOLDEN: dict[str, dict[str, Any]] = {file.stem: json.loads(file.read_text()) for file in FILES}
JOB = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
FREE_FORM = {"metadata", "missing", "answer", "answer_schema"}
"""Fields whose keys are the user's or the engine's: nothing in them is unknown."""

every_golden_file = pytest.mark.parametrize("type_", sorted(GOLDEN))


def body(message: object) -> bytes:
    return json.dumps(message).encode()


def lost(before: object, after: object, at: str = "") -> Iterator[str]:
    """Where `after` does not hold what `before` held. It may hold more: fields that came later."""
    match before, after:
        case dict(), dict():
            for key in before:
                yield from lost(before[key], after.get(key), f"{at}.{key}")
        case list(), list() if len(before) == len(after):
            for number, (old, new) in enumerate(zip(before, after, strict=True)):
                yield from lost(old, new, f"{at}[{number}]")
        case _ if before != after:
            yield f"{at}: {before!r} became {after!r}"


def with_unknown_fields(value: Any, name: str = "") -> Any:
    """The message as a newer version might send it: one more field in every object."""
    if isinstance(value, dict) and name not in FREE_FORM:
        return {**{k: with_unknown_fields(v, k) for k, v in value.items()}, "from_the_future": {"a": [1]}}
    if isinstance(value, list):
        return [with_unknown_fields(item) for item in value]
    return value


def test_every_message_type_has_a_golden_file_and_every_file_a_type() -> None:
    assert {type_of(name) for name in GOLDEN} == set(CATALOGUE), (
        "python -m tests.support.golden writes the missing ones"
    )


def test_every_type_is_in_one_list_of_the_catalogue_and_every_class_has_one_type() -> None:
    named = [*COMMANDS, *RESULTS, *REQUESTS, *EVENTS, *NOTICES, *PINGS, *PROGRESS]
    assert len(named) == len(CATALOGUE) == len(TYPE_OF)
    assert all(issubclass(kind, Command) for kind in COMMANDS.values())
    assert all(issubclass(kind, Outcome) for kind in RESULTS.values())


@every_golden_file
def test_a_golden_message_is_read_and_written_again_without_loss(type_: str) -> None:
    envelope = decode(body(GOLDEN[type_]))
    assert type(envelope.data) is CATALOGUE[type_of(type_)]
    assert list(lost(GOLDEN[type_], json.loads(envelope.encode()))) == []
    assert decode(envelope.encode()) == envelope


@every_golden_file
def test_a_field_that_a_newer_sender_adds_is_ignored(type_: str) -> None:
    assert decode(body(with_unknown_fields(GOLDEN[type_]))) == decode(body(GOLDEN[type_]))


@every_golden_file
def test_the_example_of_a_type_survives_the_wire(type_: str) -> None:
    assert decode(example(type_).encode()) == example(type_)
    assert example(type_).encode() == example(type_).encode()


@every_golden_file
def test_a_message_without_its_data_is_unreadable(type_: str) -> None:
    with pytest.raises(Unreadable, match="data"):
        decode(body({**GOLDEN[type_], "data": {}}))


def test_a_golden_file_is_written_once_and_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "job.failed.json").write_text("as it was")
    written = write_missing(tmp_path)
    assert {path.stem for path in written} == set(EXAMPLES) - {"job.failed"}
    assert (tmp_path / "job.failed.json").read_text() == "as it was"
    assert write_missing(tmp_path) == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"dataversion": 2}, "unknown major version '2'"),
        ({"type": "scribeline.internal.nonsense"}, "unknown message type 'scribeline.internal.nonsense'"),
        ({"type": ["job.accepted"]}, "unknown message type"),
        ({"type": "job.failed"}, "error: Field required"),
        ({"specversion": "0.3"}, "specversion"),
        ({"tenant": "Not/A/Tenant"}, "tenant"),
        ({"subject": "not-a-uuid"}, "subject"),
        ({"time": "2026-11-23T10:00:00"}, "timezone"),
        ({"traceparent": "00-x-y-01"}, "traceparent"),
        ({"data": None}, "data"),
        ({"data": [1]}, "data"),
    ],
)
def test_a_message_that_is_not_ours_says_why(change: dict[str, object], reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        decode(body({**GOLDEN["job.accepted"], **change}))


@pytest.mark.parametrize(
    "garbage",
    [b"", b"null", b"[]", b'"x"', b"\xff\xfe", b"{", b"[" * 100_000, b'{"data":' * 50_000, b"9" * 10_000],
)
def test_garbage_is_unreadable(garbage: bytes) -> None:
    with pytest.raises(Unreadable):
        decode(garbage)


def reads_or_is_unreadable(message: bytes) -> None:
    """Any other exception ends the test."""
    try:
        envelope = decode(message)
    except Unreadable:
        return
    assert type(envelope.data) is CATALOGUE[envelope.type]


@given(st.binary())
def test_any_bytes_are_read_or_unreadable_and_nothing_else(message: bytes) -> None:
    reads_or_is_unreadable(message)


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def paths(value: object, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield at
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from paths(item, (*at, key))


def replaced(value: Any, path: tuple[str | int, ...], new: object) -> Any:
    if not path:
        return new
    copy = value.copy()
    copy[path[0]] = replaced(value[path[0]], path[1:], new)
    return copy


@given(st.sampled_from([(t, p) for t in sorted(GOLDEN) for p in paths(GOLDEN[t])]), ANY_JSON)
def test_a_message_with_anything_in_any_place_is_read_or_unreadable(
    place: tuple[str, tuple[str | int, ...]], new: object
) -> None:
    type_, path = place
    reads_or_is_unreadable(body(replaced(GOLDEN[type_], path, new)))


UNITS = st.none() | st.builds(
    UnitRef, job=st.just(JOB), stage=st.sampled_from(Stage), index=st.integers(0, 3), run=st.integers(1, 3)
)
IDENTITIES = st.tuples(
    st.sampled_from([JOB, UUID(int=7)]),
    st.sampled_from(sorted(CATALOGUE)),
    UNITS,
    st.integers(1, 2),
    st.integers(0, 2),
)


def id_of(identity: tuple[UUID, str, UnitRef | None, int, int]) -> UUID:
    job, type_, unit, run, redrive = identity
    return message_id(job, type_, unit=unit, run=run, redrive=redrive)


@given(IDENTITIES, IDENTITIES)
def test_two_messages_share_an_id_only_when_they_are_the_same_message(
    one: tuple[UUID, str, UnitRef | None, int, int], other: tuple[UUID, str, UnitRef | None, int, int]
) -> None:
    def identity(of: tuple[UUID, str, UnitRef | None, int, int]) -> tuple[object, ...]:
        job, type_, unit, run, redrive = of
        return (job, type_, unit, redrive) if unit else (job, type_, run, redrive)  # a unit has its own run

    assert (id_of(one) == id_of(other)) == (identity(one) == identity(other))


def test_a_messages_id_is_the_same_in_every_process_and_release() -> None:
    chunk = UnitRef(job=JOB, stage=Stage.CHUNK, index=3, run=2)
    assert str(message_id(JOB, "job.completed")) == "fc2c4811-8eee-57d6-b04a-28525364f659"
    assert (
        str(message_id(JOB, "scribeline.internal.chunk_transcribed", unit=chunk))
        == "7281cc57-cba7-5818-a40f-a5c6e3e3db3d"
    )


@pytest.mark.parametrize("code", Code)
def test_every_code_has_an_http_status_and_a_sentence_for_people(code: Code) -> None:
    meaning = MEANINGS[code]
    assert 400 <= meaning.status <= 599
    assert meaning.sentence[0].isupper()
    assert meaning.sentence.endswith(".")
    assert Error.of(code).message == meaning.sentence


def test_an_errors_message_is_cut_to_what_its_field_holds() -> None:
    assert len(Error.of(Code.AUDIO_UNREADABLE, "x" * 5000).message) == 2000


@pytest.mark.parametrize("data", CATALOGUE.values(), ids=CATALOGUE)
def test_a_field_that_may_be_null_may_be_absent_because_nulls_are_not_sent(data: type[Frozen]) -> None:
    demanded = [
        name
        for name, field in data.model_fields.items()
        if field.is_required() and type(None) in get_args(field.annotation)
    ]
    assert demanded == []
