"""Holds configuration, rules and their tests against promtool: `python -m deploy.prometheus.check`.

Part of `make check`. Where promtool cannot be had, a desk is told so and goes on; CI fails.
"""

import os
import subprocess
import sys
from pathlib import Path

from deploy.local.program import CannotRun
from deploy.prometheus.debian import programs

FOLDER = Path(__file__).parent
CONFIGURATION = FOLDER / "prometheus.yml"
RULES = tuple(sorted((FOLDER / "rules").glob("*.yml")))
TESTS = tuple(sorted((FOLDER / "tests").glob("*.yml")))


def main() -> int:
    """The process' exit code."""
    try:
        promtool = str(programs() / "promtool")
    except CannotRun as reason:
        sys.stderr.write(f"{reason} The rules in {FOLDER.name} were not checked.\n")
        return 1 if os.environ.get("CI") == "true" else 0
    checks = (
        (promtool, "check", "config", str(CONFIGURATION)),
        (promtool, "check", "rules", "--lint=all", "--lint-fatal", *map(str, RULES)),
        (promtool, "test", "rules", *map(str, TESTS)),
    )
    return max(map(_quiet, checks))


def _quiet(argv: tuple[str, ...]) -> int:
    """What it said is shown when it found something."""
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        sys.stderr.write(done.stdout)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
