"""Prometheus and promtool: the machine's own, or out of Debian's package."""

import shutil
from pathlib import Path

from deploy.local import debian

PROGRAMS = ("prometheus", "promtool")


def programs() -> Path:
    """The folder with both. Raises CannotRun with what is missing, in one sentence."""
    own = {Path(found).parent for name in PROGRAMS if (found := shutil.which(name)) is not None}
    if len(own) == 1 and debian.complete(folder := own.pop(), PROGRAMS):
        return folder
    return debian.programs("prometheus", *PROGRAMS)
