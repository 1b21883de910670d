"""Captions that players read, whatever was said."""

import pysubs2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.renderings import RENDERINGS, Format, Line, one_line, srt, tsv, txt, vtt

LINES = [
    Line(start=0.0, end=1.5, text=" Ask not"),
    Line(start=3661.0004, end=3662.9996, text="what --> your\ncountry\t<b>can</b> & {do}\n\n2\nfor \\N you"),
]


def test_srt_has_numbers_times_with_a_comma_and_no_arrow_in_the_text() -> None:
    assert srt(LINES) == (
        "1\n00:00:00,000 --> 00:00:01,500\nAsk not\n\n"
        "2\n01:01:01,000 --> 01:01:03,000\n"
        "what -> your country <b>can</b> & {do} 2 for /N you\n\n"
    )


def test_vtt_has_its_header_and_escapes() -> None:
    text = vtt(LINES)
    assert text.startswith("WEBVTT\n\n1\n00:00:00.000 --> 00:00:01.500\nAsk not\n\n")
    assert "what --&gt; your country &lt;b&gt;can&lt;/b&gt; &amp; {do} 2 for /N you\n" in text


def test_tsv_is_as_openai_whisper_writes_it() -> None:
    assert tsv(LINES) == (
        "start\tend\ttext\n0\t1500\tAsk not\n"
        "3661000\t3663000\twhat --> your country <b>can</b> & {do} 2 for \\N you\n"
    )


def test_txt_has_one_line_for_each_segment() -> None:
    assert txt(LINES).splitlines()[0] == "Ask not"
    assert len(txt(LINES).splitlines()) == 2


@pytest.mark.parametrize(
    ("kind", "empty"),
    [(Format.TXT, ""), (Format.SRT, ""), (Format.VTT, "WEBVTT\n\n"), (Format.TSV, "start\tend\ttext\n")],
)
def test_silence_is_a_valid_empty_file(kind: Format, empty: str) -> None:
    assert RENDERINGS[kind][1]([]) == empty
    assert RENDERINGS[kind][1]([Line(start=0, end=1, text=" \n ")])[: len(empty)] == empty


@given(st.lists(st.text(st.characters(codec="utf-8")), max_size=6))
def test_any_text_comes_back_as_one_caption_each(texts: list[str]) -> None:
    lines = [Line(start=n, end=n + 0.5, text=text) for n, text in enumerate(texts)]
    spoken = [line for line in lines if one_line(line.text)]
    for render, kind in ((srt, "srt"), (vtt, "vtt")):
        back = pysubs2.SSAFile.from_string(render(lines), format_=kind)
        assert [(event.start, event.end) for event in back] == [
            (round(line.start * 1000), round(line.end * 1000)) for line in spoken
        ]
