"""The examples of `docs/api.md`, as they stand there, against a whole system with real speech."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.audio import jfk, wav_file
from tests.support.manual import sections
from tests.support.pipeline import Pipeline
from tests.support.served import served
from tests.support.servers import Servers
from tests.support.sites import recording, site

ROOT = Path(__file__).parents[2]
PAGE = sections("api.md")
MEDIA, URL, KEY = "https://media.example.com/talk.mp3", "http://127.0.0.1:8000", "sl_..."
RECORDINGS = ("call.mp3", "talk.mp3", "review.mp3")
SHELL = "set -euo pipefail\n"


@dataclass(frozen=True)
class Reader:
    """Somebody who has a key, some recordings and a shell."""

    directory: Path
    environment: dict[str, str]
    media: str

    async def run(self, *command: str) -> None:
        ran = await asyncio.create_subprocess_exec(
            *command,
            cwd=self.directory,
            env=self.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await ran.communicate()
        assert ran.returncode == 0, f"{command[-1]}\n{said.decode()}"

    def adapted(self, text: str) -> str:
        """With this system's addresses and key."""
        given = self.environment
        text = text.replace(MEDIA, self.media).replace(URL, given["URL"])
        return text.replace(KEY, given["KEY"])


@pytest.fixture(scope="module")
async def system(
    servers: Servers, template_database: str, models_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Pipeline]:
    """One for the whole page. Nobody is where its language model should be."""
    settings = {
        "fetch_hosts_allowed": ("127.0.0.1",),
        "analyzer_engine": "auto",
        "ollama_url": "http://127.0.0.1:9",
    }
    logs = tmp_path_factory.mktemp("api")
    async with served(servers, template_database, models_dir, logs, **settings) as running:
        yield running


@pytest.fixture
async def reader(system: Pipeline, tmp_path: Path) -> AsyncIterator[Reader]:
    audio = wav_file(jfk())
    for name in RECORDINGS:
        (tmp_path / name).write_bytes(audio)
    key = system.client.headers["authorization"].removeprefix("Bearer ")
    url = str(system.client.base_url).rstrip("/")
    job = await system.submit(audio)
    await system.ended(job)
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    (bin_ / "curl").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tests.support.curl "$@"\n')
    (bin_ / "curl").chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{bin_}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": f"{ROOT}:{os.environ.get('PYTHONPATH', '')}",
        "URL": url,
        "KEY": key,
        "JOB": job,
        "SCRIBELINE_URL": url,
        "SCRIBELINE_API_KEY": key,
    }
    async with site({"/talk.mp3": recording(audio)}) as web:
        yield Reader(tmp_path, environment, web.url("/talk.mp3"))


@pytest.mark.parametrize("title", [title for title, section in PAGE.items() if section.blocks("sh")])
async def test_the_commands_of_the_page_do_as_it_says(reader: Reader, title: str) -> None:
    for number, block in enumerate(PAGE[title].blocks("json")):
        (reader.directory / ("risks.json" if number == 0 else f"{number}.json")).write_text(block)
    await reader.run("bash", "-c", SHELL + reader.adapted("\n".join(PAGE[title].blocks("sh"))))


@pytest.mark.parametrize("title", [title for title, section in PAGE.items() if section.blocks("python")])
async def test_the_programs_of_the_page_do_as_it_says(reader: Reader, title: str) -> None:
    for block in PAGE[title].blocks("python"):
        await reader.run(sys.executable, "-W", "error", "-c", reader.adapted(block))
