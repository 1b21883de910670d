"""`make verify-containers`: images built and the composed stack run, by a real engine that leaves no trace.

As root on Debian, a quarter of an hour and 6 GB of disk. The engine, and what stands in for the images of
registries, are Debian's packages, kept in the cache for the next time. Says in one sentence what is missing.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from deploy.images.building import SERVICES, build
from deploy.local.program import CannotRun
from deploy.verify import backup, debian, engine, scenario, standins
from deploy.verify.composition import Composition, Disappointed, without_settings
from deploy.verify.engine import Engine
from scribeline.weights import DEFAULT_MODEL, default_models_dir, ensure

CACHE = default_models_dir().parent / "verify"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy.verify", description=__doc__)
    parser.add_argument("--composed", type=Path, metavar="SCRATCH", help=argparse.SUPPRESS)
    scratch = parser.parse_args().composed
    try:
        if scratch is not None:  # we are in a network namespace of our own, see below
            composed(Engine(engine.tree(CACHE), scratch), scratch)
            return 0
        return verify()
    except (CannotRun, Disappointed) as reason:
        print(reason, file=sys.stderr)
        return 1


def verify() -> int:
    """Build with the machine's network; then run where nothing of the machine's can be met."""
    debian.check()
    without_settings()
    ensure(DEFAULT_MODEL, default_models_dir())
    scratch = Path(tempfile.mkdtemp(prefix="sl-verify-", dir="/var/tmp"))
    own = Engine(engine.tree(CACHE), scratch)
    try:
        images(own, scratch)
        isolated = ("unshare", "--net", sys.executable, "-m", "deploy.verify", "--composed", str(scratch))
        return subprocess.run(isolated, check=False).returncode
    finally:
        own.remove()


def images(own: Engine, scratch: Path) -> None:
    with own.building() as client:
        for name, one in standins.STAND_INS.items():
            image = standins.build(client, name, CACHE, scratch)
            scenario.say(f"{image} is a stand-in: {one.told}")
        for service in SERVICES:
            image = build(client, service)
            size = int(client.ask("image", "inspect", "--format", "{{.Size}}", image)) // 10**6
            scenario.say(f"{image} is built with deploy/Dockerfile: {size} MB")


def composed(own: Engine, scratch: Path) -> None:
    with own.composing() as client:
        stack = Composition(client)
        with stack.up(default_models_dir()):
            stack.wait_until_healthy()
            scenario.say("docker compose up, with three transcribers: all are healthy")
            scenario.look_at_containers(stack)
            scenario.look_at_networks(stack)
            with scenario.client(stack.first_key()) as api:
                scenario.say("the first API key was printed, once")
                scenario.transcribe_a_short_one(api)
                scenario.transcribe_a_long_one_while_a_container_is_killed(stack, api, scratch)
                backup.lose_everything_and_bring_it_back(stack, api, scratch)


if __name__ == "__main__":
    sys.exit(main())
