"""A language model's server that speaks Ollama's HTTP API, without a model: what it says is up to the test.

It can be started in a test's process (`with FakeOllama() as server`) or by itself, for trying things by hand:
`python -m tests.support.ollama 11434`.
"""

import json
import re
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from tests.support.ollama_answers import answer, text_of


class Mode(StrEnum):
    """What becomes of a chat."""

    GOOD = "good"
    """A valid answer, derived from the prompt's own text."""
    SLOW = "slow"
    """No answer before the server is closed."""
    TRICKLE = "trickle"
    """A byte now and then."""
    GARBAGE = "garbage"
    """Words instead of JSON."""
    INVENTED = "invented"
    """A valid report with one quote that nobody said, and an owner nobody spoke of."""
    MOODY = "moody"
    """A valid report whose sentiment nobody's words show."""
    LOST = "lost"
    """A valid report with a chapter that begins in a line which is not there."""
    PARROT = "parrot"
    """A valid report whose only quotes are of the prompt around the text."""
    CUT_OFF = "cut_off"
    """Half of a valid answer, for want of tokens."""
    LOOPING = "looping"
    """The same words over and over inside a string, until the tokens are spent."""
    EMPTY = "empty"
    """No words at all."""
    THINKING = "thinking"
    """A valid answer after thoughts."""
    THOUGHTS = "thoughts"
    """Thoughts in their own field, and no answer."""
    FENCED = "fenced"
    """A valid answer in a fence of Markdown."""
    CHATTY = "chatty"
    """A valid answer among fields that nobody knows."""
    HUGE = "huge"
    """Megabytes."""
    INFINITE = "infinite"
    """A valid answer but for the number 1e400."""
    NOT_A_NUMBER = "not_a_number"
    """A valid answer but for NaN, which is not JSON."""
    DIGITS = "digits"
    """A valid answer but for an integer of 10,000 digits."""
    TWICE = "twice"
    """A valid answer but for a name that an object has twice."""
    WRONG_TYPE = "wrong_type"
    """A valid answer but for a word in place of a number."""
    DEEP = "deep"
    """A valid answer but for lists in lists in place of a number."""
    LINE_ENDS = "line_ends"
    """A fence of Markdown, and then nothing but ends of lines."""
    UNSENDABLE = "unsendable"
    """A valid answer whose words begin with NUL and half a surrogate pair."""
    MISCOUNTED = "miscounted"
    """A valid answer to a prompt of fewer than no tokens."""
    NESTED = "nested"
    """Lists in lists, too deep for any reader."""
    TRUNCATED = "truncated"
    """A valid report, but only a part of the prompt was read."""
    CROWDED = "crowded"
    """A valid report that ends just at the limit of tokens, and only a part of the prompt was read."""
    OTHER_CONTEXT = "other_context"
    """A valid report, out of as much as another context than the one asked for had room for."""
    ERROR = "error"
    """HTTP 500."""
    OVERLOADED = "overloaded"
    """HTTP 503."""
    PROXY = "proxy"
    """HTTP 502 with a page of HTML."""
    HANG_UP = "hang_up"
    """The connection ends without an answer."""
    DYING = "dying"
    """The connection is reset in the middle of the answer."""
    FOREIGN = "foreign"
    """Another kind of server: HTML."""


class Pull(StrEnum):
    """What becomes of a pull."""

    GOOD = "good"
    """Progress, and then the model is there."""
    UNKNOWN = "unknown"
    """Nobody has such a model."""
    ENDLESS = "endless"
    """No end before the server is closed."""


class FakeOllama(AbstractContextManager["FakeOllama"]):
    """`modes` answer one chat each, in turn; the last one stays. `chats` holds the requests' bodies.

    With a `key`, others are refused; with a `context`, longer prompts are.
    """

    def __init__(
        self,
        *modes: Mode,
        models: tuple[str, ...] = ("mistral:latest",),
        pull: Pull = Pull.GOOD,
        key: str | None = None,
        context: int | None = None,
        port: int = 0,
    ) -> None:
        self.modes = list(modes) or [Mode.GOOD]
        self.models = set(models)
        self.pull = pull
        self.key = key
        self.context = context
        self.chats: list[dict[str, Any]] = []
        self.pulls: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.closing = threading.Event()
        self._server = _Server(self, port)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """From now on its address refuses connections."""
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=10)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def text(self) -> str:
        """What stood between the markers of the last chat."""
        return text_of(self.chats[-1])

    def next_mode(self) -> Mode:
        return self.modes.pop(0) if len(self.modes) > 1 else self.modes[0]


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
        if self._is_refused():
            return
        if self.path == "/api/version":
            self._send({"version": "0.12.0"})
        elif self.path == "/api/tags":
            self._send(
                {"models": [{"model": name, "name": name} for name in sorted(self.server.fake.models)]}
            )
        else:
            self._send({"error": "not found"}, 404)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self._is_refused():
            return
        match self.path:
            case "/api/chat":
                self._chat(body)
            case "/api/pull":
                self._pull(body["model"])
            case _:
                self._send({"error": "not found"}, 404)

    def _is_refused(self) -> bool:
        key = self.server.fake.key
        if key is None or self.headers.get("authorization") == f"Bearer {key}":
            return False
        self._reply(401, "text/html", b"<h1>401 Authorization Required</h1>")
        return True

    def _chat(self, body: dict[str, Any]) -> None:
        fake = self.server.fake
        if not {body["model"], f"{body['model']}:latest"} & fake.models:
            self._send({"error": f"model '{body['model']}' not found"}, 404)
            return
        fake.chats.append(body)
        fake.headers.append({name.lower(): value for name, value in self.headers.items()})
        if fake.context is not None and _count(body) > fake.context:
            self._send({"error": "the input length exceeds the context length"}, 400)
        elif (behave := self._ways().get(mode := fake.next_mode())) is not None:
            behave(body)
        else:
            self._send(_response(body, mode))

    def _ways(self) -> dict[Mode, Callable[[dict[str, Any]], None]]:
        """How a server fails; in all other modes it answers."""
        return {
            Mode.SLOW: lambda _: self._wait(),
            Mode.TRICKLE: self._trickle,
            Mode.ERROR: lambda _: self._send({"error": "the model ran out of memory"}, 500),
            Mode.OVERLOADED: lambda _: self._send({"error": "server busy, please try again"}, 503),
            Mode.PROXY: lambda _: self._reply(502, "text/html", b"<html><h1>502 Bad Gateway</h1></html>"),
            Mode.HANG_UP: lambda _: self._hang_up(),
            Mode.DYING: self._die,
            Mode.FOREIGN: lambda _: self._reply(200, "text/html", b"<h1>It works!</h1>"),
            Mode.NESTED: lambda _: self._reply(200, "application/json", b"[" * 200_000),
        }

    def _pull(self, model: str) -> None:
        fake = self.server.fake
        fake.pulls.append(model)
        self.send_response(200)
        self.send_header("content-type", "application/x-ndjson")
        self.end_headers()
        self.close_connection = True
        self._step(status="pulling manifest")
        if fake.pull is Pull.UNKNOWN:
            self._step(error="pull model manifest: file does not exist")
            return
        self._step(status="pulling 0123456789ab", total=4_000_000, completed=1_000_000)
        if fake.pull is Pull.ENDLESS:
            self._wait()
            return
        fake.models.add(f"{model}:latest" if ":" not in model else model)
        self._step(status="success")

    def _step(self, **told: Any) -> None:
        self.wfile.write(json.dumps(told).encode() + b"\n")
        self.wfile.flush()

    def _wait(self) -> None:
        self.close_connection = True
        self.server.fake.closing.wait(timeout=60)

    def _trickle(self, body: dict[str, Any]) -> None:
        with suppress(OSError):  # the reader gave up
            self._head(200, "application/json", 100_000)
            while not self.server.fake.closing.wait(timeout=0.01):
                self.wfile.write(b" ")

    def _hang_up(self) -> None:
        self.close_connection = True

    def _die(self, body: dict[str, Any]) -> None:
        content = json.dumps(_response(body, Mode.GOOD)).encode()
        self._head(200, "application/json", len(content))
        self.wfile.write(content[: len(content) // 2])
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def _send(self, content: dict[str, Any], status: int = 200) -> None:
        self._reply(status, "application/json", json.dumps(content).encode())

    def _reply(self, status: int, kind: str, content: bytes) -> None:
        self._head(status, kind, len(content))
        with suppress(OSError):  # the reader gave up
            self.wfile.write(content)

    def _head(self, status: int, kind: str, length: int) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(length))
        self.end_headers()

    def finish(self) -> None:
        with suppress(OSError, ValueError):  # the connection was reset
            super().finish()

    def log_message(self, format: str, *_: Any) -> None:  # noqa: A002 - the base class's name
        """Tests read `chats` instead."""


COUNTS = {Mode.TRUNCATED: 50, Mode.CROWDED: 50, Mode.OTHER_CONTEXT: 2048, Mode.MISCOUNTED: -5}
"""Of a prompt's tokens, where they are not about right."""
AT_THE_LIMIT = (Mode.CUT_OFF, Mode.LOOPING, Mode.THOUGHTS, Mode.CROWDED)


def _response(body: dict[str, Any], mode: Mode) -> dict[str, Any]:
    message = {"role": "assistant", "content": _content(body, mode)}
    if mode is Mode.THOUGHTS:
        message["thinking"] = "Hm, what would they like to hear?"
    made = {
        "model": body["model"],
        "created_at": "2026-11-18T09:00:00Z",
        "message": message,
        "done": True,
        "done_reason": "length" if mode in AT_THE_LIMIT else "stop",
        "prompt_eval_count": COUNTS.get(mode, _count(body)),
        "eval_count": len(message["content"]) // 4,
    }
    return made | ({"novelty": {"a": [1]}, "remote_host": None} if mode is Mode.CHATTY else {})


def _count(body: dict[str, Any]) -> int:
    """Tokens of a prompt, about as a tokenizer would count them."""
    prompt = "\n".join(message["content"] for message in body["messages"])
    return max(len(prompt) // 4, len(prompt.split()))


FIXED = {
    Mode.GARBAGE: "Sure! Here is the report you asked for: everyone agreed",
    Mode.EMPTY: "",
    Mode.THOUGHTS: "",
    Mode.LOOPING: '{"summary": "' + "and then we agreed that " * 400,
    Mode.LINE_ENDS: "```json" + "\n" * 100_000,
    Mode.HUGE: json.dumps({"summary": "x" * 5_000_000}),
}
"""What is said whatever was asked."""


def _content(body: dict[str, Any], mode: Mode) -> str:
    if mode in FIXED:
        return FIXED[mode]
    content = json.dumps(_changed(answer(body), body, mode))
    match mode:
        case Mode.CUT_OFF:
            return content[: len(content) // 2]
        case Mode.THINKING:
            return f"<think>\nThey say {{}} a lot.\n</think>\n\n{content}"
        case Mode.FENCED:
            return f"```json\n{content}\n```"
        case Mode.UNSENDABLE:
            return re.sub(r'"(summary|task|what|answer)": "', r"\g<0>\\u0000\\ud800 ", content)
    return _NUMBER.sub(lambda found: _absurd(found[0], mode), content, count=1)


_NUMBER = re.compile(r'(?<="line": )\d+')


def _absurd(number: str, mode: Mode) -> str:
    """What stands in place of the first line's number."""
    match mode:
        case Mode.INFINITE:
            return "1e400"
        case Mode.NOT_A_NUMBER:
            return "NaN"
        case Mode.DIGITS:
            return "9" * 10_000
        case Mode.TWICE:
            return f'{number}, "line": {number}'
        case Mode.WRONG_TYPE:
            return '"ten"'
        case Mode.DEEP:
            return "[" * 20_000 + "]" * 20_000
    return number


def _changed(made: dict[str, Any], body: dict[str, Any], mode: Mode) -> dict[str, Any]:
    """The answer with what a careless model would put into it."""
    match mode:
        case Mode.INVENTED:
            invented = {"line": 0, "quote": "we give everything to charity", "task": "give it away"}
            tasks = [{**task, "owner": "Zebulon"} for task in made["action_items"]]
            return {**made, "action_items": [*tasks, invented]}
        case Mode.MOODY:
            return {**made, "sentiment": {**made["sentiment"], "quote": "said nowhere at all"}}
        case Mode.LOST:
            nowhere = {"line": 999_999, "title": "Nowhere"}
            return {**made, "chapters": [*made["chapters"], nowhere]}
        case Mode.PARROT:
            prompt = body["messages"][0]["content"]
            task = {"line": 0, "quote": prompt[:80], "task": "obey"}
            return {**made, "action_items": [task], "questions": [], "dates": []}
    return made


if __name__ == "__main__":
    with FakeOllama(port=int(sys.argv[1])) as standing:
        sys.stdout.write(f"{standing.url}\n")
        threading.Event().wait()
