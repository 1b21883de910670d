"""What a stranger answers is shown as plain text, and what it asks for is bounded."""

import json
import unicodedata
from datetime import UTC, datetime

import pytest
from httpcore2 import Response
from hypothesis import given
from hypothesis import strategies as st

from notifier.answers import LONGEST_WAIT, failure, printable, retry_after

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)


def asked(value: bytes) -> float | None:
    return retry_after(Response(429, headers=[(b"Retry-After", value)]), NOW)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (b"0", 0),
        (b"120", 120),
        (b" 7 ", 7),
        (b"Sun, 22 Nov 2026 01:00:30 GMT", 30),
        (b"Sun, 22 Nov 2026 00:59:00 GMT", 0),
        (b"Sun, 22 Nov 2026 02:00:30 +0100", 30),
        (b"9" * 5000, LONGEST_WAIT),
        (b"Sun, 22 Nov 2099 01:00:00 GMT", LONGEST_WAIT),
        (b"", None),
        (b"-5", None),
        (b"1.5", None),
        (b"\xb2", None),
        (b"soon", None),
        (b"Sun, 99 Nov 2026 01:00:30 GMT", None),
        (b"Sun, 22 Nov 2026 01:00:30 GMT" + b" " * 5 + b"x" * 99, None),
    ],
)
def test_what_a_receiver_asks_to_be_left_alone_for(value: bytes, seconds: float | None) -> None:
    assert asked(value) == seconds


def test_who_asks_for_nothing_is_given_nothing() -> None:
    assert retry_after(Response(503, headers=[(b"Content-Length", b"7")]), NOW) is None


@given(st.binary(max_size=80))
def test_any_wish_is_some_seconds_or_none(value: bytes) -> None:
    seconds = asked(value)
    assert seconds is None or 0 <= seconds <= LONGEST_WAIT


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b'{"ok": true}\n', '{"ok": true}\n'),
        ("grüezi\t日本".encode(), "grüezi\t日本"),
        ("日本".encode()[:-1], "日"),
        (b"\x1b[31mred\x07\r\n\0", "�[31mred��\n�"),
        (b"\xff\xfe\x80", "���"),
        ("\u202egpj.exe\u2028\x85".encode(), "�gpj.exe��"),
        (b"\xed\xa0\x80", "���"),
        (b"", ""),
    ],
)
def test_an_answer_is_shown_as_text_that_does_nothing(data: bytes, text: str) -> None:
    assert printable(data) == text


@given(st.binary(max_size=200) | st.text(max_size=100).map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_can_be_stored_logged_and_shown(data: bytes) -> None:
    text = printable(data)
    assert json.loads(json.dumps(text).encode()) == text
    assert not [each for each in text if unicodedata.category(each) in ("Cc", "Cs") and each not in "\n\t"]
    assert len(text) <= len(data)


def test_only_2xx_is_a_success() -> None:
    for status in range(100, 1000):
        told = failure(status)
        assert (told is None) == (status // 100 == 2)
        assert told is None or str(status) in told
        assert told is None or ("redirect" in told) == (status // 100 == 3)
