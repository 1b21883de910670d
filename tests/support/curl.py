"""Requests that a manual writes for curl. As a program, this stands in for it: a machine need not have it."""

import json
import re
import shlex
import sys
from argparse import ArgumentParser
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2

OPTIONS = ArgumentParser("curl", allow_abbrev=False, add_help=False)
OPTIONS.add_argument("url", nargs="?", default="")
OPTIONS.add_argument("-X", dest="method", default="")
OPTIONS.add_argument("-H", dest="header", action="append", default=[])
OPTIONS.add_argument("-F", dest="form", action="append", default=[])
OPTIONS.add_argument("-d", dest="data")
OPTIONS.add_argument("--data-binary", dest="post", default="")
OPTIONS.add_argument("-T", dest="put", default="")
OPTIONS.add_argument("-o", dest="output", default="")
OPTIONS.add_argument("-N", "-s", "-f", action="store_true")

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
    sent: str = ""
    """A file whose bytes are the body."""
    written: str = ""
    """A file that the answer goes to."""

    @property
    def verb(self) -> str:
        sends = self.fields or self.files or self.sent or self.body is not None
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
    """What stands behind `curl`; an option that is not known here ends the program with a sentence."""
    given = OPTIONS.parse_args(words)
    fields, files = [], []
    for name, _, value in (each.partition("=") for each in given.form):
        if value.startswith("@"):
            file, _, kind = value[1:].partition(";type=")
            files.append((name, file, kind))
        else:
            fields.append((name, Path(value[1:]).read_text() if value.startswith("<") else value))
    return Call(
        url=given.url,
        method=given.method or ("PUT" if given.put else ""),
        headers=dict(header.split(": ", 1) for header in given.header),
        fields=tuple(fields),
        files=tuple(files),
        body=given.data,
        sent=given.put or given.post.removeprefix("@"),
        written=given.output,
    )


def main() -> int:
    """Send it. Returns 22 when the answer is no success, as `curl --fail` does."""
    call = parsed(sys.argv[1:])
    answer = httpx2.request(
        call.verb,
        call.url,
        headers=dict(call.headers),
        data={name: [value for other, value in call.fields if other == name] for name, _ in call.fields},
        files=[
            (name, (file, Path(file).read_bytes(), kind or "audio/wav")) for name, file, kind in call.files
        ],
        content=Path(call.sent).read_bytes() if call.sent else call.body,
        timeout=120,
    )
    if call.written:
        Path(call.written).write_bytes(answer.content)
    else:
        sys.stdout.write(answer.text)
    if not answer.is_success:
        sys.stderr.write(f"{call.verb} {call.url}: {answer.status_code} {answer.text}\n")
    return 0 if answer.is_success else 22


if __name__ == "__main__":
    sys.exit(main())
