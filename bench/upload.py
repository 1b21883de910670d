"""Upload rate, CPU and memory of the gateway against FastAPI's UploadFile, over the same object store.

    python bench/upload.py 2048        # MiB; generated while it is sent

Needs `python-multipart` beside what the project itself needs. The store is the one that SCRIBELINE_S3_*
name (see `.scribeline/env` of `make up`). Each side runs in a process of its own and stores, hashes and
removes the same bytes. `rss` is the growth while the upload runs, above what the process had after a
first upload of 1 MiB.
"""

import argparse
import asyncio
import hashlib
import http.client
import multiprocessing
import socket
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection

import psutil
import uvicorn
from fastapi import FastAPI, UploadFile

from scribeline.settings import StoreSettings
from scribeline.storage.s3 import S3Store
from tests.support.gateway import Desk, settings

MIB = 2**20
BLOCK = bytes(range(256)) * 1024
BOUNDARY = "benchbenchbench"
HEAD = (
    f"--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"audio\"; filename=\"a.wav\"\r\n"
    "Content-Type: audio/wav\r\n\r\n"
).encode()  # fmt: skip
TAIL = f"\r\n--{BOUNDARY}--\r\n".encode()


def ours() -> FastAPI:
    """The gateway with the real store; its database is a dictionary, which costs nothing here."""
    desk = Desk(settings(), store=S3Store(StoreSettings()))  # type: ignore[arg-type]  # another ObjectStore
    desk.key("sl_bench")
    return desk.app


def theirs() -> FastAPI:
    """What one writes first: FastAPI spools the file, then minio puts it."""
    app, store = FastAPI(), S3Store(StoreSettings())

    @app.post("/v1/jobs", status_code=202)
    async def create(audio: UploadFile) -> dict[str, str]:
        digest = hashlib.sha256()
        while block := await audio.read(MIB):
            digest.update(block)
        await audio.seek(0)
        await asyncio.to_thread(
            store._client.put_object, store.bucket, "bench/source", audio.file, -1, part_size=8 * MIB
        )  # fmt: skip
        return {"sha256": digest.hexdigest()}

    return app


def serve(make: Callable[[], FastAPI], ready: Connection) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ready.send(listener.getsockname()[1])
        config = uvicorn.Config(make(), log_level="warning", lifespan="off", ws="none")
        asyncio.run(uvicorn.Server(config).serve(sockets=[listener]))


def body(mib: int) -> Iterator[bytes]:
    yield HEAD
    for _ in range(mib * 4):
        yield BLOCK
    yield TAIL


def upload(port: int, mib: int) -> None:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    length = len(HEAD) + mib * MIB + len(TAIL)
    headers = {
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
        "Content-Length": str(length),
        "X-API-Key": "sl_bench",
    }
    client.request("POST", "/v1/jobs", body=body(mib), headers=headers)
    answer = client.getresponse()
    text = answer.read()
    if answer.status != 202:
        raise SystemExit(f"{answer.status}: {text.decode(errors='replace')}")
    client.close()


def measure(name: str, make: Callable[[], FastAPI], mib: int) -> tuple[float, float]:
    """Prints one line; returns MB/s and CPU seconds per GiB."""
    here, there = multiprocessing.Pipe()
    child = multiprocessing.get_context("spawn").Process(target=serve, args=(make, there), daemon=True)
    child.start()
    port = here.recv()
    process = psutil.Process(child.pid)
    upload(port, 1)
    before, cpu_before, peak = process.memory_info().rss, sum(process.cpu_times()[:2]), 0
    done = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.02):
            peak = max(peak, process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    begun = time.perf_counter()
    upload(port, mib)
    seconds = time.perf_counter() - begun
    done.set()
    watcher.join()
    rate = mib * MIB / 1e6 / seconds
    cpu = (sum(process.cpu_times()[:2]) - cpu_before) / (mib / 1024)
    growth = (max(peak, before) - before) / 1e6
    print(f"{name:12} {rate:7.0f} MB/s {cpu:6.2f} CPU s/GiB   rss +{growth:.1f} MB (from {before / 1e6:.0f})")
    child.terminate()
    child.join()
    return rate, cpu


def clean(store: S3Store) -> None:
    found = store._client.list_objects(store.bucket, recursive=True)
    names = [str(o.object_name) for o in found if str(o.object_name).startswith(("acme/", "bench/"))]
    asyncio.run(store.remove(names))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mib", type=int, nargs="?", default=512)
    mib = parser.parse_args().mib
    store = S3Store(StoreSettings())
    asyncio.run(store.ensure_bucket())
    try:
        base_rate, base_cpu = measure("UploadFile", theirs, mib)
        clean(store)
        rate, cpu = measure("gateway", ours, mib)
        print(f"ratio        {rate / base_rate:7.2f} x    {cpu / base_cpu:6.2f} x")
    finally:
        clean(store)
        store.close()


if __name__ == "__main__":
    main()
