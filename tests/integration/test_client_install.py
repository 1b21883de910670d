"""Whoever installs `scribeline[client]` gets a client, and nothing of what only services need."""

import json
import re
import subprocess
import sys
import tomllib
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

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


def declared() -> set[str]:
    """The packages that the extra asks for, and those that these ask for."""
    project = tomllib.loads(PROJECT.read_text())["project"]
    todo = [*project["dependencies"], *project["optional-dependencies"]["client"]]
    found: set[str] = set()
    while todo:
        name = name_of(todo.pop())
        if name not in found:
            found.add(name)
            with suppress(PackageNotFoundError):  # asked for on other machines only
                todo += [each for each in requires(name) or () if "extra ==" not in each]
    return found


def test_the_client_works_with_nothing_else_installed() -> None:
    here = declared() | {"scribeline"}
    distributions = packages_distributions().items()
    absent = [
        name for name, of in distributions if not {each.lower().replace("_", "-") for each in of} & here
    ]
    assert {"starlette", "uvicorn", "sqlalchemy", "aio_pika", "structlog", "pydantic_settings"} <= set(absent)

    asked = [sys.executable, "-c", ASK, json.dumps(absent)]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False)

    assert (answer.stdout, answer.stderr) == ("Scribeline('http://127.0.0.1:9')\n", "")


def test_the_shared_package_alone_imports_no_client() -> None:
    ask = "import scribeline, scribeline.contracts.envelope, sys; assert 'httpx2' not in sys.modules"
    subprocess.run([sys.executable, "-c", ask], check=True)
