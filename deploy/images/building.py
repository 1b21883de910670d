"""Building the services' images with `deploy/Dockerfile`."""

import subprocess
import tomllib

from deploy.images.client import Client
from deploy.local.program import CannotRun
from deploy.local.state import ROOT

SERVICES = ("gateway", "transcriber", "analyzer", "result-writer", "notifier")
VARIANTS = ("cpu", "cuda")


def build(client: Client, service: str, variant: str = "cpu", base: str | None = None) -> str:
    """Build one image, on that base or the Dockerfile's. Its name.

    Raises CannotRun; docker has shown what went wrong.
    """
    if service not in SERVICES:
        raise CannotRun(f"SERVICE must be one of {', '.join(SERVICES)}, not {service!r}.")
    if variant != "cpu" and service != "transcriber":
        raise CannotRun(f"Only the transcriber computes on a GPU: there is no {variant} image of {service}.")
    image = name(service, variant)
    arguments = {"SERVICE": service, "VARIANT": variant, "VERSION": version(), "REVISION": _revision()}
    if base is not None:
        arguments["BASE"] = base
    given = [word for pair in arguments.items() for word in ("--build-arg", "=".join(pair))]
    where = ("-f", str(ROOT / "deploy" / "Dockerfile"), str(ROOT))
    if client.run("buildx", "build", "--load", *client.build_options, *given, "-t", image, *where) != 0:
        raise CannotRun(f"{image} could not be built.")
    return image


def name(service: str, variant: str = "cpu") -> str:
    """`scribeline/gateway:0.1.0`; a variant has a repository of its own: `scribeline/transcriber-cuda:0.1.0`.

    Whoever has images elsewhere replaces repositories, and a tag with them: two of one would become the same.
    """
    return f"scribeline/{service}{'' if variant == 'cpu' else f'-{variant}'}:{version()}"


def version() -> str:
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"])


def _revision() -> str:
    """The commit, where this is a git repository, with `+` where files differ from it."""
    command = ["git", "-C", str(ROOT), "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty=+"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return "unknown"
    return done.stdout.strip() if done.returncode == 0 else "unknown"
