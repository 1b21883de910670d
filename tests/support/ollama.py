"""A language model's server that speaks Ollama's HTTP API, without a model: what it says is up to the test.

It can be started in a test's process (`with FakeOllama() as server`) or by itself, for trying things by hand:
`python -m tests.support.ollama 11434`.
"""

import json
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

TEXT = re.compile(r"<(transcript-[0-9a-f]+)>\n(.*?)\n?</\1>", re.DOTALL)
LINE = re.compile(r"(\d+)\| (.*)")
DAY = re.compile(r"\b(?:today|tomorrow|(?:Mon|Tues|Wednes|Thurs|Fri)day)\b")


class Mode(StrEnum):
    GOOD = "good"
    """A valid report, derived from the prompt's own text."""
    SLOW = "slow"
    """No answer before the server is closed."""
    GARBAGE = "garbage"
    """Words instead of JSON."""
    INVENTED = "invented"
    """A valid report with one quote that nobody said, and an owner nobody spoke of."""
    TRUNCATED = "truncated"
    """A valid report, but only a part of the prompt was read."""
    ERROR = "error"
    """HTTP 500."""
    HANG_UP = "hang_up"
    """The connection ends without an answer."""
    FOREIGN = "foreign"
    """Another kind of server: HTML."""


class FakeOllama(AbstractContextManager["FakeOllama"]):
    """`modes` answer one chat each, in turn; the last one stays. `chats` holds the requests' bodies."""

    def __init__(self, *modes: Mode, models: tuple[str, ...] = ("mistral:latest",), port: int = 0) -> None:
        self.modes = list(modes) or [Mode.GOOD]
        self.models = models
        self.chats: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self._closing = threading.Event()
        self._server = _Server(self, port)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """From now on its address refuses connections."""
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=10)

    @property
    def text(self) -> str:
        """What stood between the markers of the last chat."""
        return _text(self.chats[-1])

    def next_mode(self) -> Mode:
        return self.modes.pop(0) if len(self.modes) > 1 else self.modes[0]

    def wait_for_the_end(self) -> None:
        self._closing.wait(timeout=60)


@contextmanager
def nobody() -> Iterator[str]:
    """An address that refuses connections."""
    with FakeOllama() as server:
        url = server.url
    yield url


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, fake: FakeOllama, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.fake = fake


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"

    def do_GET(self) -> None:
        if self.path == "/api/version":
            self._send({"version": "0.12.0"})
        elif self.path == "/api/tags":
            self._send({"models": [{"model": name, "name": name} for name in self.server.fake.models]})
        else:
            self._send({"error": "not found"}, 404)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.path != "/api/chat":
            self._send({"error": "not found"}, 404)
        elif not {body["model"], f"{body['model']}:latest"} & set(self.server.fake.models):
            self._send({"error": f"model '{body['model']}' not found"}, 404)
        else:
            self.server.fake.chats.append(body)
            self.server.fake.headers.append({name.lower(): value for name, value in self.headers.items()})
            self._chat(body, self.server.fake.next_mode())

    def _chat(self, body: dict[str, Any], mode: Mode) -> None:
        match mode:
            case Mode.SLOW:
                self.server.fake.wait_for_the_end()
            case Mode.ERROR:
                self._send({"error": "the model ran out of memory"}, 500)
            case Mode.HANG_UP:
                self.close_connection = True
            case Mode.FOREIGN:
                self._reply(200, "text/html", b"<h1>It works!</h1>")
            case _:
                self._send(_answer(body, mode))

    def _send(self, content: dict[str, Any], status: int = 200) -> None:
        self._reply(status, "application/json", json.dumps(content).encode())

    def _reply(self, status: int, kind: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *_: Any) -> None:  # noqa: A002 - the base class's name
        """Tests read `chats` instead."""


def _answer(body: dict[str, Any], mode: Mode) -> dict[str, Any]:
    if mode is Mode.GARBAGE:
        content = "Sure! Here is the report you asked for: everyone agreed"
    else:
        content = json.dumps(_report(body, invented=mode is Mode.INVENTED))
    prompt = "\n".join(message["content"] for message in body["messages"])
    count = 50 if mode is Mode.TRUNCATED else max(len(prompt) // 4, len(prompt.split()))
    return {
        "model": body["model"],
        "created_at": "2026-11-18T09:00:00Z",
        "message": {"role": "assistant", "content": content},
        "done": True,
        "done_reason": "stop",
        "prompt_eval_count": count,
        "eval_count": len(content) // 4,
    }


def _report(body: dict[str, Any], *, invented: bool) -> dict[str, Any]:
    """What the `format` schema asks for, out of the prompt's numbered lines."""
    lines = [(int(number), words) for number, words in LINE.findall(_text(body))]
    summary = "In short: " + " ".join(words for _, words in lines)[:200]
    if "action_items" not in body["format"]["properties"]:
        return {"summary": summary}
    tasks = [
        {"line": number, "quote": words[:200], "task": words[:200], "owner": words.split()[0], "due": None}
        for number, words in lines
        if " will " in words
    ]
    if invented:
        tasks = [{**task, "owner": "Zebulon"} for task in tasks]
        tasks.append({"line": 0, "quote": "we give everything to charity", "task": "give it away"})
    mood = {
        "label": "positive",
        "score": 0.5,
        "line": lines[0][0] if lines else 0,
        "quote": "said nowhere at all",
    }
    return {
        "summary": summary,
        "topics": [words.split()[-1].strip(".?!") for _, words in lines if words][:12],
        "action_items": tasks[:20],
        "questions": [
            {"line": number, "quote": words[:200], "text": words[:200]}
            for number, words in lines
            if "?" in words
        ][:20],
        "dates": [
            {"line": number, "quote": words[:200], "text": day[0]}
            for number, words in lines
            if (day := DAY.search(words))
        ][:20],
        "sentiment": mood,
    }


def _text(body: dict[str, Any]) -> str:
    found = TEXT.search(
        "\n".join(message["content"] for message in body["messages"] if message["role"] == "user")
    )
    return found[2] if found else ""


if __name__ == "__main__":
    with FakeOllama(port=int(sys.argv[1])) as standing:
        sys.stdout.write(f"{standing.url}\n")
        threading.Event().wait()
