"""A real Prometheus with the repository's own configuration and rules, in a hurry."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import yaml

from deploy.local.ports import free_port
from deploy.local.program import CannotRun
from deploy.prometheus.check import CONFIGURATION, RULES
from deploy.prometheus.debian import programs
from tests.support.excuses import lacking
from tests.support.waiting import eventually

INTERVAL = "500ms"
PATIENCE = re.compile(r"^(\s*for:) \S+", re.MULTILINE)
STOP_SECONDS = 20


@dataclass(frozen=True)
class Prometheus:
    url: str

    async def query(self, expression: str) -> list[dict[str, Any]]:
        """What an expression is now: labels under `metric`, and a value."""
        found: list[dict[str, Any]] = (await self._ask("query", query=expression))["result"]
        return found

    async def targets(self) -> dict[str, set[str]]:
        """The states of each job's targets: up, down or unknown."""
        found: dict[str, set[str]] = {}
        for target in (await self._ask("targets"))["activeTargets"]:
            found.setdefault(target["labels"]["job"], set()).add(target["health"])
        return found

    async def firing(self) -> set[tuple[str, str]]:
        """Alerts that fire now, each with its queue, if it has one."""
        alerts = (await self._ask("alerts"))["alerts"]
        fires = [alert["labels"] for alert in alerts if alert["state"] == "firing"]
        return {(labels["alertname"], labels.get("queue", "")) for labels in fires}

    async def names(self) -> set[str]:
        """Of every metric that was scraped or recorded."""
        return set(await self._ask("label/__name__/values"))

    async def _ask(self, what: str, **parameters: str) -> Any:
        async with httpx2.AsyncClient(base_url=self.url) as client:
            answer = await client.get(f"/api/v1/{what}", params=parameters)
            assert answer.status_code == 200, answer.text
            return answer.json()["data"]


@asynccontextmanager
async def prometheus(directory: Path, targets: Mapping[str, Sequence[str]]) -> AsyncIterator[Prometheus]:
    """It scrapes these addresses (host:port, by job), and knows no other jobs. It has ended afterwards.

    Skips at a desk where Prometheus cannot be had, fails where CI=true.
    """
    try:
        program = await asyncio.to_thread(programs)
    except CannotRun as reason:
        lacking(str(reason))
    address = f"127.0.0.1:{free_port()}"
    arguments = (
        f"--config.file={rendered(directory, targets)}",
        f"--storage.tsdb.path={directory / 'data'}",
        f"--web.listen-address={address}",
    )
    log = directory / "prometheus.log"
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            str(program / "prometheus"), *arguments, cwd=directory, stdout=out, stderr=out
        )
    try:
        await eventually(lambda: _ready(process, address, log))
        yield Prometheus(f"http://{address}")
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.wait(), STOP_SECONDS)


def rendered(directory: Path, targets: Mapping[str, Sequence[str]]) -> Path:
    """The repository's configuration with addresses instead of names, and its rules without patience."""
    configuration = yaml.safe_load(CONFIGURATION.read_text())
    configuration["global"] = dict.fromkeys(
        ("scrape_interval", "scrape_timeout", "evaluation_interval"), INTERVAL
    )
    jobs = {job["job_name"]: job for job in configuration["scrape_configs"]}
    assert targets.keys() <= jobs.keys()
    configuration["scrape_configs"] = [
        {key: value for key, value in jobs[name].items() if key != "dns_sd_configs"}
        | {"static_configs": [{"targets": list(addresses)}]}
        for name, addresses in targets.items()
    ]
    (directory / "rules").mkdir()
    for file in RULES:
        hasty = PATIENCE.sub(r"\1 1s", file.read_text())
        (directory / "rules" / file.name).write_text(hasty)
    written = directory / "prometheus.yml"
    written.write_text(yaml.safe_dump(configuration))
    return written


async def _ready(process: asyncio.subprocess.Process, address: str, log: Path) -> bool:
    assert process.returncode is None, f"it ended: {log}"
    async with httpx2.AsyncClient() as client:
        try:
            return (await client.get(f"http://{address}/-/ready")).status_code == 200
        except httpx2.TransportError:
            return False
