"""Backup and restore as docs/containers.md has them: every volume is taken away, and all is there again."""

import subprocess
from pathlib import Path

from deploy.local.program import CannotRun
from deploy.verify.composition import TRANSCRIBERS, Composition, Disappointed
from deploy.verify.scenario import JOB_SECONDS, SAMPLE, WORDS, expect, plain, say
from scribeline.client import Scribeline
from scribeline.storage.roles import ROLES

COPIED = ("secrets-keyring", "store-data")
"""Volumes that are copied as they are. The database is dumped, and the broker's messages are made anew."""
KEPT = "scribeline_models"
IMAGE = "scribeline/gateway:0.1.0"
"""Has a `tar`."""


def lose_everything_and_bring_it_back(stack: Composition, api: Scribeline, scratch: Path) -> None:
    """The key and a new recording's words are those of before, from a backup alone."""
    job = api.jobs.wait(api.jobs.create(SAMPLE), timeout=JOB_SECONDS)
    text = api.jobs.transcript_as(job, "txt")
    size = back_up(stack, scratch)
    say(f"pg_dump told {size // 1000} kB of the database; the store and the secrets were copied")
    lose_everything(stack)
    left = stack.client.ask("volume", "ls", "--quiet", "--filter", "name=scribeline_").split()
    expect(left == [KEPT], f"Volumes are left: {', '.join(left)}.")
    say("docker compose down, and every volume with data or secrets was removed")
    restore(stack, scratch)
    expect(api.jobs.transcript_as(job, "txt") == text, "The restored transcript is another one.")
    again = api.jobs.wait(api.jobs.rerun(job), timeout=JOB_SECONDS)
    expect(WORDS in plain(api.jobs.transcript_as(again, "txt")), "The restored recording has no words.")
    say("restored: all are healthy, the same key opens it, the transcript is the same, a rerun is completed")


def back_up(stack: Composition, place: Path) -> int:
    """Bytes of the database's dump. Raises CannotRun."""
    dump = place / "database.dump"
    pg_dump = ("exec", "-T", "postgres", "pg_dump", "-U", "postgres", "--format=custom", "scribeline")
    _copy(stack, stack.words(*pg_dump), target=dump)
    stack.compose("stop", "store")
    for name in COPIED:
        _copy(stack, _tar(f"{name}:/data:ro", "-c", "."), target=place / f"{name}.tar")
    return dump.stat().st_size


def lose_everything(stack: Composition) -> None:
    """As if the machine's disk were gone; but for the weights, which nobody can pull here."""
    stack.compose("down", "--timeout", "10")
    names = stack.client.ask("volume", "ls", "--quiet", "--filter", "name=scribeline_").split()
    stack.client.ask("volume", "rm", *(name for name in names if name != KEPT))


def restore(stack: Composition, place: Path) -> None:
    """Into empty volumes; afterwards everything runs. Raises CannotRun."""
    local = ("--no-build", "--pull=never")
    stack.compose("create", *local)
    for name in COPIED:
        _copy(stack, _tar(f"{name}:/data", "-x"), source=place / f"{name}.tar")
    stack.compose("up", "-d", "--wait", *local, "postgres")
    roles = (word for role in ROLES for word in ("-c", f"CREATE ROLE {role} NOLOGIN"))
    stack.compose("exec", "-T", "postgres", "psql", "-U", "postgres", *roles, "scribeline")
    pg_restore = ("pg_restore", "-U", "postgres", "--dbname", "scribeline", "--single-transaction")
    _copy(
        stack,
        stack.words("exec", "-T", "postgres", *pg_restore, "--exit-on-error"),
        source=place / "database.dump",
    )
    stack.compose("up", "-d", *local, "--scale", f"transcriber={TRANSCRIBERS}")
    stack.wait_until_healthy()


def _tar(volume: str, *options: str) -> tuple[str, ...]:
    without = ("--user", "0:0", "--network", "none", "-v", f"scribeline_{volume}")
    return ("run", "--rm", "-i", *without, IMAGE, "tar", "-C", "/data", *options)


def _copy(
    stack: Composition, argv: tuple[str, ...], *, source: Path | None = None, target: Path | None = None
) -> None:
    """Run with a file as its input, or as its output. Raises CannotRun with what it complained of."""
    reading, writing = source or Path("/dev/null"), target or Path("/dev/null")
    with reading.open("rb") as given, writing.open("wb") as taken:
        command = [*stack.client.command, *argv]
        done = subprocess.run(command, stdin=given, stdout=taken, stderr=subprocess.PIPE, check=False)
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().splitlines() or [f"exit code {done.returncode}"]
        raise CannotRun(said[-1])
    if target is not None and target.stat().st_size == 0:
        raise Disappointed(f"{target.name} is empty.")
