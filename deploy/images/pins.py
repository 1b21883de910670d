"""Digests for the tags of others' images, as their registries give them: `deploy/pins.env`.

A tag may become another image tomorrow; a digest may not. `docker compose --env-file deploy/pins.env` and
`make image` use what is written there, and no digest is written that a registry did not give.
"""

import re
from pathlib import Path

from deploy.images.client import Client
from deploy.local.program import CannotRun
from deploy.local.state import ROOT

FILES = ("deploy/compose.yml", "deploy/Dockerfile")
PINS = ROOT / "deploy" / "pins.env"
BASE = "SCRIBELINE_BASE_IMAGE"
"""The image that ours are built on; `ARG BASE` of the Dockerfile."""
VARIABLE = re.compile(r"\$\{(\w+_IMAGE):-([^}@\s]+)\}")
ARGUMENT = re.compile(r"^ARG BASE=([^@\s]+)$", re.MULTILINE)
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def references(*texts: str) -> dict[str, str]:
    """Variable -> `name:tag`, of all images that the files' texts name and have no digest yet.

    Raises CannotRun when a variable has two defaults: one of them would be used without its digest.
    """
    found: dict[str, str] = {}
    for text in texts:
        named = VARIABLE.findall(text) + [(BASE, base) for base in ARGUMENT.findall(text)]
        for variable, reference in named:
            if found.setdefault(variable, reference) != reference:
                raise CannotRun(f"{variable} is {found[variable]} in one place and {reference} in another.")
    return found


def pin(client: Client, file: Path = PINS) -> None:
    """Ask for every digest, then write all; when one is not given, nothing. Raises CannotRun."""
    texts = [(ROOT / name).read_text() for name in FILES if (ROOT / name).exists()]
    lines = [f"{variable}={_digested(client, it)}\n" for variable, it in sorted(references(*texts).items())]
    file.write_text("".join(lines))
    print(f"{file}:\n{''.join(lines)}", end="")


def _digested(client: Client, reference: str) -> str:
    try:
        answer = client.ask("buildx", "imagetools", "inspect", "--format", "{{.Manifest.Digest}}", reference)
    except CannotRun as reason:
        raise CannotRun(
            f"No registry gives a digest of {reference}, so nothing was pinned: {reason}"
        ) from None
    if not DIGEST.fullmatch(answer):
        raise CannotRun(f"What a registry gives for {reference} is no digest: {answer[:80]!r}.")
    return f"{reference}@{answer}"


def pinned(file: Path = PINS) -> dict[str, str]:
    """Variable -> `name:tag@digest`, of what was pinned; empty where nothing was."""
    lines = file.read_text().splitlines() if file.exists() else []
    return dict(line.split("=", 1) for line in lines)
