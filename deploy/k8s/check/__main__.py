"""`make k8s`: renders all that is applied, and checks each object."""

import os
import sys
from pathlib import Path

from deploy.k8s.check import policy, schemas
from deploy.k8s.check.objects import APPLIED, NotRendered, Objects, render
from deploy.local.program import CannotRun


def main() -> int:
    """The process' exit code."""
    try:
        sound = [_sound(folder) for folder in APPLIED]  # all of them, so that all is told at once
        return 0 if all(sound) else 1
    except NotRendered as why:
        sys.exit(str(why))
    except CannotRun as lack:
        # A desk is told so and goes on, as where AsyncAPI's parser cannot be had; CI fails.
        sys.stderr.write(f"The manifests were not checked: {lack}\n")
        return 1 if os.environ.get("CI") == "true" else 0


def _sound(folder: Path) -> bool:
    objects: Objects = render(folder)
    # what is no object of Kubernetes is not looked at any further
    found = list(schemas.problems(objects)) or list(policy.problems(objects))
    print(f"{folder.name}: {len(objects)} objects, {len(found)} problems")
    for problem in found:
        print(f"  {problem}")
    return not found


if __name__ == "__main__":
    sys.exit(main())
