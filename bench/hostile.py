"""What it costs to decode files that mean harm: code, CPU seconds, memory and wall clock of each.

    python bench/hostile.py            # about ten minutes: the bombs are as large as they can be
    python bench/hostile.py --scale 0.01

Each file is decoded by a process of its own, with the limits of a worker out of the box, so that the peak is
that file's. Needs no stack. The table goes to docs/formats.md.
"""

import argparse
from collections.abc import Callable, Iterator
from functools import partial

import av

from tests.support import hostile
from tests.support.measured import USUAL, Cost, worker

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
    for name in hostile.bombs(0.0001):
        yield "bomb", name, partial(_bomb, name, scale)


def _half(container: str) -> bytes:
    whole = hostile.sample(container)
    return whole[: len(whole) // 2]


def _bomb(name: str, scale: float) -> bytes:
    return hostile.bombs(scale)[name]


def row(kind: str, name: str, size: int, cost: Cost) -> str:
    said = cost.crash or (f"`{cost.code}`" if cost.code else f"{cost.seconds:,.1f} s of sound")
    return (
        f"| {kind} | {name} | {size:,} | {said} | {cost.cpu:.1f} | {cost.peak / 1e6:.0f} | {cost.wall:.1f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0, help="of the bombs")
    scale: float = parser.parse_args().scale
    print(f"PyAV {av.__version__}, {USUAL}\n")
    print("| kind | file | bytes | outcome | CPU s | peak MB | wall s |\n|---|---|---:|---|---:|---:|---:|")
    for kind, name, made in files(scale):
        data = made()
        with worker() as alone:
            print(row(kind, name, len(data), alone.decode(data)), flush=True)


if __name__ == "__main__":
    main()
