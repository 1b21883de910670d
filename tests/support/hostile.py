"""Files that mean harm, or are merely broken: made here, so that none of them lies in the repository."""

import gzip
import io
import struct
import sys
import tarfile
import zipfile
from collections.abc import Callable
from functools import cache
from itertools import chain, repeat
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import numpy as np

from tests.support.audio import jfk, media_file, png, tone, wav_file
from tests.support.forgeries import (
    UNKNOWN,
    box,
    boxes,
    cluster,
    element,
    flac_head,
    flac_of_silence,
    id3,
    matroska,
    matroska_info,
    pcm_track,
    riff,
    uint,
    wav,
)
from tests.support.recipes import mu_law

MIB = 1 << 20
CONTAINERS = ("wav", "mp3", "flac", "ogg", "mp4", "webm", "aiff")
MORE_CONTAINERS = ("mpegts", "matroska", "mov")


@cache
def sample(container: str) -> bytes:
    """Two seconds of sound."""
    return media_file(tone(2.0, 48_000), container, rate=48_000)


@cache
def index_first() -> bytes:
    """An MP4 that can be played while it is loaded: its moov lies before its sound."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "fast.mp4"
        media_file(tone(2.0, 48_000), "mp4", rate=48_000, options={"movflags": "faststart"}, into=str(path))
        return path.read_bytes()


def jpeg() -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format="image2pipe") as file:
        stream = file.add_stream("mjpeg", rate=1)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuvj420p"
        picture = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8))
        file.mux(stream.encode(picture.reformat(format="yuvj420p")))
        file.mux(stream.encode(None))
    return out.getvalue()


def zipped() -> bytes:
    """A song as it is in an archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("song.mp3", sample("mp3"))
    return out.getvalue()


def tarred() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as file:
        song = tarfile.TarInfo("song.mp3")
        song.size = len(sample("mp3"))
        file.addfile(song, io.BytesIO(sample("mp3")))
    return out.getvalue()


DISGUISED: dict[str, Callable[[], bytes]] = {
    "a picture (PNG)": png,
    "a picture (JPEG)": jpeg,
    "a document (PDF)": lambda: b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n" * 200 + b"%%EOF\n",
    "a program (ELF)": lambda: Path(sys.executable).resolve().read_bytes()[: 4 * MIB],
    "a page (HTML)": lambda: b"<!doctype html><html><body><p>Hello</p></body></html>\n" * 200,
    "an archive (zip)": zipped,
    "an archive (tar)": tarred,
    "an archive (gzip)": lambda: gzip.compress(sample("wav"), mtime=0),
    "subtitles (SRT)": lambda: b"1\n00:00:01,000 --> 00:00:09,000\nHello\n\n" * 50,
    "a picture (SVG)": lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><rect/></svg>\n' * 50,
    "samples without a header (PCM)": lambda: jfk().tobytes(),
    "samples without a header (G.711)": lambda: mu_law(jfk()),
    "zeros": lambda: bytes(100_000),
}
"""What is no sound, whatever it is called."""


def playlists(path: str, address: str) -> dict[str, bytes]:
    """Files that name other files: one of ours, and an address at which somebody listens."""
    hls = "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{}\n#EXT-X-ENDLIST\n"
    dash = (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT9S"><Period><AdaptationSet mimeType="audio/mp4"><Representation id="1" '
        'bandwidth="9"><BaseURL>{}</BaseURL></Representation></AdaptationSet></Period></MPD>'
    )
    sdp = "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio {} RTP/AVP 0\n"
    asx = '<asx version="3.0"><entry><ref href="{}"/></entry></asx>'
    texts = {
        "hls, a file": hls.format(path),
        "hls, file:": hls.format(f"file://{path}"),
        "hls, an address": hls.format(address),
        "hls, a key at an address": hls.replace("#EXTINF", '#EXT-X-KEY:METHOD=AES-128,URI="{}"\n#EXTINF', 1)
        .replace("9,\n{}", "9,\n" + path)
        .format(address),
        "hls, crypto+": hls.format(f"crypto+{address}"),
        "hls, subfile,": hls.format(f"subfile,,start,0,end,9999,,:{path}"),
        "hls, concat:": hls.format(f"concat:{path}|{address}"),
        "dash, a file": dash.format(path),
        "dash, an address": dash.format(address),
        "ffconcat, a file": f"ffconcat version 1.0\nfile {path}\n",
        "ffconcat, an address": f"ffconcat version 1.0\nfile {address}\n",
        "sdp": sdp.format(address.rpartition(":")[2].rstrip("/")),
        "asx": asx.format(address),
        "pls": f"[playlist]\nFile1={address}\nLength1=-1\nNumberOfEntries=1\nVersion=2\n",
        "m3u": f"{address}\n{path}\n",
        "rtsp in text": f"RTSPtext\n{address.replace('http', 'rtsp')}\n",
    }
    files = {name: text.encode() for name, text in texts.items()}
    files["hls behind a tag of an mp3"] = id3((b"TIT2", b"\0song")) + files["hls, a file"]
    files["ffconcat behind a tag of an mp3"] = id3((b"TIT2", b"\0song")) + files["ffconcat, a file"]
    return files


def referring(path: str) -> bytes:
    """A QuickTime film whose `dref` says that its sound lies in another file (an alias, with its path)."""
    name = path.encode()
    alias = bytearray(150)
    alias[4:6], alias[6:8] = struct.pack(">H", 150), struct.pack(">H", 2)
    paths = b"".join(struct.pack(">HH", kind, len(name)) + name + b"\0" * (len(name) % 2) for kind in (2, 18))
    body = bytes(alias) + paths + struct.pack(">HH", 0xFFFF, 0)
    film = media_file(tone(0.5), "mov")
    entry = box(b"url ", b"\0\0\0\1")
    assert entry in film
    return film.replace(entry, box(b"alis", bytes(4), body))  # its offsets are wrong now: so is the rest


@cache
def headers() -> dict[str, bytes]:
    """Numbers that no recording has."""
    flac = sample("flac")
    total = struct.unpack(">Q", flac[18:26])[0]

    def flac_says(samples: int) -> bytes:
        return flac[:18] + struct.pack(">Q", total >> 36 << 36 | samples) + flac[26:]

    aiff = sample("aiff")
    rate = aiff.index(b"COMM") + 16
    return {
        "wav of 0 channels": wav(channels=0, align=0),
        "wav of 65,535 channels": wav(channels=65_535, align=65_534),
        "wav of 65,535 channels and no block": wav(channels=65_535, align=0),
        "wav of 1 Hz": wav(rate=1, data=bytes(600)),
        "wav of 0 Hz": wav(rate=0),
        "wav of 4 GHz": wav(rate=0xFFFF_FFFF),
        "wav of 0 bits": wav(bits=0),
        "wav of 65,535 bits": wav(bits=65_535),
        "wav whose blocks have 0 bytes": wav(align=0),
        "wav of 4 GB, it says": wav(size=0xFFFF_FFFF),
        "wav of 2 GB, it says": wav(size=0x7FFF_FFF0),
        "wav of 0 bytes, it says": wav(size=0),
        "wav of a codec that is none": wav(tag=0x7777),
        "wav of mp3 that is none": wav(tag=0x55),
        "wav with 200,000 empty chunks": riff(*repeat((b"junk", b""), 200_000)),
        "wav with sound before its format": riff((b"data", bytes(999)), (b"fmt ", bytes(16))),
        "flac of 100 hours, it says": flac_says((1 << 36) - 1),
        "flac of a sample, it says": flac_says(1),
        "flac of 0 Hz": flac_head(rate=0, channels=1, block=4096) + flac[42:],
        "aiff of no number of Hz": aiff[:rate] + b"\x7f\xff" + b"\xff" * 8 + aiff[rate + 10 :],
        "aiff of 0 channels": aiff[: rate - 8] + b"\0\0" + aiff[rate - 6 :],
        "mp4 of a giant box": sample("mp4")[:32] + box(b"moov", size=0xFFFF_FFF0),
        "mp4 of a box of 2^63 bytes": sample("mp4")[:32] + box(b"moov", wide=(1 << 63) - 1),
        "mp4 of boxes of 0 bytes": sample("mp4")[:32] + box(b"free", size=0) * 1000,
        "mp4 in 100,000 boxes": nested(100_000),
        "mp4 of 4 billion samples": sample("mp4").replace(b"stsz" + bytes(8), b"stsz" + b"\0" * 7 + b"\1", 1),
        "mkv of unknown size": matroska(matroska_info(), tracks(1), cluster(0, (0, SECOND)), size=UNKNOWN),
        "mkv of a giant element": matroska(matroska_info(), element(0x1654AE6B, size=b"\x01" + b"\xfe" * 7)),
        "mkv of a giant block": matroska(
            matroska_info(), tracks(1), element(0x1F43B675, uint(0xE7, 0), element(0xA3, size=GIANT))
        ),
        "mkv in 100,000 elements": elements(100_000),
        "mkv of 10,000 tracks": matroska(matroska_info(), tracks(10_000), cluster(0, (0, SECOND))),
        "mkv of NaN seconds": matroska(matroska_info(float("nan")), tracks(1), cluster(0, (0, SECOND))),
        "mkv of infinite seconds": matroska(matroska_info(float("inf")), tracks(1), cluster(0, (0, SECOND))),
        "mkv of -1 seconds": matroska(matroska_info(-1000.0), tracks(1), cluster(0, (0, SECOND))),
        "mkv of NaN Hz": matroska(
            matroska_info(), element(0x1654AE6B, pcm_track(rate=float("nan"))), cluster(0, (0, SECOND))
        ),
        "mkv whose ticks are years": matroska(
            matroska_info(scale=(1 << 63) - 1), tracks(1), cluster(0, (0, SECOND), (9, SECOND))
        ),
        "au of 0 channels": b".snd" + struct.pack(">5I", 24, 1000, 3, 8000, 0) + bytes(1000),
        "au of 4 billion channels": b".snd"
        + struct.pack(">5I", 24, 1000, 3, 8000, 0xFFFF_FFFF)
        + bytes(1000),
        "caf of a giant table": caf(),
    }


SECOND = wav_file(tone(1.0))[44:]
GIANT = b"\x01\x00\x00\x7f\xff\xff\xff\xff"
"""512 GiB, as the size of an EBML element."""


def tracks(count: int) -> bytes:
    return element(0x1654AE6B, *(pcm_track(number) for number in range(1, count + 1)))


def nested(depth: int) -> bytes:
    """Boxes in boxes: names and sizes only."""
    names = [struct.pack(">I", 8 * (depth - level)) + b"moov" for level in range(depth)]
    return sample("mp4")[:32] + b"".join(names)


def elements(depth: int) -> bytes:
    """Tags in tags: an element that may lie in itself (SimpleTag)."""
    inner = b"\x67\xc8" + UNKNOWN
    return matroska(matroska_info(), element(0x1254C367, element(0x7373, inner * depth)), tracks(1))


def caf() -> bytes:
    desc = struct.pack(">d4sIIIII", 8000.0, b"alac", 0, 0, 4096, 1, 16)
    table = struct.pack(">qqii", (1 << 62), (1 << 62), 0, 0)

    def chunk(name: bytes, data: bytes, size: int | None = None) -> bytes:
        return name + struct.pack(">q", len(data) if size is None else size) + data

    return (
        b"caff\0\1\0\0"
        + chunk(b"desc", desc)
        + chunk(b"pakt", table, 1 << 62)
        + chunk(b"data", bytes(99), -1)
    )


def _block(kind: int, data: bytes) -> bytes:
    """A metadata block of FLAC."""
    return bytes([kind]) + len(data).to_bytes(3, "big") + data


def _behind_head(*blocks: bytes) -> bytes:
    flac = sample("flac")
    return flac[:42] + b"".join(blocks) + flac[42:]


def _comment(size: int) -> bytes:
    count = struct.pack("<I", 4) + b"test" + struct.pack("<I", 1)
    return _block(4, count + struct.pack("<I", size) + b"A=" + b"x" * (size - 2))


def _cover(size: int) -> bytes:
    head = struct.pack(">II", 3, 9) + b"image/png" + bytes(20) + struct.pack(">I", size)
    return _block(6, head + bytes(size))


NO_END = struct.pack("<I", 4) + b"test" + struct.pack("<I", 0xFFFF_FFFF)

TAGS: dict[str, Callable[[], bytes]] = {
    "mp3 with a tag of 100 MB that is not there": lambda: id3(size=100 * MIB) + sample("mp3"),
    "mp3 with a tag of 30 MB": lambda: id3((b"TXXX", b"\0" + b"x" * 30 * MIB)) + sample("mp3"),
    "mp3 with 300,000 tags": lambda: id3(*repeat((b"TXXX", b"\0a\0" + b"b" * 20), 300_000)) + sample("mp3"),
    "mp3 with a cover of 20 MB": lambda: (
        id3((b"APIC", b"\0image/png\0\3\0" + png() + bytes(20 * MIB))) + sample("mp3")
    ),
    "flac with a comment of 15 MB": lambda: _behind_head(_comment(15 * MIB)),
    "flac with 64 MB of comments": lambda: _behind_head(*[_comment(15 * MIB)] * 4),
    "flac with 4 billion comments": lambda: _behind_head(_block(4, NO_END)),
    "flac with a cover of 15 MB": lambda: _behind_head(_cover(15 * MIB)),
    "mp4 with a cover of 20 MB": lambda: with_cover(sample("mp4"), 20 * MIB),
    "ogg with a comment of 8 MB": lambda: ogg_with_comment(8 * MIB),
}
"""Sound that is small beside what is said of it."""


def with_cover(mp4: bytes, size: int) -> bytes:
    """A cover in a moov that lies behind the sound, so that no offset changes."""
    data = box(b"data", struct.pack(">II", 13, 0), bytes(size))
    meta = box(
        b"meta", bytes(4), box(b"hdlr", bytes(8), b"mdirappl", bytes(9)), box(b"ilst", box(b"covr", data))
    )
    parts = [
        box(b"moov", whole[8:], box(b"udta", meta)) if name == b"moov" else whole
        for name, whole in boxes(mp4)
    ]
    return b"".join(parts)


def ogg_with_comment(size: int) -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format="ogg") as file:
        file.metadata["comment"] = "x" * size
        stream = file.add_stream("libopus", rate=48_000)
        frame = av.AudioFrame.from_ndarray(tone(1.0, 48_000)[None, :], format="s16", layout="mono")
        frame.rate = 48_000
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return out.getvalue()


def alternating(times: int) -> bytes:
    """MP3 frames of two rates, in turns."""
    one, other = (mp3_frames(media_file(tone(1.0, rate), "mp3", rate=rate))[5:9] for rate in (44_100, 32_000))
    return b"".join(chain(*repeat((*one, *other), times)))


def mp3_frames(file: bytes) -> list[bytes]:
    """The frames of an MPEG 1 layer III file, without its tags."""
    rates, bits = (44_100, 48_000, 32_000), (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
    found, at = [], file.index(b"\xff\xfb")
    while at + 4 <= len(file) and file[at] == 0xFF:
        size = 144_000 * bits[file[at + 2] >> 4] // rates[file[at + 2] >> 2 & 3] + (file[at + 2] >> 1 & 1)
        found.append(file[at : at + size])
        at += size
    return found


def linked(container: str, times: int) -> bytes:
    """Ogg streams one after the other, each with another serial number, as they are chained."""
    return b"".join(media_file(tone(0.04, 48_000), container, rate=48_000) for _ in range(times))


def jumps(*seconds: float) -> bytes:
    """A tenth of a second of sound at each of these times, in this order."""
    sound = SECOND[:3200]
    clusters = [cluster(round(at * 1000), (0, sound)) for at in seconds]
    return matroska(matroska_info(), tracks(1), *clusters)


@cache
def clocks() -> dict[str, bytes]:
    """Time that leaps."""
    return {
        "an hour forward, 20 times": jumps(*(3590.0 * n for n in range(20))),
        "a day forward, 1,000 times": jumps(*(86_400.0 * n for n in range(1000))),
        "backward, 1,000 times": jumps(*(10_000.0 - n for n in range(1000))),
        "forward and backward, 2,000 times": jumps(*(n % 2 * 3000.0 for n in range(2000))),
        "to the end of time": jumps(0, 1.0, (1 << 63) / 1000 - 10, 2.0),
        "ticks beyond 64 bits": jumps(0, 1.8e16),
    }


@cache
def bombs(scale: float = 1.0) -> dict[str, bytes]:
    """Small files of long sound; `scale` 1 is what they are at worst."""
    return {
        "flac of 10 hours of silence": flac_of_silence(36_000 * scale),
        "flac of 1,000 hours, its length not told": flac_of_silence(3_600_000 * scale, total=0),
        "flac of 1,000 hours, told": flac_of_silence(3_600_000 * scale),
        "flac of 8 channels at 655,350 Hz": flac_of_silence(6_000 * scale, rate=655_350, channels=8, total=0),
        "wav of 8 hours at 1 Hz": wav(rate=1, data=bytes(round(57_600 * scale) // 2 * 2)),
        "mp3 of two rates in turns": alternating(round(20_000 * scale)),
        "ogg of a chain of opus": linked("ogg", round(20_000 * scale)),
    }
