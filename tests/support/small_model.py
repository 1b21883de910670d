"""A real small language model behind the HTTP API of Ollama: llama.cpp computes, this translates.

By hand: `python -m tests.support.small_model 11434`, and `SCRIBELINE_OLLAMA_MODEL=qwen2.5-coder:1.5b` for
the services. What it does not have of Ollama is cutting: a prompt that is too long is refused, as by Ollama
since it runs llama.cpp's own server.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.support import small_weights

SMALL = "qwen2.5-coder:1.5b"
"""Follows a schema and quotes what was said, at some 25 s a page on two cores."""
TINY = "smollm2:135m"
"""Follows nothing for long: it loops, and its answers end in the middle."""
ROOT = Path(__file__).parents[2]


@contextmanager
def small_models(log: Path) -> Iterator[str]:
    """A server of all models in a process of its own; gives its address. Fetches what is missing before."""
    small_weights.fetch()
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.small_model", "0"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    with process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().strip()
            assert address, f"llama.cpp did not start: see {log}"
            yield address
        finally:
            process.terminate()


class SmallModels(ThreadingHTTPServer):
    """One answer at a time: there are no cores for two."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.computing = threading.Lock()


class _Handler(BaseHTTPRequestHandler):
    server: SmallModels

    def do_GET(self) -> None:
        if self.path == "/api/tags":
            self._send({"models": [{"name": name, "model": name} for name in small_weights.WEIGHTS]})
        elif self.path == "/api/version":
            self._send({"version": "0.12.0"})
        else:
            self._send({"error": "not found"}, 404)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.path != "/api/chat":
            self._send({"error": "not found"}, 404)
        elif body["model"] not in small_weights.WEIGHTS:
            self._send({"error": f"model '{body['model']}' not found"}, 404)
        else:
            with self.server.computing:
                self._send(*chat(body))

    def _send(self, content: dict[str, Any], status: int = 200) -> None:
        encoded = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(encoded)))
        self.end_headers()
        self.wfile.write(encoded)

    def log_message(self, format: str, *_: Any) -> None:  # noqa: A002 - the base class's name
        """llama.cpp tells enough."""


def chat(body: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Ollama's `/api/chat` by llama.cpp: the answer and its HTTP status."""
    options = body.get("options", {})
    asked: dict[str, Any] = {
        "messages": body["messages"],
        "temperature": options.get("temperature", 0),
        "max_tokens": options.get("num_predict", 256),
    }
    if isinstance(schema := body.get("format"), dict):
        asked["response_format"] = {"type": "json_schema", "json_schema": {"schema": schema}}
    try:
        made = _model(body["model"]).handle_chat_completions(asked)
    except RuntimeError as error:
        return {"error": str(error)}, 500
    if "choices" not in made:
        return _refusal(made)
    (choice,), usage = made["choices"], made["usage"]
    return {
        "model": body["model"],
        "message": {"role": "assistant", "content": choice["message"]["content"]},
        "done": True,
        "done_reason": "length" if choice["finish_reason"] == "length" else "stop",
        "prompt_eval_count": usage["prompt_tokens"],
        "eval_count": usage["completion_tokens"],
    }, 200


def _refusal(made: dict[str, Any]) -> tuple[dict[str, Any], int]:
    error = made.get("error", made)
    if error.get("type") == "exceed_context_size_error":
        return {"error": "the input length exceeds the context length"}, 400
    return {"error": str(error.get("message", error))}, int(error.get("code", 500))


@lru_cache
def _model(name: str) -> Any:
    """llama.cpp with this model, loaded once."""
    sys.path.insert(0, str(small_weights.engine()))
    import xllamacpp  # type: ignore[import-not-found]

    params = xllamacpp.CommonParams()
    params.model.path = str(small_weights.weights(name))
    params.n_ctx = small_weights.WEIGHTS[name].context
    params.n_parallel = 1
    # its threads spin while they wait for each other: one that has to share its core slows all down tenfold
    params.cpuparams.n_threads = max(1, (os.cpu_count() or 1) - 1)
    return xllamacpp.Server(params)


def main(port: int) -> None:
    server = SmallModels(port)
    sys.stdout.write(f"http://127.0.0.1:{server.server_address[1]}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]))
