"""Captions that players read, whatever was said."""

import pytest

from gateway.captions.lines import Line
from gateway.renderings import PLAIN, RENDERINGS, Format, srt, tsv, txt, vtt

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
    assert "what --&gt; your country &lt;b&gt;can&lt;/b&gt; &amp; {do} 2 for \\N you\n" in text


def test_no_arrow_is_left_in_srt_however_long_it_was() -> None:
    assert "a -> b -> c->" in srt([Line(start=0, end=1, text="a ---> b ------> c-->")])


def test_who_speaks_is_told_once_a_recording_was_split() -> None:
    lines = [
        Line(start=0, end=2, text="Hello?", speaker="channel 1"),
        Line(start=1, end=3, text="Yes!", speaker="channel 2"),
    ]
    assert txt(lines) == "channel 1: Hello?\nchannel 2: Yes!\n"
    assert "\n00:00:01,000 --> 00:00:03,000\nchannel 2: Yes!\n" in srt(lines)
    assert "\n00:00:01.000 --> 00:00:03.000\n<v channel 2>Yes!\n" in vtt(lines)
    assert tsv(lines) == "start\tend\ttext\n0\t2000\tHello?\n1000\t3000\tYes!\n"


def test_a_speaker_s_name_is_no_markup() -> None:
    lines = [Line(start=0, end=1, text="Hi", speaker="<c>\n\n--> & co")]
    assert "\n<v &lt;c&gt; --&gt; &amp; co>Hi\n" in vtt(lines)
    assert "\n<c> -> & co: Hi\n" in srt(lines)


def test_what_is_later_than_subrip_can_tell_is_shown_at_its_end() -> None:
    late = [Line(start=1e6, end=2e6, text="a"), Line(start=1e300, end=1e301, text="b")]
    assert vtt(late).count("99:59:59.998 --> 99:59:59.999") == 2


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
    write = RENDERINGS[kind].write
    assert write([], PLAIN, None) == empty
    assert write([Line(start=0, end=1, text=" \n ")], PLAIN, None) == empty
