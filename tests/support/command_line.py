"""The command line before a fake gateway, by a time that costs nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import stamina
from typer.testing import CliRunner, Result

from scribeline_cli import waiting
from scribeline_cli.main import app
from tests.support.fake_gateway import FakeGateway

Run = Callable[..., Result]


class FakeTime:
    """Passes only by sleeping."""

    seconds = 0.0

    def now(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@contextmanager
def command_line(directory: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Runs commands in that directory."""
    monkeypatch.chdir(directory)
    time = FakeTime()
    clock = waiting.Clock(time.now, time.sleep)
    monkeypatch.setattr(waiting, "Clock", lambda: clock)
    for name in ("SCRIBELINE_URL", "SCRIBELINE_API_KEY"):
        monkeypatch.delenv(name, raising=False)

    def invoke(gateway: FakeGateway, *arguments: str) -> Result:
        return CliRunner().invoke(app, ["--url", "http://gateway", *arguments], obj=gateway)

    with stamina.set_testing(True, attempts=3):
        yield invoke
