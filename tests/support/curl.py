"""Requests that a manual writes for curl."""

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

VARIABLE = re.compile(r"\$(\w+)")


@dataclass(frozen=True)
class Call:
    """One curl command. Variables stand as `$NAME` until `with_` gives them values."""

    url: str
    method: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    fields: tuple[tuple[str, str], ...] = ()
    files: tuple[tuple[str, str, str], ...] = ()
    """Field, file's name, and content type or nothing."""
    body: str | None = None

    @property
    def verb(self) -> str:
        sends = self.fields or self.files or self.body is not None
        return self.method or ("POST" if sends else "GET")

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.url).query))

    @property
    def parameters(self) -> set[str]:
        """The names of all that it gives, wherever it stands."""
        body: dict[str, Any] = json.loads(self.body) if self.body else {}
        given = {name for name, _ in self.fields} | {name for name, *_ in self.files}
        return {*self.query, *body, *given}


def calls(script: str, values: Mapping[str, str] | None = None) -> list[Call]:
    """The commands in it; one of another kind, or an option that is not known here, is an AssertionError."""
    lines = script.replace("\\\n", "").strip().splitlines()
    return [_call(shlex.split(_filled(line, values or {}))) for line in lines]


def _filled(line: str, values: Mapping[str, str]) -> str:
    return VARIABLE.sub(lambda found: values.get(found[1], found[0]), line)


def _call(words: list[str]) -> Call:
    name, *rest = words
    assert name == "curl", words
    return parsed(rest)


def parsed(words: list[str]) -> Call:
    """What stands behind `curl`."""
    url, method, body = "", "", None
    headers: dict[str, str] = {}
    fields: list[tuple[str, str]] = []
    files: list[tuple[str, str, str]] = []
    given = iter(words)
    for word in given:
        match word:
            case "-H":
                header, _, value = next(given).partition(": ")
                headers[header] = value
            case "-X":
                method = next(given)
            case "-d":
                body = next(given)
            case "-F":
                name, _, value = next(given).partition("=")
                if value.startswith("@"):
                    file, _, kind = value[1:].partition(";type=")
                    files.append((name, file, kind))
                else:
                    fields.append((name, value))
            case _:
                assert not word.startswith("-"), f"{word} is not an option that is known here"
                assert not url, f"{url} and {word}"
                url = word
    return Call(url, method, headers, tuple(fields), tuple(files), body)
