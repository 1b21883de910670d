"""A stack of `make up` with a state directory of its own, so that a developer's goes on undisturbed."""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import psutil

from deploy.local.state import ROOT
from scribeline_cli.address import read_env
from tests.support.excuses import need_rabbitmq
from tests.support.waiting import eventually

COMMAND_SECONDS = 400
JOB_SECONDS = 240


def many_units(models_dir: Path) -> dict[str, str]:
    """Settings under which a minute of speech is several units, each done in a moment."""
    return {
        "SCRIBELINE_MODELS_DIR": str(models_dir),
        "SCRIBELINE_DEFAULT_MODEL": "tiny.en",
        "SCRIBELINE_ANALYZER_ENGINE": "extractive",
        "SCRIBELINE_SHORT_MAX_BYTES": "1000000",
        "SCRIBELINE_PIECE_SECONDS": "20",
    }


@dataclass
class Stack:
    directory: Path
    settings: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str) -> str:
        """`python -m deploy.local ...`, as the make targets do. It must succeed; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "deploy.local", *arguments],
            cwd=ROOT,
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    def pids(self) -> dict[str, int]:
        """Name -> pid, as the pid files say."""
        return {file.stem: int(file.read_text()) for file in (self.directory / "run").glob("*.pid")}

    def client(self) -> httpx2.AsyncClient:
        """Speaks to the API with the key of `.scribeline/env`."""
        env = read_env(self.directory / "env")
        headers = {"Authorization": f"Bearer {env['SCRIBELINE_API_KEY']}"}
        return httpx2.AsyncClient(base_url=env["SCRIBELINE_URL"], headers=headers, timeout=60)

    def processes(self) -> list[psutil.Process]:
        """Whatever was started with this state directory or runs inside it."""
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                return False
            marked = process.environ().get("SCRIBELINE_STATE_DIR") == str(self.directory)
            return marked or Path(process.cwd()).is_relative_to(self.directory)
        except psutil.Error:
            return False

    def _environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("SCRIBELINE_")}
        return {**inherited, **self.settings, "SCRIBELINE_STATE_DIR": str(self.directory)}


def start(directory: Path, settings: dict[str, str]) -> Stack:
    """`make up`; skips at a desk without RabbitMQ, where only an administrator may install it."""
    need_rabbitmq(directory.with_name("install.log"))
    stack = Stack(directory, settings)
    stack.run("up")
    return stack


async def submit(client: httpx2.AsyncClient, audio: bytes) -> str:
    """Upload a WAV; returns the job's id."""
    answer = await client.post("/v1/jobs", files={"audio": ("speech.wav", audio)})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


async def job(client: httpx2.AsyncClient, id_: str) -> dict[str, Any]:
    """The job as the API shows it; empty while the API is away, as after a kill."""
    try:
        answer = await client.get(f"/v1/jobs/{id_}")
    except httpx2.TransportError:
        return {}
    shown: dict[str, Any] = answer.json() if answer.status_code == 200 else {}
    return shown


async def completed(client: httpx2.AsyncClient, id_: str) -> dict[str, Any]:
    """The job once it has ended, which must be well."""

    async def ended() -> dict[str, Any] | None:
        shown = await job(client, id_)
        return shown if shown.get("status") in ("completed", "failed", "cancelled") else None

    shown: dict[str, Any] = await eventually(ended, within=JOB_SECONDS, every=0.2)
    assert shown["status"] == "completed", shown
    return shown


async def text(client: httpx2.AsyncClient, id_: str) -> str:
    answer = await client.get(f"/v1/jobs/{id_}/transcript", params={"format": "txt"})
    assert answer.status_code == 200, answer.text
    return str(answer.text)
