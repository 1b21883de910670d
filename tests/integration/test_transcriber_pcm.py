"""Decoding files of all kinds, good and bad, inside this process (the confinement has tests of its own)."""

import io
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import numpy as np
import pytest

from scribeline.contracts.codes import Code
from scribeline.contracts.transcription import SAMPLE_RATE
from tests.support.audio import channels_file, floats, joined, loud, media_file, png, silence, tone, wav_file
from tests.support.forgeries import cluster, element, matroska, matroska_info, pcm_track
from transcriber import pcm
from transcriber.decoder_child import Job, Source, verdict

HOUR = 3600 * SAMPLE_RATE


def job(max_samples: int = HOUR, **excerpt: Any) -> Job:
    return Job(rate=SAMPLE_RATE, max_samples=max_samples, most_channels=8, **excerpt)


def decoded(file: bytes, max_samples: int = HOUR, **excerpt: Any) -> tuple[Code | None, np.ndarray]:
    """What the decoder says, and the samples it gave: one column per channel, where it is split."""
    out = io.BytesIO()
    said = verdict(io.BytesIO(file), out, job(max_samples, **excerpt))
    wrote = out.getvalue()
    samples = np.frombuffer(wrote[1:], np.int16)
    return said["code"], samples.reshape(-1, wrote[0]) if excerpt.get("split") and wrote else samples


def stated(file: bytes) -> float | None:
    """How long the file says it is, where its format says so."""
    said = verdict(io.BytesIO(file), io.BytesIO(), job())
    assert said["code"] is None
    return said["stated"]  # type: ignore[no-any-return]  # as it went over the pipe


def strongest_hertz(samples: np.ndarray) -> float:
    return float(np.abs(np.fft.rfft(samples)).argmax()) * SAMPLE_RATE / samples.size


@pytest.mark.parametrize(
    ("container", "rate", "layout"),
    [
        ("mp3", 44_100, "stereo"),
        ("mp4", 48_000, "stereo"),
        ("mov", 16_000, "mono"),
        ("ogg", 48_000, "mono"),
        ("webm", 48_000, "stereo"),
        ("flac", 96_000, "stereo"),
        ("aiff", 22_050, "stereo"),
        ("wav", 8_000, "stereo"),
        ("wav", 16_000, "mono"),
        ("wav", 48_000, "5.1"),
        ("matroska", 48_000, "5.1"),
        ("mpegts", 48_000, "stereo"),
    ],
)
def test_every_usual_file_gives_the_same_sound(container: str, rate: int, layout: str) -> None:
    file = media_file(tone(2.0, rate), container, rate=rate, layout=layout)
    code, samples = decoded(file)
    assert code is None
    assert samples.size / SAMPLE_RATE == pytest.approx(2.0, abs=0.1)
    assert strongest_hertz(samples) == pytest.approx(440.0, abs=1.0)
    assert np.abs(samples).max() > 3_000


def test_a_wav_with_more_channels_than_there_are_names_for_is_mixed() -> None:
    code, samples = decoded(wav_file(tone(1.0), channels=12))
    assert code is None
    assert strongest_hertz(samples) == pytest.approx(440.0, abs=1.0)


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (png(), Code.AUDIO_UNREADABLE),
        (b"Dear diary, today nobody called.\n" * 100, Code.AUDIO_UNREADABLE),
        (bytes(range(7, 256)) * 500, Code.AUDIO_UNREADABLE),
        (b"\0", Code.AUDIO_UNREADABLE),
        (wav_file(silence(0)), Code.AUDIO_EMPTY),
        (media_file(None, "mp4", video_seconds=1), Code.AUDIO_NO_STREAM),
    ],
    ids=["picture", "text", "bytes", "one byte", "wav without samples", "video without sound"],
)
def test_what_holds_no_sound_says_what_is_wrong(file: bytes, code: Code) -> None:
    said, samples = decoded(file)
    assert said is code
    assert samples.size == 0


def test_half_an_mp4_is_unreadable_because_its_index_is_gone() -> None:
    file = media_file(tone(2.0), "mp4")
    assert decoded(file[: len(file) // 2])[0] is Code.AUDIO_UNREADABLE


@pytest.mark.parametrize("container", ["mp3", "wav", "flac", "ogg", "webm", "mpegts"])
def test_a_file_that_breaks_off_gives_what_it_holds(container: str) -> None:
    file = media_file(tone(4.0, 48_000), container, rate=48_000)
    code, samples = decoded(file[: len(file) // 2])
    assert code is None
    assert 1.0 < samples.size / SAMPLE_RATE < 3.0


WHOLE = {
    container: media_file(tone(4.0, 48_000), container, rate=48_000)
    for container in ("mp3", "wav", "flac", "aiff", "webm", "ogg", "mpegts")
}


@pytest.mark.parametrize("container", ["mp3", "wav", "flac", "aiff", "webm"])
def test_what_breaks_off_still_says_how_long_it_was(container: str) -> None:
    file = WHOLE[container]
    assert stated(file) == pytest.approx(4.0, abs=0.1)
    assert stated(file[: len(file) // 2]) == pytest.approx(4.0, abs=0.1)


@pytest.mark.parametrize("container", ["ogg", "mpegts"])
def test_what_states_no_length_is_not_measured_by_a_guess(container: str) -> None:
    assert stated(WHOLE[container]) is None


@pytest.mark.parametrize(("container", "codec"), [("wv", "wavpack"), ("tta", "tta"), ("mp4", "aac")])
def test_what_breaks_off_behind_its_index_says_how_long_it_was(
    container: str, codec: str, tmp_path: Path
) -> None:
    path, first = tmp_path / "file", {"movflags": "faststart"} if container == "mp4" else None
    media_file(tone(4.0, 48_000), container, rate=48_000, codec=codec, options=first, into=str(path))
    file = path.read_bytes()
    assert stated(file[: len(file) // 2]) == pytest.approx(4.0, abs=0.1)


def test_of_several_tracks_the_first_is_heard() -> None:
    """A film in two languages."""
    tracks = element(0x1654AE6B, pcm_track(1), pcm_track(2))
    one, two = cluster(0, (0, tone(1.0).tobytes())), cluster(0, (0, tone(1.0, hertz=880.0).tobytes()))
    film = matroska(matroska_info(), tracks, one, two.replace(b"\x81\0\0\x80", b"\x82\0\0\x80", 1))
    _, samples = decoded(film)
    assert samples.size == SAMPLE_RATE
    assert strongest_hertz(samples) == pytest.approx(440.0, abs=1.0)


def test_an_mp3_without_a_xing_tag_states_no_length() -> None:
    file = WHOLE["mp3"]
    assert stated(file.replace(b"Info", b"\0\0\0\0", 1)) is None


@pytest.mark.parametrize("size", [0xFFFF_FFFF, 0x8000_0000, 0x7F00_0000, 0x7FFF_FFDB, 0])
def test_a_wav_that_was_written_into_a_pipe_says_nothing_of_what_it_lacks(size: int) -> None:
    file = bytearray(wav_file(tone(1.0)))
    file[4:8] = min(size + 36, 0xFFFF_FFFF).to_bytes(4, "little")
    file[40:44] = size.to_bytes(4, "little")
    assert (stated(bytes(file)) or 1.0) == pytest.approx(1.0, abs=0.1)


def test_a_film_that_goes_on_without_sound_does_not_say_that_sound_is_missing() -> None:
    for container in ("matroska", "mp4"):
        length = stated(media_file(tone(1.0, 48_000), container, rate=48_000, video_seconds=8))
        assert (length or 1.0) == pytest.approx(1.0, abs=0.1)


def test_noise_in_the_middle_of_a_file_costs_only_that_place() -> None:
    file = bytearray(media_file(tone(4.0, 44_100), "mp3", rate=44_100))
    middle = len(file) // 2
    file[middle : middle + 200] = bytes(range(200))
    code, samples = decoded(bytes(file))
    assert code is None
    assert samples.size / SAMPLE_RATE == pytest.approx(4.0, abs=0.3)


def test_a_recording_longer_than_allowed_is_told_and_stopped() -> None:
    code, samples = decoded(wav_file(tone(3.0)), max_samples=SAMPLE_RATE)
    assert code is Code.AUDIO_TOO_LONG
    assert samples.size <= SAMPLE_RATE


def test_a_film_whose_header_says_it_is_too_long_is_not_even_decoded() -> None:
    code, samples = decoded(media_file(tone(3.0), "mp4"), max_samples=SAMPLE_RATE)
    assert (code, samples.size) == (Code.AUDIO_TOO_LONG, 0)


@pytest.mark.parametrize("container", ["mp4", "matroska"])
def test_sound_that_starts_late_in_a_film_is_heard_at_its_time(container: str) -> None:
    file = media_file(tone(1.0, 48_000), container, rate=48_000, video_seconds=4, late=2.0)
    (span,) = loud(floats(decoded(file)[1]))
    assert span.first / SAMPLE_RATE == pytest.approx(2.0, abs=0.1)


def test_a_stream_that_counts_from_anywhere_starts_at_zero() -> None:
    file = media_file(tone(1.0, 48_000), "mpegts", rate=48_000, late=5.0)
    (span,) = loud(floats(decoded(file)[1]))
    assert span.first / SAMPLE_RATE == pytest.approx(0.0, abs=0.1)


def test_time_that_was_not_recorded_is_silence() -> None:
    """A call in WebM whose sender was muted: no packets for three seconds."""
    before, after = tone(1.0, 48_000), tone(1.0, 48_000)
    sound = joined(before, silence(3.0, 48_000), after)
    file = media_file(sound, "webm", rate=48_000, unsent=(1.0, 4.0))
    spans = loud(floats(decoded(file)[1]))
    assert spans[-1].first / SAMPLE_RATE == pytest.approx(4.0, abs=0.1)
    assert spans[-1].last / SAMPLE_RATE == pytest.approx(5.0, abs=0.1)


@pytest.mark.parametrize(
    "playlist",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{path}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile {path}\n",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n",
        (
            '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><AdaptationSet>'
            "<Representation><BaseURL>{path}</BaseURL></Representation></AdaptationSet></Period></MPD>"
        ),
    ],
    ids=["hls", "concat", "sdp", "dash"],
)
def test_a_playlist_never_makes_us_read_another_file(playlist: str, tmp_path: Path) -> None:
    honeypot = tmp_path / "somebody-elses.wav"
    honeypot.write_bytes(wav_file(tone(2.0)))
    code, samples = decoded(playlist.format(path=honeypot).encode())
    assert (code, samples.size) == (Code.AUDIO_UNREADABLE, 0)


def test_it_is_the_whitelist_that_keeps_the_playlist_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honeypot = tmp_path / "somebody-elses.wav"
    honeypot.write_bytes(wav_file(tone(2.0)))
    monkeypatch.setattr(pcm, "OPTIONS", {"safe": "0"})
    code, samples = decoded(f"ffconcat version 1.0\nfile {honeypot}\n".encode())
    assert (code, samples.size) == (None, 2 * SAMPLE_RATE)


@pytest.mark.parametrize("channels", range(1, 9))
def test_channels_that_are_split_are_each_what_was_recorded(channels: int) -> None:
    notes = [tone(0.5, 44_100, hertz=400.0 * (number + 1)) for number in range(channels)]
    code, samples = decoded(channels_file(*notes, rate=44_100), split=True)
    assert (code, samples.shape[1]) == (None, channels)
    heard = [strongest_hertz(samples[:, number]) for number in range(channels)]
    assert heard == pytest.approx([400.0 * (number + 1) for number in range(channels)], abs=3.0)


def test_a_recording_whose_channels_change_midway_keeps_those_it_began_with() -> None:
    """Two MP3 files one after the other: stereo, then mono."""
    parts = [
        media_file(tone(1.0, 44_100), "mp3", rate=44_100, layout=layout) for layout in ("stereo", "mono")
    ]
    code, samples = decoded(b"".join(parts), split=True)
    assert (code, samples.shape[1]) == (None, 2)
    assert samples.shape[0] / SAMPLE_RATE == pytest.approx(2.0, abs=0.15)
    assert np.abs(samples[-SAMPLE_RATE // 2 : -SAMPLE_RATE // 4].astype(int)).max(axis=0).min() > 3_000


@pytest.mark.parametrize("channels", [2, 3, 6, 12, 64])
def test_whoever_speaks_into_one_of_many_microphones_is_heard_in_the_mix(channels: int) -> None:
    """In equal shares, whatever FFmpeg thinks the channels are: it would leave a third one out, as bass."""
    loudest = []
    for speaks in range(channels):
        sound = [tone(0.05) if number == speaks else silence(0.05) for number in range(channels)]
        loudest.append(int(np.abs(decoded(channels_file(*sound))[1].astype(int)).max()))
    assert min(loudest) == pytest.approx(16_000 / channels, rel=0.05)
    assert max(loudest) == pytest.approx(16_000 / channels, rel=0.05)


def test_two_channels_that_are_opposite_are_silence_when_mixed_and_sound_when_split() -> None:
    file = channels_file(tone(1.0), -tone(1.0))
    assert np.abs(decoded(file)[1]).max() == 0
    assert np.abs(decoded(file, split=True)[1].astype(int)).max() > 15_000


def test_more_channels_than_ffmpeg_can_mix_are_unreadable() -> None:
    assert decoded(wav_file(tone(0.1), channels=65))[0] is Code.AUDIO_UNREADABLE


@pytest.mark.parametrize("container", ["wav", "mp3", "ogg", "mp4", "webm", "mpegts"])
def test_a_part_of_a_file_is_exactly_that_part(container: str) -> None:
    file = media_file(joined(*(tone(0.5, 48_000, 300.0 + 100 * n) for n in range(8))), container, rate=48_000)
    _, whole = decoded(file)
    code, part = decoded(file, first=SAMPLE_RATE, last=3 * SAMPLE_RATE)
    assert (code, part.size) == (None, 2 * SAMPLE_RATE)
    assert np.array_equal(part, whole[SAMPLE_RATE : 3 * SAMPLE_RATE])


class Counted(io.BytesIO):
    """A file that knows how much was read of it."""

    bytes_read = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.bytes_read += len(data)
        return data


def test_what_lies_behind_the_end_is_not_even_read() -> None:
    file = Counted(wav_file(silence(600.0)))
    assert verdict(file, io.BytesIO(), job(last=SAMPLE_RATE))["code"] is None
    assert file.bytes_read < 1_000_000


@pytest.mark.parametrize(("first", "last"), [(SAMPLE_RATE, None), (16 * 10**300, None), (5, 5), (9, 3)])
def test_a_part_without_samples_is_told_from_a_file_without_samples(first: int, last: int | None) -> None:
    assert decoded(wav_file(tone(1.0)), first=first, last=last)[0] is Code.AUDIO_RANGE_EMPTY
    assert decoded(wav_file(silence(0)), first=first, last=last)[0] is Code.AUDIO_EMPTY


def test_silence_that_nobody_asked_for_costs_nothing() -> None:
    """Nine seconds without packets lie before the part that is heard."""
    sound = joined(tone(1.0, 48_000), silence(9.0, 48_000), tone(1.0, 48_000))
    file = media_file(sound, "webm", rate=48_000, unsent=(1.0, 10.0))
    code, samples = decoded(file, max_samples=3 * SAMPLE_RATE, first=9 * SAMPLE_RATE)
    assert code is None
    assert samples.size / SAMPLE_RATE == pytest.approx(2.0, abs=0.1)
    assert loud(floats(samples))[0].first / SAMPLE_RATE == pytest.approx(1.0, abs=0.1)


def test_to_be_sent_to_where_nothing_is_ends_no_file() -> None:
    """A Core Audio file with a chunk of exabytes sends its reader there."""
    with TemporaryFile() as file, Source(file.fileno(), closefd=False) as source:
        file.write(media_file(tone(1.0), "caf", codec="pcm_s16le"))
        file.flush()
        assert source.seek((1 << 63) - 1) < 0
        assert source.seek(-5) < 0
        assert source.seek(0) == 0
        assert verdict(source, io.BytesIO(), job())["code"] is None
