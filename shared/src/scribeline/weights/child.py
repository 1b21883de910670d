"""Run another program that fills a folder, and tell how full it is."""

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

POLL_SECONDS = 0.3
GRACE_SECONDS = 5.0
_EXCEPTION = re.compile(r"^[\w.]+: (\[Errno -?\d+\] )?")
"""What stands before the sentence in a traceback's last line."""


class SourceFailed(Exception):
    """One source of weights gave nothing. The text says why, in a few words."""


def run(
    argv: Sequence[str],
    *,
    watch: Path,
    on_bytes: Callable[[int], None],
    environment: Mapping[str, str] | None = None,
) -> str:
    """The program's standard output. Raises `SourceFailed` with its last words if it fails.

    `on_bytes` hears how much stands below `watch`. The program never outlives this call.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(  # noqa: S603 - no shell; arguments are ours or checked
            argv,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            env={**os.environ, **(environment or {})},
        )
        try:
            while _running(process):
                on_bytes(bytes_below(watch))
        finally:
            _end(process)
        if process.returncode:
            raise SourceFailed(_last_words(_text(err)) or _text_of_status(process.returncode))
        return _text(out)


def python(module: str, *arguments: str) -> list[str]:
    """Run a module with this interpreter."""
    return [sys.executable, "-m", module, *arguments]


def bytes_below(folder: Path) -> int:
    """Size of all files below a folder that someone else is changing."""
    total = 0
    for parent, _, files in os.walk(folder):
        for name in files:
            try:
                total += os.lstat(f"{parent}/{name}").st_size
            except FileNotFoundError:  # renamed or removed meanwhile
                continue
    return total


def _running(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(POLL_SECONDS)
    except subprocess.TimeoutExpired:
        return True
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")


def _last_words(text: str) -> str:
    """The line that tells most: pip marks it with ERROR, a traceback ends with it."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR:").strip() for line in lines if line.startswith("ERROR:")]
    return _EXCEPTION.sub("", (errors or lines or [""])[-1])[:300]


def _text_of_status(status: int) -> str:
    if status == -signal.SIGALRM:  # it set itself an alarm
        return "no answer in time"
    return f"ended by signal {-status}" if status < 0 else f"ended with status {status}"
