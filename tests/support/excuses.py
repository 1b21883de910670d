"""The only excuses for not running a test: what this machine lacks, and the suite may not bring or fetch."""

import fcntl
import os
from pathlib import Path
from typing import NoReturn

import pytest

from deploy.local.packages import NotInstalled, ensure_rabbitmq
from deploy.local.state import ROOT
from scribeline.contracts.failures import Fail
from scribeline.weights import ensure


def lacking(what: str) -> NoReturn:
    """Skip at a desk; fail where CI=true. What is there and does not work is no excuse: let it fail."""
    if os.environ.get("CI") == "true":
        pytest.fail(what, pytrace=False)
    pytest.skip(what)


def need_rabbitmq(log: Path) -> None:
    """Install it where we may, as `make up` does. Raises CannotRun when that goes wrong."""
    with (ROOT / "pyproject.toml").open() as ours:
        fcntl.flock(ours, fcntl.LOCK_EX)  # of several test processes, one installs and the others wait
        try:
            ensure_rabbitmq(log)
        except NotInstalled as error:
            lacking(str(error))


def need_weights(directory: Path, *models: str) -> None:
    """Fetch those that are missing. Raises Fail when they come damaged or cannot be stored."""
    for model in models:
        try:
            ensure(model, directory)
        except Fail as failure:
            if "could not be downloaded" not in failure.message or "damaged" in failure.message:
                raise
            lacking(failure.message)
