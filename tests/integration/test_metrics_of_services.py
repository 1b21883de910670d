"""A service shows the metrics that its page says it shows, and no zeros of what others do."""

import subprocess
import sys

import pytest

from tests.support.families import import_all

TOLD = """
import {main}
from scribeline.telemetry.metrics.family import FAMILIES
print(*(family.name for family in FAMILIES))
"""


@pytest.mark.parametrize(
    ("service", "main"),
    [
        ("gateway", "gateway.main"),
        ("transcriber", "transcriber.main"),
        ("analyzer", "analyzer.main"),
        ("result-writer", "result_writer.main"),
        ("notifier", "notifier.main"),
    ],
)
def test_a_service_shows_what_is_its_own(service: str, main: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", TOLD.format(main=main)], check=True, capture_output=True, text=True
    )
    assert set(ran.stdout.split()) == {family.name for family in import_all() if service in family.services}
