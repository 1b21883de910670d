"""Become a program: write the own pid, then replace this process. Run by the process manager.

`launch.py SPECIFICATION` reads what to run from a file, so that no password stands in a command line and
no path needs the manager's quoting. The pid stays right when the manager starts the program again.
"""

import json
import os
import sys
from pathlib import Path


def main() -> None:
    specification = json.loads(Path(sys.argv[1]).read_text())
    pid_file = Path(specification["pid_file"])
    fresh = pid_file.with_suffix(".new")
    fresh.write_text(f"{os.getpid()}\n")
    fresh.replace(pid_file)
    os.chdir(specification["directory"])
    argv = specification["argv"]
    os.execvpe(argv[0], argv, specification["environment"])  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()
