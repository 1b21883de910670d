"""Whatever the OpenAPI document allows or forbids is asked of a gateway with workers behind it.

It answers as the document says, and never with an error of its own.
"""

import asyncio
import os
import sys
from pathlib import Path

from scribeline.messaging.broker import Broker
from scribeline.messaging.publisher import Publisher
from scribeline.storage.database import Database
from tests.support.gateway_process import KEY, Process
from tests.support.workers import Workers, working
from tests.support.writers import writing

ROOT = Path(__file__).parents[2]
EXAMPLES, SEED = os.environ.get("FUZZ_EXAMPLES", "5"), os.environ.get("FUZZ_SEED", "1")
ENDLESS = "/v1/events"
"""A stream that ends with its client only."""


async def test_every_operation_answers_as_the_document_says(
    gateway: Process, database: Database, broker: Broker, publisher: Publisher, tmp_path: Path
) -> None:
    async with working(Workers(broker).all), writing(database, broker, publisher):
        asked = await asyncio.create_subprocess_exec(
            str(Path(sys.executable).with_name("schemathesis")),
            f"--config-file={ROOT}/tests/schemathesis.toml",
            "run",
            f"{ROOT}/docs/openapi.json",
            f"--url={gateway.url}",
            f"--header=Authorization: Bearer {KEY}",
            f"--max-examples={EXAMPLES}",
            f"--seed={SEED}",
            f"--exclude-path={ENDLESS}",
            "--no-color",
            cwd=tmp_path,  # where it keeps what it found
            env={**os.environ, "PYTHONPATH": f"{ROOT}:{os.environ.get('PYTHONPATH', '')}"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await asked.communicate()
    assert asked.returncode == 0, said.decode()
    assert gateway.process.returncode is None, gateway.log.read_text()
