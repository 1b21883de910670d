"""How a real file of each container and codec of `transcriber.formats` is made (PyAV), of real speech."""

import struct
from dataclasses import dataclass, field
from io import RawIOBase

import numpy as np

from tests.support.audio import Sound, jfk, media_file

NIST = "NIST SPHERE"


@dataclass(frozen=True)
class Recipe:
    """A muxer and an encoder of FFmpeg, and what they need to be told. `video` is the encoder of a picture
    track beside the sound."""

    muxer: str
    encoder: str
    rate: int = 16_000
    layout: str = "mono"
    video: str | None = None
    size: tuple[int, int] = (64, 64)
    bit_rate: int | None = None
    options: dict[str, str] = field(default_factory=dict)

    def file(self, sound: Sound | None = None, into: RawIOBase | None = None) -> bytes:
        """A file of JFK's eleven seconds, or of another sound at 16 kHz; nothing where it goes `into` another
        place."""
        sound = jfk() if sound is None else sound
        return media_file(
            resampled(sound, self.rate),
            self.muxer,
            rate=self.rate,
            layout=self.layout,
            codec=self.encoder,
            video_codec=self.video or "mpeg4",
            video_size=self.size,
            video_seconds=round(sound.size / 16_000) if self.video else 0,
            bit_rate=self.bit_rate,
            options=self.options,
            into=into,
        )


def resampled(sound: Sound, rate: int) -> Sound:
    """From 16 kHz, by straight lines: good enough to be understood."""
    count = round(sound.size * rate / 16_000)
    if rate < 16_000:  # what the lower rate cannot hold would fold into it
        sound = np.convolve(sound, np.ones(2) / 2, "same").astype(np.int16)
    return np.interp(np.arange(count) * 16_000 / rate, np.arange(sound.size), sound).astype(np.int16)


def _pcm(muxer: str, *codecs: str, rate: int = 16_000) -> dict[str, Recipe]:
    return {codec: Recipe(muxer, codec, rate) for codec in codecs}


_PHONE = ("pcm_alaw", "pcm_mulaw")
_AAC = Recipe("mp4", "aac", 44_100, "stereo")
_MP3 = Recipe("mp3", "libmp3lame", 44_100, "stereo")


def _in(muxer: str, recipe: Recipe, **changed: object) -> Recipe:
    return Recipe(**{**vars(recipe), "muxer": muxer, **changed})


_OPUS = Recipe("ogg", "libopus", 48_000)
_VORBIS = Recipe("ogg", "vorbis", 44_100, "stereo")
_AC3 = Recipe("ac3", "ac3", 48_000, "5.1")
_EAC3 = Recipe("eac3", "eac3", 48_000, "5.1")
_MP2 = Recipe("mp2", "mp2", 48_000, "stereo")
_FLAC = Recipe("flac", "flac", 44_100, "stereo")
_AMR = Recipe("amr", "libopencore_amrnb", 8_000)
_WMA = Recipe("asf", "wmav2", 44_100, "stereo", bit_rate=128_000)

RECIPES: dict[str, dict[str, Recipe]] = {
    "WAV, Broadcast Wave, RF64": {
        **_pcm("wav", "pcm_s16le", "pcm_f32le", "pcm_s32le", "pcm_f64le"),
        "pcm_s24le": Recipe("wav", "pcm_s24le", 48_000, "5.1"),
        **_pcm("wav", "pcm_u8", *_PHONE, "adpcm_ima_wav", "adpcm_ms", "adpcm_yamaha", "g726", rate=8_000),
        "adpcm_swf": Recipe("wav", "adpcm_swf", 22_050),
        "g722": Recipe("wav", "g722"),
        "mp3float": _in("wav", _MP3),
        "wmav2": _in("wav", _WMA),
    },
    "Sony Wave64": _pcm("w64", "pcm_s16le", "pcm_s24le", "pcm_f32le"),
    "AIFF, AIFF-C": {
        **_pcm("aiff", "pcm_s16be", "pcm_s24be", "pcm_f32be", "pcm_s16le", "adpcm_ima_qt", rate=44_100),
        **_pcm("aiff", "pcm_s8", *_PHONE, rate=8_000),
    },
    "AU, SND": {**_pcm("au", "pcm_s16be", "pcm_f32be"), **_pcm("au", *_PHONE, rate=8_000)},
    "Core Audio": {
        **_pcm("caf", "pcm_s16le", "pcm_s24le", "pcm_f32le", "pcm_s16be", "alac", "flac"),
        **_pcm("caf", *_PHONE, rate=8_000),
    },
    "FLAC": {"flac": _FLAC},
    "WavPack": {"wavpack": Recipe("wv", "wavpack", 44_100, "stereo")},
    "True Audio": {"tta": Recipe("tta", "tta", 44_100, "stereo")},
    "MP3, MP2, MP1": {"mp3float": _MP3, "mp2": _MP2},
    "AAC (ADTS)": {"aac": _in("adts", _AAC)},
    "AAC (LOAS)": {"aac_latm": _in("latm", _AAC)},
    "AC-3, E-AC-3": {"ac3": _AC3, "eac3": _EAC3},
    "IEC 61937": {"ac3": _in("spdif", _AC3)},
    "Ogg": {"opus": _OPUS, "vorbis": _VORBIS, "flac": _in("ogg", _FLAC)},
    "MP4, QuickTime, 3GP": {
        "aac": _in("mp4", _AAC, video="libx264"),
        "alac": Recipe("ipod", "alac", 44_100),
        "opus": _in("mp4", _OPUS),
        "flac": _in("mp4", _FLAC),
        "ac3": _in("mp4", _AC3),
        "eac3": _in("mp4", _EAC3),
        "mp3float": _in("mp4", _MP3),
        "amrnb": _in("3gp", _AMR),
        "pcm_s16le": Recipe("mov", "pcm_s16le", 48_000, video="mpeg4"),
        **_pcm("mov", "pcm_s24le", "pcm_f32le", "pcm_s16be", "adpcm_ima_qt", rate=48_000),
        **_pcm("mov", *_PHONE, rate=8_000),
    },
    "Matroska, WebM": {
        "opus": _in("webm", _OPUS, video="libvpx"),
        "vorbis": _in("webm", _VORBIS),
        "aac": _in("matroska", _AAC, video="libx264"),
        "flac": _in("matroska", _FLAC),
        "ac3": _in("matroska", _AC3),
        "eac3": _in("matroska", _EAC3),
        "mp2": _in("matroska", _MP2),
        "mp3float": _in("matroska", _MP3),
        **_pcm("matroska", "pcm_s16le", "wavpack", "tta"),
    },
    "AVI": {
        "mp3float": _in("avi", _MP3, video="mpeg4"),
        "mp2": _in("avi", _MP2),
        "ac3": _in("avi", _AC3),
        "aac": _in("avi", _AAC),
        **_pcm("avi", "pcm_s16le", "adpcm_ms", rate=22_050),
    },
    "ASF (Windows Media)": {
        "wmav1": _in("asf", _WMA, encoder="wmav1"),
        "wmav2": _in("asf", _WMA, video="mpeg4"),
        "aac": _in("asf", _AAC),
        "mp3float": _in("asf", _MP3),
        "pcm_s16le": Recipe("asf", "pcm_s16le"),
    },
    "Flash video": {
        "aac": _in("flv", _AAC, video="libx264"),
        "mp3float": _in("flv", _MP3),
        **_pcm("flv", "nellymoser", "adpcm_swf", rate=22_050),
        "pcm_s16le": Recipe("flv", "pcm_s16le", 44_100),
        **_pcm("flv", *_PHONE, rate=8_000),
    },
    "MPEG transport stream": {
        "aac": _in("mpegts", _AAC, video="libx264"),
        "mp3float": _in("mpegts", _MP2),
        "ac3": _in("mpegts", _AC3),
        "eac3": _in("mpegts", _EAC3),
        "opus": _in("mpegts", _OPUS),
    },
    "MPEG program stream": {
        "mp2": _in("vob", _MP2, video="mpeg2video"),
        "mp3float": _in("mpeg", _MP3, rate=48_000),
        "ac3": _in("vob", _AC3),
        "pcm_dvd": Recipe("vob", "pcm_dvd", 48_000, "stereo"),
    },
    "MXF": {
        "pcm_s16le": Recipe("mxf", "pcm_s16le", 48_000, video="mpeg2video"),
        "pcm_s24le": Recipe("mxf_opatom", "pcm_s24le", 48_000),
    },
    "DV": {"pcm_s16le": Recipe("dv", "pcm_s16le", 48_000, "stereo", video="dvvideo", size=(720, 576))},
    "RealMedia": {"ac3": _in("rm", _AC3), "real_144": Recipe("rm", "real_144", 8_000)},
    "Windows TV": {"mp2": _in("wtv", _MP2)},
    "NUT": {"opus": _in("nut", _OPUS)},
    "AMR": {"amrnb": _AMR},
    "SoX": {"pcm_s32le": Recipe("sox", "pcm_s32le")},
    "IRCAM": {"pcm_s16le": Recipe("ircam", "pcm_s16le")},
    "Creative Voice": {
        **_pcm("voc", "pcm_s16le", *_PHONE),
        "pcm_u8": Recipe("voc", "pcm_u8", 11_025),
    },
}
"""Container -> decoder -> how its file is made. NIST SPHERE has no muxer: `nist_sphere`."""


def nist_sphere(codec: str, sound: Sound) -> bytes:
    """The file of speech corpora (NIST, SPHERE 2.6): 1024 bytes of text, then samples."""
    coding, size = {"pcm_s16le": ("pcm", 2), "pcm_mulaw": ("ulaw", 1)}[codec]
    head = [
        "NIST_1A",
        "   1024",
        f"sample_count -i {sound.size}",
        "sample_rate -i 16000",
        "channel_count -i 1",
        f"sample_n_bytes -i {size}",
        "sample_byte_format -s2 01",
        f"sample_coding -s{len(coding)} {coding}",
        "end_head",
    ]
    data = sound.tobytes() if size == 2 else mu_law(sound)
    return "\n".join(head).encode().ljust(1024, b"\n") + data


def mu_law(sound: Sound) -> bytes:
    """G.711, without any header."""
    file = Recipe("wav", "pcm_mulaw").file(sound)
    start = file.index(b"data") + 8
    (size,) = struct.unpack("<I", file[start - 4 : start])
    return file[start : start + min(size, sound.size)]


def made(container: str, codec: str, sound: Sound | None = None) -> bytes:
    """A real file of a container and codec of `transcriber.formats`: JFK's, or of another sound at 16 kHz."""
    if container == NIST:
        return nist_sphere(codec, jfk() if sound is None else sound)
    return RECIPES[container][codec].file(sound)
