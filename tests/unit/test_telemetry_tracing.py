"""One trace follows a job, and a bad header never breaks a request."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scribeline.contracts.envelope import Envelope
from scribeline.telemetry.tracing import child_of, new_traceparent, parse

ROOT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_a_new_trace_is_valid_and_unlike_the_last() -> None:
    first, second = parse(new_traceparent()), parse(new_traceparent())
    assert first
    assert second
    assert first.trace_id != second.trace_id


def test_a_child_keeps_the_trace_and_has_its_own_span() -> None:
    parent, child = parse(ROOT), parse(child_of(ROOT))
    assert parent
    assert child
    assert child.trace_id == parent.trace_id
    assert child.span_id != parent.span_id
    assert child.flags == parent.flags == 1


def test_a_child_of_an_unsampled_trace_stays_unsampled() -> None:
    assert child_of(ROOT[:-2] + "00").endswith("-00")


def test_what_a_later_version_adds_is_not_passed_on() -> None:
    child = child_of(f"cc{ROOT[2:-2]}ff-what-the-future-will-be-like")
    assert child.startswith(ROOT[:36])
    assert child.endswith("-01")


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "garbage",
        ROOT.upper(),
        f"ff{ROOT[2:]}",
        f"{ROOT}-more",
        "00-" + "0" * 32 + "-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-" + "0" * 16 + "-01",
    ],
)
def test_an_absent_or_invalid_parent_starts_a_new_trace(header: str | None) -> None:
    assert parse(header) is None
    assert parse(child_of(header))


@given(st.text())
def test_any_header_gives_a_trace_that_an_envelope_accepts(header: str) -> None:
    pattern = next(m.pattern for m in Envelope.model_fields["traceparent"].metadata if hasattr(m, "pattern"))
    assert re.fullmatch(pattern, child_of(header))
