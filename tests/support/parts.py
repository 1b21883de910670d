"""A client that sends a recording in parts, straight to the store, and what it can do wrong."""

import asyncio
from typing import Any
from urllib.parse import urlsplit

import httpx2

MIB = 2**20
PART = 5 * MIB
RECORDING = bytes(range(256)) * (2 * PART // 256) + b"end"
"""Three parts, the last of three bytes."""


class Uploading:
    """A client of that gateway, and of the store that it is sent to."""

    def __init__(self, gateway: httpx2.AsyncClient) -> None:
        self.gateway = gateway

    async def begin(self, data: bytes = RECORDING, **given: Any) -> dict[str, Any]:
        """The upload as it is answered."""
        body = {"bytes": len(data), "part_bytes": PART, **given}
        answer = await self.gateway.post("/v1/uploads", json=body)
        assert answer.status_code == 201, answer.text
        upload: dict[str, Any] = answer.json()
        assert answer.headers["location"] == f"/v1/uploads/{upload['id']}"
        return upload

    async def look(self, id_: str, **query: Any) -> dict[str, Any]:
        answer = await self.gateway.get(f"/v1/uploads/{id_}", params=query)
        assert answer.status_code == 200, answer.text
        upload: dict[str, Any] = answer.json()
        return upload

    async def send(self, upload: dict[str, Any], *numbers: int, data: bytes = RECORDING) -> None:
        """Those parts, or all that are missing; the store must take them."""
        for part in upload["missing"]:
            if not numbers or part["number"] in numbers:
                answer = await put(part["url"], of(part, data))
                assert answer.status_code == 200, answer.text

    async def whole(self, data: bytes = RECORDING, **given: Any) -> str:
        """An upload all of whose parts were sent; its id."""
        upload = await self.begin(data, **given)
        await self.send(upload, data=data)
        return str(upload["id"])

    async def finish(self, id_: str, *, key: str | None = None, **options: Any) -> httpx2.Response:
        """Ask for the job."""
        headers = {"Idempotency-Key": key} if key else {}
        return await self.gateway.post("/v1/jobs", json={"upload_id": id_, **options}, headers=headers)


def of(part: dict[str, Any], data: bytes) -> bytes:
    return data[part["start"] : part["start"] + part["bytes"]]


async def put(url: str, data: bytes, method: str = "PUT") -> httpx2.Response:
    """What a client without any key of ours does."""
    async with httpx2.AsyncClient(timeout=60) as store:
        return await store.request(method, url, content=data)


async def cut(url: str, data: bytes) -> None:
    """Half of a part is sent, and then the line is gone."""
    place = urlsplit(url)
    _, line = await asyncio.open_connection(place.hostname, place.port)
    head = f"PUT {place.path}?{place.query} HTTP/1.1\r\nHost: {place.netloc}\r\n"
    head += f"Content-Length: {len(data)}\r\n\r\n"
    line.write(head.encode() + data[: len(data) // 2])
    await line.drain()
    line.close()
    await line.wait_closed()
