"""Files that mean harm, through the real decoder with its usual limits.

Of each: a code that is documented, or samples within bounds; nothing else read, nobody called; memory and CPU
time of the decoder's process below what it may have; and the worker lives. `python bench/hostile.py` prints
what each of them costs, the worst ones in their full size.
"""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scribeline.contracts.codes import Code
from scribeline.contracts.failures import Fail
from tests.support import hostile
from tests.support.audio import tone, wav_file
from tests.support.forgeries import flac_of_silence, id3, wav
from tests.support.handlers import Transcriber
from tests.support.measured import Cost, Worker, worker
from tests.support.swollen import edit_list, film_of_samples, swollen
from transcriber.decode import DecodeLimits
from transcriber.slots import Lane

LIMITS = DecodeLimits()
REFUSALS = {
    Code.AUDIO_EMPTY,
    Code.AUDIO_UNREADABLE,
    Code.AUDIO_NO_STREAM,
    Code.AUDIO_TOO_LONG,
    Code.DECODE_LIMIT,
    Code.DECODE_TIMEOUT,
}
MEMORY = 300 << 20
"""Bytes of the decoder's process that none of these files may make it need: far less than it may have."""
SLACK = 5.0
"""CPU seconds between the limit and the end that the kernel makes (`sandbox`)."""


@pytest.fixture(scope="module")
def decoder() -> Iterator[Worker]:
    with worker() as process:
        yield process


def holds(cost: Cost, limits: DecodeLimits = LIMITS) -> None:
    """What must hold of every file, whatever is in it."""
    assert cost.crash is None
    assert cost.code is None or Code(cost.code) in REFUSALS
    assert cost.code is not None or cost.seconds > 0
    assert cost.seconds <= limits.max_audio_seconds
    assert cost.peak < MEMORY
    assert cost.cpu < limits.seconds + SLACK


@pytest.mark.parametrize("data", [b"", b"\0", b"\xff"], ids=["empty", "zero", "one byte"])
def test_what_is_hardly_a_file_is_empty_or_unreadable(decoder: Worker, data: bytes) -> None:
    cost = decoder.decode(data)
    holds(cost)
    assert cost.code == (Code.AUDIO_UNREADABLE if data else Code.AUDIO_EMPTY)


@pytest.mark.parametrize("kind", hostile.DISGUISED)
def test_what_is_no_sound_is_unreadable_though_it_is_called_a_song(decoder: Worker, kind: str) -> None:
    assert decoder.decode(hostile.DISGUISED[kind]()).code == Code.AUDIO_UNREADABLE


PLACES = (3, 11, 30, 43, 60, 1000, 0.25, 0.5, 0.99)
"""Bytes from the beginning, and parts of the whole: in magic numbers, headers, tags, packets."""


@pytest.mark.parametrize("container", [*hostile.CONTAINERS, "mp4, index first"])
def test_a_file_that_breaks_off_anywhere_gives_what_it_holds_or_its_code(
    decoder: Worker, container: str
) -> None:
    whole = hostile.index_first() if "," in container else hostile.sample(container)
    for place in PLACES:
        cost = decoder.decode(whole[: place if isinstance(place, int) else int(place * len(whole))])
        holds(cost)
        assert cost.seconds < 2.1


def test_an_mp4_that_breaks_off_behind_its_index_is_heard_up_to_there(decoder: Worker) -> None:
    whole = hostile.index_first()
    assert decoder.decode(whole).seconds == pytest.approx(2.0, abs=0.1)
    assert 0.5 < decoder.decode(whole[: len(whole) // 2]).seconds < 1.5


def test_an_mp3_that_breaks_off_in_its_tag_is_unreadable(decoder: Worker) -> None:
    whole = id3((b"TIT2", b"\0" + b"x" * 5000)) + hostile.sample("mp3")
    for place in (5, 12, 2000, 5000):
        assert decoder.decode(whole[:place]).code == Code.AUDIO_UNREADABLE


@pytest.mark.parametrize("container", [*hostile.CONTAINERS, *hostile.MORE_CONTAINERS])
@settings(
    max_examples=4,
    deadline=None,
    derandomize=os.environ.get("CI") == "true",
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), min_size=1))
def test_bytes_that_flipped_cost_no_more_than_the_file(
    decoder: Worker, container: str, flips: list[tuple[float, int]]
) -> None:
    data = bytearray(hostile.sample(container))
    for place, bits in flips:
        # Most of them near the beginning, where the headers are.
        data[int(place**3 * len(data))] ^= bits
    holds(decoder.decode(bytes(data)))


def test_playlists_read_no_file_and_call_nobody(decoder: Worker, tmp_path: Path) -> None:
    honeypot = tmp_path / "somebody-elses.wav"
    honeypot.write_bytes(wav_file(tone(2.0)))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        for name, playlist in hostile.playlists(str(honeypot), address).items():
            cost = decoder.decode(playlist)
            assert (name, cost.crash, cost.code) == (name, None, Code.AUDIO_UNREADABLE)
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_a_film_whose_sound_lies_in_another_file_gives_nothing_of_that_file(
    decoder: Worker, tmp_path: Path
) -> None:
    honeypot = tmp_path / "somebody-elses.wav"
    honeypot.write_bytes(wav_file(tone(20.0)))
    cost = decoder.decode(hostile.referring(str(honeypot)))
    holds(cost)
    assert cost.seconds < 1.0


@pytest.mark.parametrize("kind", hostile.headers())
def test_numbers_that_no_recording_has_are_refused_or_do_no_harm(decoder: Worker, kind: str) -> None:
    holds(decoder.decode(hostile.headers()[kind]))


@pytest.mark.parametrize("kind", hostile.TAGS)
def test_what_is_said_of_the_sound_may_be_larger_than_the_sound(decoder: Worker, kind: str) -> None:
    cost = decoder.decode(hostile.TAGS[kind]())
    holds(cost)
    assert cost.code == Code.AUDIO_UNREADABLE if "not there" in kind else cost.seconds > 0.9


@pytest.mark.parametrize("kind", hostile.clocks())
def test_time_that_leaps_is_filled_with_no_more_silence_than_a_recording_may_have(
    decoder: Worker, kind: str
) -> None:
    allowed = DecodeLimits(max_audio_seconds=7200.0)
    holds(decoder.decode(hostile.clocks()[kind], allowed), allowed)


SWOLLEN = {
    "mkv of subtitles only": Code.AUDIO_NO_STREAM,
    "mov with an index packed in an index, 100 times": Code.AUDIO_UNREADABLE,
    "mov with a packed index of 4 GB, it says": Code.DECODE_LIMIT,
    "mp4 with 50,000 edits of an empty hour": Code.AUDIO_TOO_LONG,
    "aac of heads and noise": Code.AUDIO_UNREADABLE,
    "wav of 100 MHz": Code.AUDIO_UNREADABLE,
    "wav of 2 GHz": Code.AUDIO_UNREADABLE,
    "rf64 of an odd size": None,
    "rf64 of 2^63 bytes": None,
    "wav of an odd size": None,
    "wav of 3 MHz": None,
    "mp4 edited to begin in 24 days": None,
    "flac of two rates in turns": None,
    "flac of one channel and eight in turns": None,
    "mp3 with a packed tag of 256 MB, it says": None,
}
"""How some of them must end; the others may end in any documented way."""


@pytest.mark.parametrize("kind", swollen())
def test_much_that_is_made_of_little_stays_within_bounds(decoder: Worker, kind: str) -> None:
    allowed = DecodeLimits(max_audio_seconds=60.0, seconds=10.0)
    cost = decoder.decode(swollen(0.01)[kind](), allowed)
    holds(cost, allowed)
    assert cost.code == SWOLLEN.get(kind, cost.code)


def test_an_index_that_grows_beyond_its_memory_is_given_up(decoder: Worker) -> None:
    """3,000 samples edited 5,000 times: 90 KB that become 360 MB."""
    allowed = DecodeLimits(memory_bytes=1 << 27, max_audio_seconds=60.0, seconds=10.0)
    cost = decoder.decode(film_of_samples(3000, edits=edit_list(*[(1_000_000, 0)] * 5000)), allowed)
    holds(cost, allowed)
    assert cost.code in {Code.DECODE_LIMIT, Code.AUDIO_TOO_LONG}


def test_ten_hours_of_silence_are_ten_hours(decoder: Worker) -> None:
    """In 130 KB. An encoder makes 7 MB of them."""
    cost = decoder.decode(flac_of_silence(36_000))
    holds(cost)
    assert cost.seconds == pytest.approx(36_000, abs=5)


@pytest.mark.parametrize("kind", hostile.bombs(0.001))
def test_a_small_file_of_long_sound_is_no_longer_than_allowed(decoder: Worker, kind: str) -> None:
    allowed = DecodeLimits(max_audio_seconds=20.0, seconds=2.0)
    cost = decoder.decode(hostile.bombs(0.001)[kind], allowed)
    holds(cost, allowed)


def test_longer_than_allowed_is_too_long_told_or_not(decoder: Worker) -> None:
    allowed = DecodeLimits(max_audio_seconds=3600.0)
    told, untold = (decoder.decode(flac_of_silence(3700, total=total), allowed) for total in (None, 0))
    for cost in (told, untold):
        holds(cost, allowed)
        assert cost.code == Code.AUDIO_TOO_LONG
    assert (told.seconds, untold.seconds > 3500) == (0.0, True)


def test_a_file_that_takes_all_its_time_is_given_up_and_not_tried_again(decoder: Worker) -> None:
    """Eight channels at 655 kHz: a second of them costs a twentieth of a second."""
    allowed = DecodeLimits(seconds=1.0)
    cost = decoder.decode(flac_of_silence(600, rate=655_350, channels=8, total=0), allowed)
    holds(cost, allowed)
    assert cost.code == Code.DECODE_TIMEOUT


def test_the_worker_lives_after_all_of_them(decoder: Worker) -> None:
    assert decoder.decode(wav_file(tone(1.0))).seconds == 1.0


@pytest.fixture
def transcriber() -> Iterator[Transcriber]:
    lane = Lane("test", 1)
    yield Transcriber(lane)
    lane.close()


@pytest.mark.parametrize("kind", ["short", "plan"])
async def test_a_unit_fails_with_the_code_and_the_next_one_succeeds(
    transcriber: Transcriber, kind: str
) -> None:
    bad = {
        "a picture (PNG)": (hostile.DISGUISED["a picture (PNG)"](), Code.AUDIO_UNREADABLE),
        "a playlist": (hostile.playlists("/etc/hostname", "http://127.0.0.1:9/")["hls, a file"], None),
        "no channels": (wav(channels=0, align=0), Code.AUDIO_UNREADABLE),
        "too long": (flac_of_silence(40_000), Code.AUDIO_TOO_LONG),
    }
    for file, code in bad.values():
        with pytest.raises(Fail) as failed:
            await getattr(transcriber, kind)(file)
        assert failed.value.code is (code or Code.AUDIO_UNREADABLE)
        assert failed.value.message
    assert (await getattr(transcriber, kind)(wav_file(tone(1.0)))).duration == 1.0
