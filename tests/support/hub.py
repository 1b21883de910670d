"""A model hub on loopback with one repository: what its client library asks for, and no more."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.support.weights import sha256

REVISION = "0" * 39 + "1"


class Hub(ThreadingHTTPServer):
    def __init__(self, repository: str, files: dict[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.repository = repository
        self.files = files
        self.asked: list[str] = []

    def content(self, path: str) -> bytes | None:
        name = path.rpartition("/")[2]
        if path.startswith(f"/api/models/{self.repository}/tree/"):
            return json.dumps([_entry(*file) for file in self.files.items()]).encode()
        if path.startswith(f"/api/models/{self.repository}"):
            return json.dumps(_info(self.repository, self.files)).encode()
        return self.files.get(name) if path.startswith(f"/{self.repository}/resolve/") else None


class Handler(BaseHTTPRequestHandler):
    server: Hub

    def do_GET(self) -> None:
        if body := self.head():
            self.wfile.write(body)

    def do_HEAD(self) -> None:
        self.head()

    def head(self) -> bytes | None:
        path = self.path.split("?")[0]
        self.server.asked.append(path)
        body = self.server.content(path)
        if body is None:
            self.send_error(404)
            return None
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", f'"{sha256(body)}"')
        self.send_header("X-Repo-Commit", REVISION)
        self.end_headers()
        return body

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's own name
        """Quiet."""


@contextmanager
def hub(repository: str, files: dict[str, bytes]) -> Iterator[tuple[str, list[str]]]:
    """Its address, and the list of paths it was asked for."""
    with Hub(repository, files) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", server.asked
        finally:
            server.shutdown()
            thread.join()


def _entry(name: str, content: bytes) -> dict[str, object]:
    digest = sha256(content)
    lfs = {"oid": digest, "sha256": digest, "size": len(content), "pointerSize": 134}
    return {"type": "file", "path": name, "oid": digest[:40], "size": len(content), "lfs": lfs}


def _info(repository: str, files: dict[str, bytes]) -> dict[str, object]:
    siblings = [{**_entry(name, content), "rfilename": name} for name, content in files.items()]
    return {"id": repository, "modelId": repository, "sha": REVISION, "siblings": siblings}
