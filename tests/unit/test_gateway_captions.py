"""Captions that can be read in time, with the words and times of the transcript, whatever was said."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from io import BytesIO
from itertools import accumulate, pairwise

import av
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from wcwidth import iter_graphemes, width

from gateway.captions.lines import Line, one_line
from gateway.renderings import CaptionOptions, srt, vtt
from scribeline.contracts.transcription import Word
from tests.support.captions import Read, read_srt, read_vtt

SPEECH = (
    "And so, my fellow Americans, ask not what your country can do for you; ask what you can do for your "
    "country. My fellow citizens of the world: ask not what America will do for you, but what together we "
    "can do for the freedom of man."
)
GUIDELINE = CaptionOptions(max_chars_per_line=42, max_lines=2, max_seconds=7)


def spoken(text: str, *, start: float = 0.0, each: float = 0.4, **fields: object) -> Line:
    """A line of words of 0.3 s, one each 0.4 s."""
    words = [
        Word(start=start + n * each, end=start + (n + 0.75) * each, text=word, probability=0.9)
        for n, word in enumerate(text.split())
    ]
    return Line(start=start, end=start + len(words) * each, text=text, words=words, **fields)


def both(lines: Sequence[Line], options: CaptionOptions, language: str | None = "en") -> list[Read]:
    """As WebVTT, having checked that SubRip says the same."""
    found = read_vtt(vtt(lines, options, language))
    assert [(c.start, c.end, c.rows) for c in read_srt(srt(lines, options, language))] == [
        (c.start, c.end, c.rows) for c in found
    ]
    return found


def test_without_options_a_segment_is_one_caption_with_one_line() -> None:
    [caption] = both([spoken(SPEECH)], CaptionOptions())
    assert caption.rows == [SPEECH]


def test_captions_are_cut_at_sentences_and_clauses_and_their_rows_are_even() -> None:
    assert [caption.rows for caption in both([spoken(SPEECH)], GUIDELINE)] == [
        ["And so, my fellow Americans,", "ask not what your country can do for you;"],
        ["ask what you can do for your country.", "My fellow citizens of the world:"],
        ["ask not what America will do for you,"],
        ["but what together we can", "do for the freedom of man."],
    ]


def test_with_word_times_captions_begin_and_end_with_their_words() -> None:
    line = spoken(SPEECH)
    times = iter(line.words or [])
    for caption in both([line], GUIDELINE):
        words = [next(times) for _ in caption.text.split()]
        assert (caption.start, caption.end) == (round(words[0].start * 1000), round(words[-1].end * 1000))


def test_without_word_times_time_passes_evenly_with_the_characters() -> None:
    line = Line(start=10, end=10 + len(SPEECH) / 20, text=SPEECH)
    captions = both([line], GUIDELINE)
    assert captions[0].start == 10_000
    assert captions[-1].end == round((10 + len(SPEECH) / 20) * 1000)
    for caption in captions:
        assert abs(caption.milliseconds - 50 * len(caption.text)) <= 100
    assert all(a.end == b.start for a, b in pairwise(captions))


def test_a_caption_stays_no_longer_than_asked_for() -> None:
    captions = both([spoken(SPEECH), Line(start=100, end=160, text="Hm.")], CaptionOptions(max_seconds=2))
    assert max(caption.milliseconds for caption in captions) <= 2000
    assert (captions[-1].start, captions[-1].end, captions[-1].text) == (100_000, 102_000, "Hm.")
    assert " ".join(caption.text for caption in captions) == f"{SPEECH} Hm."


def test_each_word_has_its_time_within_its_caption() -> None:
    options = GUIDELINE.model_copy(update={"words": True})
    line = spoken(SPEECH, start=5)
    times = iter(line.words or [])
    for caption in read_vtt(vtt([line], options, "en")):
        words = [round(next(times).start * 1000) for _ in caption.text.split()]
        assert [caption.start, *caption.marks] == words
    assert vtt([spoken("Ask not what")], CaptionOptions(words=True)).splitlines()[4] == (
        "Ask <00:00:00.400>not <00:00:00.800>what"
    )


def test_a_respelled_word_costs_only_its_own_exact_time() -> None:
    line = spoken("we met jon smith at noon today")
    line = line.model_copy(update={"text": "we met John Smyth-Jones at noon today"})
    [caption] = read_vtt(vtt([line], CaptionOptions(words=True)))
    assert caption.text == line.text
    assert caption.marks == [400, 800, 1600, 2000, 2400]


def test_a_long_word_is_broken_where_it_must_be() -> None:
    word = "Donaudampfschifffahrtsgesellschaftskapitän"
    [caption] = both([Line(start=0, end=4, text=f"Der {word}!")], CaptionOptions(max_chars_per_line=20))
    assert "".join(caption.rows).replace(" ", "") == f"Der{word}!"
    assert max(map(len, caption.rows)) <= 20


SCRIPTS = [
    ("ja", "今日は、|東京の|天気は|とても|良くて、|みんなで|公園に|散歩に|行きました。"),
    ("zh", "我|们|今|天|要|讨|论|的|是，|如|何|在|没|有|网|络|的|情|况|下|使|用。"),
    ("ko", "오늘은 |날씨가 |매우 |좋아서 |우리는 |공원에 |갔습니다."),
    ("th", "สวัสดี|ครับ|วัน|นี้|เรา|จะ|พูด|เรื่อง|การ|เดิน|ทาง|ไป|ประเทศ|ญี่ปุ่น"),
    ("my", "မင်္ဂလာ|ပါ |ဒီ|နေ့|ကျွန်တော်|တို့|ဟာ|ခရီးသွား|ပါ|မယ်"),
    ("ar", "مرحبا |بكم |في |هذا |اليوم، |نحن |هنا."),
]
"""With a bar wherever a reader may be made to look for the next row."""


@pytest.mark.parametrize(("language", "marked"), SCRIPTS)
@pytest.mark.parametrize("columns", [14, 20, 30])
def test_every_script_is_broken_between_its_own_words(language: str, marked: str, columns: int) -> None:
    borders = set(accumulate(map(len, marked.split("|"))))
    text = marked.replace("|", "")
    [caption] = both([Line(start=0, end=5, text=text)], CaptionOptions(max_chars_per_line=columns), language)
    ends = [text.index(row) + len(row) for row in caption.rows]
    assert {end + text.startswith(" ", end) for end in ends} <= borders
    assert max(map(width, caption.rows)) <= columns
    assert len(caption.rows) <= 1 + width(text) // (columns // 2)


def test_a_speaker_s_name_counts_in_the_row_it_begins() -> None:
    line = Line(start=0, end=20, text=SPEECH, speaker="channel 1")
    written = srt([line], GUIDELINE, "en")
    assert max(map(len, written.splitlines())) <= 42
    assert {caption.speaker for caption in read_srt(written)} == {"channel 1"}


def test_speakers_may_speak_at_once_but_none_interrupts_himself() -> None:
    lines = [
        Line(start=0, end=10, text="first", speaker="channel 1"),
        Line(start=1, end=10, text="second", speaker="channel 2"),
        Line(start=4, end=12, text="third", speaker="channel 1"),
        Line(start=4, end=13, text="fourth", speaker="channel 1"),
    ]
    assert [(c.start, c.end, c.text) for c in both(lines, CaptionOptions())] == [
        (0, 4000, "first"),
        (1000, 10_000, "second"),
        (4000, 12_000, "third"),
        (12_000, 13_000, "fourth"),
    ]


def test_players_read_them() -> None:
    lines = [spoken(SPEECH, speaker="channel 1"), spoken("<i>1</i> --> 2 & {\\an8}3\\N", start=90)]
    options = GUIDELINE.model_copy(update={"words": True})
    for written, kind in ((srt(lines, GUIDELINE), "srt"), (vtt(lines, options), "webvtt")):
        with av.open(BytesIO(written.encode()), "r", format=kind) as file:
            packets = [packet for packet in file.demux() if packet.pts is not None]
        captions = (read_srt if kind == "srt" else read_vtt)(written)
        assert [(p.pts, p.duration) for p in packets] == [(c.start, c.milliseconds) for c in captions]


LETTERS = st.text(st.characters(codec="utf-8"), max_size=40)
MARKUP = [
    "-->",
    "--->",
    "00:00:01.000 --> 00:00:02.000",
    "&lt;",
    "<v x>",
    "</c>",
    "<00:00:00.500>",
    "{\\an8}",
]
BREAKS = ["\n\n7\n", "\u2028", "\x85", "\r", "\\N", "\\n", "NOTE", "WEBVTT", "12", "\0", "\ufeff", "\uffff"]
CLUSTERS = [
    "\u202e",
    "\u200b",
    "a\u0301",
    " \u0301",
    "👨\u200d👩\u200d👧",
    "🇩🇪",
    "क्षि",
    "ก็",
    "w" * 300,
    "宽" * 80,
]
HOSTILE = st.sampled_from([*MARKUP, *BREAKS, *CLUSTERS, "a, b. c! "])
TEXTS = st.lists(LETTERS | HOSTILE | st.sampled_from(SPEECH.split()), max_size=25).map(" ".join)
TIMES = st.floats(-5, 90_000) | st.integers(0, 50).map(float)
WORDS = st.lists(
    st.builds(Word, start=TIMES, end=TIMES, text=LETTERS | HOSTILE, probability=st.just(0.5)), max_size=8
)


@st.composite
def any_line(draw: st.DrawFn) -> Line:
    """Speech of any kind, with words that fit it or do not."""
    text = draw(TEXTS)
    line = Line(start=draw(TIMES), end=draw(TIMES), text=text, speaker=draw(st.sampled_from(SPEAKERS)))
    own = spoken(text, start=draw(TIMES), each=draw(st.sampled_from([0, 0.2, 1]))).words
    return line.model_copy(update={"words": draw(st.none() | WORDS | st.just(own))})


SPEAKERS = [None, "channel 1", "channel 2"]
OPTIONS = st.builds(
    CaptionOptions,
    max_chars_per_line=st.none() | st.integers(10, 200),
    max_lines=st.none() | st.integers(1, 10),
    max_seconds=st.none() | st.floats(0.5, 60),
    words=st.booleans(),
)
READERS = [(vtt, read_vtt, ""), (srt, read_srt, "->/\\")]
"""Who writes, who reads, and the characters that the format cannot tell apart."""
Write = Callable[[Sequence[Line], CaptionOptions, str | None], str]


def letters(text: str, but: str) -> Counter[str]:
    return Counter(c for c in one_line(text) if c not in but and c != " ")


@pytest.mark.parametrize(("write", "read", "but"), READERS)
@given(lines=st.lists(any_line(), max_size=5), options=OPTIONS)
def test_whatever_was_said_can_be_read_back(
    write: Write, read: Callable[[str], list[Read]], but: str, lines: list[Line], options: CaptionOptions
) -> None:
    captions = read(write(lines, options, "en"))
    assert letters("".join(c.text for c in captions), but) == letters("".join(s.text for s in lines), but)
    assert all(a.start <= b.start for a, b in pairwise(captions))
    latest: dict[str | None, int] = defaultdict(int)
    for caption in captions:
        assert latest[caption.speaker] <= caption.start < caption.end
        latest[caption.speaker] = caption.end
        marks = [caption.start, *caption.marks, caption.end]
        assert all(a < b for a, b in pairwise(marks))


@example(
    line=Line(start=0, end=0, text="1 001 0", words=2 * [Word(start=0, end=1, text="0", probability=0.5)]),
    options=CaptionOptions(max_seconds=0.5),
    language=None,
)
@given(line=any_line(), options=OPTIONS, language=st.sampled_from([None, "en", "ja", "th", "jw"]))
def test_no_limit_is_passed_and_no_character_torn(
    line: Line, options: CaptionOptions, language: str | None
) -> None:
    captions = read_vtt(vtt([line], options, language))
    text = one_line(line.text)
    rows = [row for caption in captions for row in caption.rows]
    clusters = set(accumulate(len(cluster) for cluster in iter_graphemes(text)))
    place = 0
    for row in rows:
        place = text.index(row, place) + len(row)
        assert place in clusters
    if options.max_seconds is not None:
        assert all(caption.milliseconds <= options.max_seconds * 1000 + 1 for caption in captions)
    if options.max_chars_per_line is not None:
        assert [
            r for r in rows if width(r) > options.max_chars_per_line and len([*iter_graphemes(r)]) > 1
        ] == []
        assert all(len(caption.rows) <= (options.max_lines or 1000) for caption in captions)


@pytest.mark.parametrize("character", ["a", "宽", "\u0301", "🇩"])
def test_a_word_of_twenty_thousand_characters_is_only_many_captions(character: str) -> None:
    written = vtt([Line(start=0, end=60, text="x" + character * 20_000)], GUIDELINE, "en")
    assert written.count(character) == 20_000
    assert len(written) < 300_000
