"""Whoever installs `scribeline[client]` gets a client, and nothing of what only services need."""

import json
import re
import subprocess
import sys
import tomllib
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2] / "shared/pyproject.toml"
ASK = """
import json, sys

class Absent:
    names = frozenset(json.loads(sys.argv[1]))

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.names:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Absent())
from scribeline import AsyncScribeline, Scribeline
with Scribeline("http://127.0.0.1:9", "k") as client:
    print(client)
"""


def name_of(requirement: str) -> str:
    return re.split(r"[\s<>=!~;\[]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def declared(*extras: str) -> set[str]:
    """The packages that the extras ask for, and those that these ask for."""
    project = tomllib.loads(PROJECT.read_text())["project"]
    todo = [*project["dependencies"]]
    for extra in extras:
        todo += project["optional-dependencies"][extra]
    found: set[str] = set()
    while todo:
        name = name_of(todo.pop())
        if name not in found:
            found.add(name)
            with suppress(PackageNotFoundError):  # asked for on other machines only
                todo += [each for each in requires(name) or () if "extra ==" not in each]
    return found


def absent_beside(*extras: str) -> list[str]:
    """Modules of all packages that the extras do not bring."""
    here = declared(*extras) | {"scribeline"}
    distributions = packages_distributions().items()
    return [name for name, of in distributions if not {each.lower().replace("_", "-") for each in of} & here]


def test_the_client_works_with_nothing_else_installed() -> None:
    absent = absent_beside("client")
    assert {"starlette", "uvicorn", "sqlalchemy", "aio_pika", "structlog", "pydantic_settings"} <= set(absent)

    asked = [sys.executable, "-c", ASK, json.dumps(absent)]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False)

    assert (answer.stdout, answer.stderr) == ("Scribeline('http://127.0.0.1:9')\n", "")


def test_the_shared_package_alone_imports_no_client() -> None:
    ask = "import scribeline, scribeline.contracts.envelope, sys; assert 'httpx2' not in sys.modules"
    subprocess.run([sys.executable, "-c", ask], check=True)


SUBSCRIBE = """
import asyncio

async def listen():
    async for event in scribeline.client.subscribe("amqp://a:b@127.0.0.1:9/"):
        pass

import scribeline.client
try:
    asyncio.run(asyncio.wait_for(listen(), 0.5))
except (ImportError, TimeoutError) as error:
    print(type(error).__name__, error)
"""


@pytest.mark.parametrize(
    ("extras", "told"),
    [
        (("client",), "ImportError subscribe needs aio-pika: install scribeline[events]\n"),
        (("client", "events"), "TimeoutError \n"),
    ],
)
def test_subscribing_takes_one_extra_more(extras: tuple[str, ...], told: str) -> None:
    ask = ASK.partition("from scribeline import")[0] + SUBSCRIBE
    asked = [sys.executable, "-c", ask, json.dumps(absent_beside(*extras))]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert (answer.stdout, answer.returncode) == (told, 0), answer.stderr
