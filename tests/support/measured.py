"""What it costs to decode a file, in a small process of its own: `python -m tests.support.measured`.

Each line that comes in is JSON: {"path", "limits", "excerpt"}. Each that goes out is a `Cost`. The process is
a worker without a model: small, so that the peak of its children is theirs (the kernel counts to a new
process what its parent had), and the one that must survive all files.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any

from scribeline.contracts.failures import Fail
from scribeline.contracts.transcription import SAMPLE_RATE
from transcriber.decode import DecodeLimits, decoding
from transcriber.excerpt import Excerpt
from transcriber.wav import SAMPLE_BYTES

USUAL, WHOLE = DecodeLimits(), Excerpt()


@dataclass(frozen=True)
class Cost:
    """How decoding ended, and what it took."""

    code: str | None
    """Why there is no sound; None where there is."""
    crash: str | None
    """What a worker would try again, and set aside in the end: never a file's doing."""
    seconds: float
    """Of sound, all channels counted, also of what was refused in the end."""
    cpu: float
    """Seconds of the decoder's process."""
    wall: float
    peak: int
    """Bytes: the most that any decoder of this process has needed so far."""


def measured(path: str, limits: DecodeLimits, excerpt: Excerpt) -> Cost:
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    code = crash = None
    size = 0
    try:
        with Path(path).open("rb") as file, decoding(file, limits, excerpt) as blocks:
            for block in blocks:
                size += len(block)
    except Fail as failure:
        code = failure.code.value
    except (ChildProcessError, subprocess.SubprocessError, OSError, ValueError) as error:
        crash = repr(error)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(
        code=code,
        crash=crash,
        seconds=size / SAMPLE_BYTES / SAMPLE_RATE,
        cpu=after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        wall=time.monotonic() - began,
        peak=after.ru_maxrss * 1024,
    )


class Worker:
    """That process, seen from who asks."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._in: IO[str] = process.stdin
        self._out: IO[str] = process.stdout

    def decode(
        self,
        data: bytes,
        limits: DecodeLimits = USUAL,
        excerpt: Excerpt = WHOLE,
    ) -> Cost:
        with NamedTemporaryFile(suffix=".mp3") as file:  # called a song, whatever it is
            file.write(data)
            file.flush()
            asked: dict[str, Any] = {"path": file.name, "limits": asdict(limits), "excerpt": asdict(excerpt)}
            self._in.write(json.dumps(asked) + "\n")
            self._in.flush()
            answer = self._out.readline()
        assert answer, "the worker died"
        return Cost(**json.loads(answer))


@contextmanager
def worker() -> Iterator[Worker]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.measured"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    with process:
        yield Worker(process)


def main() -> None:
    for line in sys.stdin:
        asked = json.loads(line)
        cost = measured(asked["path"], DecodeLimits(**asked["limits"]), Excerpt(**asked["excerpt"]))
        sys.stdout.write(json.dumps(asdict(cost)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
