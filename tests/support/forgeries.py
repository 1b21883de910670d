"""Media files written byte by byte, to say what no encoder would say."""

import struct
from collections.abc import Iterable


def riff(*chunks: tuple[bytes, bytes], size: int | None = None) -> bytes:
    body = b"".join(name + struct.pack("<I", len(data)) + data for name, data in chunks)
    return b"RIFF" + struct.pack("<I", len(body) + 4 if size is None else size) + b"WAVE" + body


def wav(
    *,
    tag: int = 1,
    channels: int = 1,
    rate: int = 16_000,
    align: int = 2,
    bits: int = 16,
    data: bytes = bytes(32_000),
    size: int | None = None,
) -> bytes:
    """A WAV whose header says what it is told to; `size` is what it says of the data's."""
    byte_rate = rate * align & 0xFFFF_FFFF
    head = struct.pack("<HHIIHH", tag, channels, rate, byte_rate, align, bits)
    file = bytearray(riff((b"fmt ", head), (b"data", data)))
    if size is not None:
        file[40:44] = struct.pack("<I", size)
    return bytes(file)


def crc(data: bytes | bytearray, polynomial: int, width: int, begin: int = 0) -> int:
    sum_, top, mask = begin, 1 << width - 1, (1 << width) - 1
    for byte in data:
        sum_ ^= byte << width - 8
        for _ in range(8):
            sum_ = (sum_ << 1 ^ polynomial if sum_ & top else sum_ << 1) & mask
    return sum_


def _utf8(number: int) -> bytes:
    """A FLAC frame's number, coded as UTF-8 codes a character."""
    return chr(number).encode("utf-8", "surrogatepass")


def flac_head(*, rate: int, channels: int, block: int, total: int = 0, tags: Iterable[bytes] = ()) -> bytes:
    """`fLaC`, STREAMINFO and further metadata blocks (their type and length included). Total 0: not known."""
    info = struct.pack(">HH", block, block) + bytes(6)
    info += ((rate << 44) | (channels - 1 << 41) | (15 << 36) | total).to_bytes(8, "big") + bytes(16)
    blocks = [b"\0" + len(info).to_bytes(3, "big") + info, *tags]
    last = bytearray(blocks[-1])
    last[0] |= 0x80
    return b"fLaC" + b"".join(blocks[:-1]) + bytes(last)


def flac_of_silence(
    seconds: float, *, rate: int = 16_000, channels: int = 1, total: int | None = None
) -> bytes:
    """FLAC (RFC 9639) of constant blocks of 65,535 samples: 16 bytes for four seconds."""
    block = 65_535
    frames = round(seconds * rate / block)
    head = flac_head(
        rate=rate, channels=channels, block=block, total=frames * block if total is None else total
    )
    sound = b"\0\0\0" * channels
    return head + b"".join(flac_frame(number, block, channels, sound) for number in range(frames))


def flac_frame(number: int, block: int, channels: int, sound: bytes, *, rate: int | None = None) -> bytes:
    """A frame of `block` samples; its head says nothing of the rate, or names one in tens of Hz."""
    said = b"" if rate is None else struct.pack(">H", rate // 10)
    kind = bytes([0x70 | (0x0E if said else 0)])
    head = (
        b"\xff\xf8" + kind + bytes([channels - 1 << 4]) + _utf8(number) + struct.pack(">H", block - 1) + said
    )
    frame = head + bytes([crc(head, 0x07, 8)]) + sound
    return frame + struct.pack(">H", crc(frame, 0x8005, 16))


def box(name: bytes, *payload: bytes, size: int | None = None, wide: int | None = None) -> bytes:
    """An MP4 box; `size` is what it says of itself, `wide` the same in 64 bits."""
    body = b"".join(payload)
    if wide is not None:
        return struct.pack(">I", 1) + name + struct.pack(">Q", wide) + body
    return struct.pack(">I", len(body) + 8 if size is None else size) + name + body


def boxes(file: bytes) -> list[tuple[bytes, bytes]]:
    """The outermost boxes of an MP4 file: name, and all of it."""
    found, at = [], 0
    while at + 8 <= len(file):
        size = struct.unpack(">I", file[at : at + 4])[0]
        found.append((file[at + 4 : at + 8], file[at : at + size]))
        at += size
    return found


def element(name: int, *payload: bytes, size: bytes | None = None) -> bytes:
    """An EBML element; `size` are the bytes that say its length, right where they are not given."""
    body = b"".join(payload)
    id_ = name.to_bytes((name.bit_length() + 7) // 8, "big")
    return id_ + (size or (1 << 56 | len(body)).to_bytes(8, "big")) + body


UNKNOWN = b"\x01" + b"\xff" * 7
"""The size of an EBML element that does not know it."""


def uint(name: int, value: int) -> bytes:
    return element(name, value.to_bytes(8, "big"))


def matroska(*level1: bytes, size: bytes | None = None) -> bytes:
    """An EBML header and a segment of these elements; `size` of the segment."""
    head = element(0x1A45DFA3, element(0x4282, b"matroska"), uint(0x4287, 4), uint(0x4285, 2))
    return head + element(0x18538067, *level1, size=size)


def matroska_info(duration: float | None = None, scale: int = 1_000_000) -> bytes:
    length = b"" if duration is None else element(0x4489, struct.pack(">d", duration))
    return element(0x1549A966, uint(0x2AD7B1, scale), length)


def pcm_track(number: int = 1, rate: float = 16_000.0) -> bytes:
    """A TrackEntry of 16 bit mono PCM."""
    sound = element(0xE1, element(0xB5, struct.pack(">d", rate)), uint(0x9F, 1), uint(0x6264, 16))
    return element(
        0xAE, uint(0xD7, number), uint(0x73C5, number), uint(0x83, 2), element(0x86, b"A_PCM/INT/LIT"), sound
    )


def cluster(at: int, *blocks: tuple[int, bytes]) -> bytes:
    """Blocks (ticks after the cluster, sound) of track 1, the cluster beginning at tick `at`."""
    simple = [element(0xA3, b"\x81" + struct.pack(">h", after) + b"\x80" + sound) for after, sound in blocks]
    return element(0x1F43B675, uint(0xE7, at), *simple)


def id3(*frames: tuple[bytes, bytes], size: int | None = None) -> bytes:
    """An ID3v2.3 tag; `size` is what it says of itself."""
    body = b"".join(name + struct.pack(">IH", len(data), 0) + data for name, data in frames)
    length = len(body) if size is None else size
    return b"ID3\3\0\0" + syncsafe(length) + body


def syncsafe(length: int) -> bytes:
    """A length as ID3 writes it: seven bits a byte."""
    return bytes(length >> shift & 0x7F for shift in (21, 14, 7, 0))
