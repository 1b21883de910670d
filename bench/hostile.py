"""What it costs to decode files that mean harm: code, CPU seconds, memory and wall clock of each.

    python -m bench.hostile > docs/hostile.tsv      # about ten minutes: the bombs are as large as they can be
    python -m bench.hostile --scale 0.01

Each file is decoded by a process of its own, with the limits of a worker out of the box, so that the peak is
that file's. Needs no stack. `make docs` takes the table from docs/hostile.tsv into docs/formats.md.
"""

import argparse
from collections.abc import Callable, Iterator
from functools import partial

import av

from tests.support import hostile
from tests.support.measured import USUAL, Cost, worker
from tests.support.swollen import swollen

Made = Callable[[], bytes]


def files(scale: float) -> Iterator[tuple[str, str, Made]]:
    """(kind, name, how it is made)."""
    yield "broken", "empty", bytes
    yield "broken", "one byte", partial(bytes, 1)
    for container in hostile.CONTAINERS:
        yield "broken", f"half of a {container}", partial(_half, container)
    for name, made in hostile.DISGUISED.items():
        yield "disguised", name, made
    for name, data in hostile.playlists("/etc/hostname", "http://127.0.0.1:9/").items():
        yield "playlist", name, partial(bytes, data)
    for kind, given in (("header", hostile.headers()), ("clock", hostile.clocks())):
        for name, data in given.items():
            yield kind, name, partial(bytes, data)
    for name, made in hostile.TAGS.items():
        yield "tags", name, made
    for name, made in swollen(scale).items():
        yield "structure", name, made
    for name in hostile.bombs(0.0001):
        yield "bomb", name, partial(_bomb, name, scale)


def _half(container: str) -> bytes:
    whole = hostile.sample(container)
    return whole[: len(whole) // 2]


def _bomb(name: str, scale: float) -> bytes:
    return hostile.bombs(scale)[name]


def row(kind: str, name: str, size: int, cost: Cost) -> str:
    said = cost.crash or cost.code or f"{cost.seconds:,.1f} s of sound"
    return "\t".join(
        (kind, name, str(size), said, f"{cost.cpu:.1f}", f"{cost.peak / 1e6:.0f}", f"{cost.wall:.1f}")
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0, help="of the bombs")
    parser.add_argument(
        "--kinds", nargs="+", help="broken, disguised, playlist, header, ...; all if left out"
    )
    given = parser.parse_args()
    scale: float = given.scale
    codec, format_ = (".".join(map(str, av.library_versions[f"libav{part}"])) for part in ("codec", "format"))
    print(f"# PyAV {av.__version__}, libavformat {format_}, libavcodec {codec}; {USUAL}; scale {scale:g}")
    print("kind\tfile\tbytes\toutcome\tcpu_seconds\tpeak_mb\twall_seconds")
    for kind, name, made in files(scale):
        if given.kinds and kind not in given.kinds:
            continue
        data = made()
        with worker() as alone:
            print(row(kind, name, len(data), alone.decode(data)), flush=True)


if __name__ == "__main__":
    main()
