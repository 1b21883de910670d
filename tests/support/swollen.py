"""Files that are small, or well-formed, and make much of it: tables that refer to themselves, packed data,
more tracks, pictures, edits or empty elements than anybody needs. Made here, as those of `hostile`."""

import struct
import zlib
from collections.abc import Callable

from tests.support.audio import media_file, tone, wav_file
from tests.support.forgeries import (
    box,
    cluster,
    crc,
    element,
    flac_frame,
    flac_head,
    matroska,
    matroska_info,
    pcm_track,
    riff,
    syncsafe,
    uint,
    wav,
)

MIB = 1 << 20
SECOND = wav_file(tone(1.0))[44:]
TRACKS, VOID = 0x1654AE6B, b"\xec\x80"


def film_of_samples(samples: int, *, edits: bytes = b"", tracks: int = 1) -> bytes:
    """An MP4 of 16 bit PCM in `samples` samples of a tenth of a second, all of them at the same place."""
    sound = SECOND[:3200]
    entry = box(b"sowt", bytes(6), b"\0\1", bytes(8), struct.pack(">HHHHI", 1, 16, 0, 0, 16_000 << 16))
    head = box(b"ftyp", b"isom", bytes(4)) + box(b"mdat", sound)
    first = len(head) - len(sound)
    table = box(
        b"stbl",
        box(b"stsd", bytes(4), struct.pack(">I", 1), entry),
        box(b"stts", bytes(4), struct.pack(">III", 1, samples, 1600)),
        box(b"stsc", bytes(4), struct.pack(">IIII", 1, 1, 1, 1)),
        box(b"stsz", bytes(4), struct.pack(">II", 0, samples), struct.pack(">I", len(sound)) * samples),
        box(b"stco", bytes(4), struct.pack(">I", samples), struct.pack(">I", first) * samples),
    )
    media = box(
        b"mdia",
        box(b"mdhd", bytes(12), struct.pack(">II", 16_000, samples * 1600), bytes(4)),
        box(b"hdlr", bytes(8), b"soun", bytes(13)),
        box(b"minf", box(b"smhd", bytes(8)), table),
    )
    track = b"".join(
        box(b"trak", box(b"tkhd", bytes(12), struct.pack(">I", number), bytes(68)), edits, media)
        for number in range(1, tracks + 1)
    )
    movie = box(b"mvhd", bytes(12), struct.pack(">II", 1000, samples * 100), bytes(80))
    return head + box(b"moov", movie, track)


def edit_list(*edits: tuple[int, int]) -> bytes:
    """Of (milliseconds, sample at which they begin; -1 for nothing)."""
    entries = b"".join(struct.pack(">IiI", length, at, 1 << 16) for length, at in edits)
    return box(b"edts", box(b"elst", bytes(4), struct.pack(">I", len(edits)), entries))


def packed_index(depth: int, says: int | None = None) -> bytes:
    """A moov packed into a moov, and again; `says` is what it tells of its length."""
    film = film_of_samples(10)
    start = film.index(b"moov") - 4
    index = film[start:]
    for _ in range(depth):
        data = box(b"cmvd", struct.pack(">I", len(index) if says is None else says), zlib.compress(index))
        index = box(b"moov", box(b"cmov", box(b"dcom", b"zlib"), data))
    return film[:start] + index


def packed_blocks(blocks: int, size: int) -> bytes:
    """Matroska whose blocks are packed silence, `size` bytes each when they are unpacked."""
    zlibbed = element(0x5034, uint(0x4254, 0))
    packing = element(0x6D80, element(0x6240, uint(0x5031, 0), uint(0x5032, 1), zlibbed))
    head, block = element(0xAE, pcm_track()[9:], packing), zlib.compress(bytes(size), 9)
    return matroska(
        matroska_info(), element(TRACKS, head), *(cluster(number, (0, block)) for number in range(blocks))
    )


def voids(count: int) -> bytes:
    """Empty elements of two bytes between the head and the sound."""
    return matroska(matroska_info(), element(TRACKS, pcm_track()), VOID * count, cluster(0, (0, SECOND)))


def subtitles_only() -> bytes:
    text = element(0xAE, uint(0xD7, 1), uint(0x73C5, 1), uint(0x83, 0x11), element(0x86, b"S_TEXT/UTF8"))
    return matroska(matroska_info(), element(TRACKS, text), cluster(0, (0, b"Hello")))


def adts(frames: int) -> bytes:
    """AAC frames of a head alone, and of noise."""
    bare, noise = bytes.fromhex("fff1504000fffc"), bytes.fromhex("fff15040041ffc") + bytes(range(7, 32))
    return (bare + noise) * frames


def transport_stream(programs: int) -> bytes:
    """A table of programs again and again, and each time the map of another one, of a track."""
    packets = []
    for number in range(1, programs + 1):
        place = number % 8000 + 32
        packets.append(_section(0, 0, struct.pack(">HH", number, 0xE000 | place)))
        track = struct.pack(">HHBHH", 0xE100, 0xF000, 0x0F, 0xE000 | place + 1, 0xF000)
        packets.append(_section(place, 2, track))
    return b"".join(packets)


def _section(pid: int, table: int, body: bytes) -> bytes:
    """One packet (ISO/IEC 13818-1)."""
    section = struct.pack(">BHHBBB", table, 0xB000 | len(body) + 9, 1, 0xC1, 0, 0) + body
    section += struct.pack(">I", crc(section, 0x04C1_1DB7, 32, 0xFFFF_FFFF))
    return (struct.pack(">BHB", 0x47, 0x4000 | pid, 0x10) + b"\0" + section).ljust(188, b"\xff")


def ogg_streams(count: int) -> bytes:
    """Pages that each begin a track, and nothing behind them (RFC 3533)."""
    head, pages = b"OpusHead\1\1\0\0" + struct.pack("<I", 48_000) + bytes(3), []
    for number in range(count):
        page = bytearray(b"OggS\0\2" + bytes(8) + struct.pack("<IIIBB", number, 0, 0, 1, len(head)) + head)
        page[22:26] = struct.pack("<I", crc(page, 0x04C1_1DB7, 32))
        pages.append(bytes(page))
    return b"".join(pages)


def rf64(size: int) -> bytes:
    """A WAV beyond 4 GB, it says."""
    head = struct.pack("<HHIIHH", 1, 1, 16_000, 32_000, 2, 16)
    ds64 = struct.pack("<QQQI", size, size, size, 0)
    chunks = riff((b"ds64", ds64), (b"fmt ", head), (b"data", SECOND))
    at = chunks.index(b"data") + 4
    return b"RF64\xff\xff\xff\xff" + chunks[8:at] + b"\xff\xff\xff\xff" + chunks[at + 4 :]


def rates_in_turns(times: int) -> bytes:
    """FLAC whose frames are of another rate each."""
    frames = (flac_frame(n, 4096, 1, b"\0\0\0", rate=(655_350, 16_000)[n % 2]) for n in range(times))
    return flac_head(rate=16_000, channels=1, block=4096) + b"".join(frames)


def channels_in_turns(times: int) -> bytes:
    """FLAC whose frames have one channel, then eight."""
    frames = (flac_frame(n, 4096, c, b"\0\0\0" * c) for n in range(times) for c in ((1, 8)[n % 2],))
    return flac_head(rate=16_000, channels=8, block=4096) + b"".join(frames)


def nested_script(depth: int) -> bytes:
    """Flash video whose description is an object in an object."""
    script = b"\x02\0\x0aonMetaData" + b"\x03\0\1a" * depth + b"\0\0\x09" * depth
    tag = b"\x12" + len(script).to_bytes(3, "big") + bytes(7) + script
    return b"FLV\1\5\0\0\0\x09" + bytes(4) + tag + struct.pack(">I", len(tag))


def covers(count: int, size: int) -> bytes:
    """A FLAC with that many covers."""
    flac = media_file(tone(1.0), "flac")
    head = struct.pack(">II", 3, 9) + b"image/png" + bytes(20) + struct.pack(">I", size)
    block = head + bytes(size)
    return flac[:42] + (b"\6" + len(block).to_bytes(3, "big") + block) * count + flac[42:]


def packed_tag(size: int) -> bytes:
    """An MP3 with an ID3v2.4 frame that is packed, and says to be of `size` bytes."""
    data = struct.pack(">I", size) + zlib.compress(bytes(MIB))
    frame = b"TXXX" + syncsafe(len(data)) + b"\0\x09" + data
    song = media_file(tone(1.0, 44_100), "mp3", rate=44_100)
    return b"ID3\4\0\0" + syncsafe(len(frame)) + frame + song


def swollen(scale: float = 1.0) -> dict[str, Callable[[], bytes]]:
    """How each is made; `scale` 1 is what they are at worst."""

    def many(count: int) -> int:
        return max(1, round(count * scale))

    def edited(samples: int, *edits: tuple[int, int]) -> Callable[[], bytes]:
        return lambda: film_of_samples(samples, edits=edit_list(*edits))

    again, hour, second = (1_000_000, 0), (3_500_000, -1), (1000, 0)
    return {
        "mp4 of a second, edited to be heard 100,000 times": edited(10, *[second] * many(100_000)),
        "mp4 of 10,000 samples, edited 10,000 times": edited(many(10_000), *[again] * many(10_000)),
        "mp4 edited to begin in 24 days": edited(10, (0x7FFF_FFFF, -1), second),
        "mp4 with 50,000 edits of an empty hour": edited(10, *[hour, second] * many(50_000)),
        "mp4 of 5,000 tracks": lambda: film_of_samples(10, tracks=many(5_000)),
        "mp4 of a million samples at one place": lambda: film_of_samples(many(1_000_000)),
        "mov with an index packed in an index, 100 times": lambda: packed_index(100),
        "mov with a packed index of 4 GB, it says": lambda: packed_index(1, says=0xFFFF_FFF0),
        "mkv of packed blocks of 9 MB": lambda: packed_blocks(many(1000), 9 * MIB),
        "mkv of packed blocks of 100 MB": lambda: packed_blocks(many(20), 100 * MIB),
        "mkv with 20 million empty elements": lambda: voids(many(20_000_000)),
        "mkv of subtitles only": subtitles_only,
        "aac of heads and noise": lambda: adts(many(100_000)),
        "ts of 8,000 programs": lambda: transport_stream(many(8_000)),
        "ogg of 20,000 tracks": lambda: ogg_streams(many(20_000)),
        "rf64 of 2^63 bytes": lambda: rf64((1 << 63) - 2),
        "rf64 of an odd size": lambda: rf64(31_999),
        "wav of an odd size": lambda: wav(data=SECOND[:-1]),
        "wav of 3 MHz": lambda: wav(rate=2_999_999, data=SECOND * 10),
        "wav of 100 MHz": lambda: wav(rate=100_000_007, data=SECOND * 10),
        "wav of 2 GHz": lambda: wav(rate=0x7FFF_FFFF, data=SECOND * 10),
        "flac of two rates in turns": lambda: rates_in_turns(many(20_000)),
        "flac of one channel and eight in turns": lambda: channels_in_turns(many(20_000)),
        "flv of 100,000 objects in objects": lambda: nested_script(100_000),
        "flac with 40 covers of 15 MB": lambda: covers(40, many(15 * MIB)),
        "mp3 with a packed tag of 256 MB, it says": lambda: packed_tag(0x0FFF_FFFF),
    }
