"""Holds configuration, rules with their tests, and the dashboards' questions against promtool.

`python -m deploy.prometheus.check`.

Part of `make check`. Where promtool cannot be had, a desk is told so and goes on; CI fails.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from deploy.grafana.dashboard import expressions
from deploy.local.program import CannotRun
from deploy.prometheus.debian import programs

FOLDER = Path(__file__).parent
CONFIGURATION = FOLDER / "prometheus.yml"
RULES = tuple(sorted((FOLDER / "rules").glob("*.yml")))
DASHBOARDS = tuple(sorted((FOLDER.parent / "grafana" / "dashboards").glob("*.json")))
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
    return max(*map(_quiet, checks), _dashboards(promtool))


def _dashboards(promtool: str) -> int:
    """promtool reads expressions in rules only, so each question becomes one. JSON is YAML, too."""
    asked = [
        {"record": f"dashboard:{number}", "expr": expression}
        for file in DASHBOARDS
        for number, expression in enumerate(expressions(json.loads(file.read_text())))
    ]
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as rules:
        json.dump({"groups": [{"name": "dashboards", "rules": asked}]}, rules)
        rules.flush()
        return _quiet((promtool, "check", "rules", "--lint=none", rules.name))


def _quiet(argv: tuple[str, ...]) -> int:
    """What it said is shown when it found something."""
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        sys.stderr.write(done.stdout)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
