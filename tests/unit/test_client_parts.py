"""Large recordings in parts: what goes to the server, what to the store, and what after a cut."""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread, current_thread
from typing import Any

import httpx2
import pytest
import stamina

from scribeline.client import NotFound, Refused, ServerTrouble, Unreachable, Unreadable
from scribeline.client.parts import BLOCK
from tests.support.clients import KINDS, client_of, job_json, refused, said, told

pytestmark = pytest.mark.parametrize("kind", KINDS)
ID = "00000000-0000-0000-0000-0000000000aa"
AUDIO = bytes(range(256)) * 1000
PART = 100_000


@pytest.fixture(autouse=True)
def quick() -> Iterator[None]:
    """Pauses between attempts cost nothing."""
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


class Place(httpx2.MockTransport):
    """A server with one upload of three parts, two addresses at a time, and its store."""

    def __init__(self, *, size: int = len(AUDIO), part: int = PART) -> None:
        super().__init__(self._handle)
        self.size, self.part = size, part
        self.parts: dict[int, bytes] = {}
        self.asked: list[str] = []
        self.requests: list[httpx2.Request] = []
        self.made: Any = None
        self.trouble: Callable[[httpx2.Request], httpx2.Response | None] = lambda request: None

    def _handle(self, request: httpx2.Request) -> httpx2.Response:
        content = request.read()
        self.requests.append(request)
        self.asked.append(f"{request.method} {request.url.host}{request.url.path}")
        if answer := self.trouble(request):
            return answer
        if request.url.host == "store":
            number = int(request.url.params["part"])
            self.parts[number] = content
            return httpx2.Response(200)
        if request.url.path == "/v1/jobs":
            self.made = json.loads(content)
            return said(job_json(), 202)
        return said(self.state(), 201 if request.method == "POST" else 200)

    def state(self) -> dict[str, Any]:
        count = -(-self.size // self.part)
        missing = [
            {
                "number": n,
                "start": (n - 1) * self.part,
                "bytes": min(self.part, self.size - (n - 1) * self.part),
                "url": f"http://store:9000/b/k?part={n}&X-Amz-Signature=hush",
            }
            for n in range(1, count + 1)
            if n not in self.parts
        ]
        return {
            "id": ID, "bytes": self.size, "part_bytes": self.part, "parts": count, "owner": None, "job": None,
            "content_type": "audio/wav", "filename": "a.wav", "sha256": None, "stored": [],
            "created_at": "2026-11-21T12:00:00Z", "expires_at": "2026-11-22T12:00:00Z",
            "urls_expire_at": "2026-11-21T13:00:00Z",
            "missing": missing[:2], "missing_parts": len(missing),
        }  # fmt: skip

    @property
    def arrived(self) -> bytes:
        return b"".join(self.parts[n] for n in sorted(self.parts))


@pytest.fixture
def place() -> Place:
    return Place()


async def test_a_recording_in_parts_becomes_a_job(kind: str, place: Place, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(AUDIO)
    job = await told(client_of(kind, place).jobs.create(tmp_path / "a.wav", parts=True, tags=["x"]))
    assert str(job.id)
    assert place.arrived == AUDIO
    assert place.made == {"upload_id": ID, "tags": ["x"]}
    assert json.loads(place.requests[0].content) == {"bytes": len(AUDIO), "filename": "a.wav"}
    look = f"GET gateway/v1/uploads/{ID}"
    assert place.asked == [
        "POST gateway/v1/uploads", look, *["PUT store/b/k"] * 2, look, "PUT store/b/k", look,
        "POST gateway/v1/jobs",
    ]  # fmt: skip


async def test_the_store_is_never_sent_the_key(kind: str, place: Place) -> None:
    place.trouble = lambda request: (
        httpx2.Response(307, headers={"Location": "http://evil.example/", "Set-Cookie": "a=b"})
        if request.url.host == "store" and len(place.asked) < 5
        else None
    )
    await told(client_of(kind, place, owner="ann").jobs.create(AUDIO, parts=True))
    assert place.arrived == AUDIO
    for request in place.requests:
        at_home = request.url.host == "gateway"
        assert at_home or request.url.host == "store"
        assert ("sl_secret" in str(request.headers.raw)) is at_home
        if not at_home:
            assert set(request.headers) == {"host", "content-length"}
            assert int(request.headers["content-length"]) == len(request.content)


@pytest.mark.parametrize("cut", [httpx2.ReadError("broken"), 500, 503, 403], ids=str)
async def test_after_a_cut_only_what_is_missing_is_sent(
    kind: str, place: Place, cut: Exception | int
) -> None:
    sent: list[str] = []

    def trouble(request: httpx2.Request) -> httpx2.Response | None:
        if request.url.host != "store":
            return None
        sent.append(request.url.params["part"])
        if len(sent) in (2, 3, 4, 6):
            if isinstance(cut, Exception):
                raise cut
            return httpx2.Response(cut, text="<Error/>")
        return None

    place.trouble = trouble
    await told(client_of(kind, place).jobs.create(AUDIO, parts=True))
    assert place.arrived == AUDIO
    assert sent.count("1") == 1


async def test_a_store_that_stays_away_is_given_up_and_told_of(kind: str, place: Place) -> None:
    def trouble(request: httpx2.Request) -> httpx2.Response | None:
        if request.url.host == "store":
            raise httpx2.ConnectError("refused")
        return None

    place.trouble = trouble
    with pytest.raises(Unreachable, match="http://store:9000 broke: the object store does not") as caught:
        await told(client_of(kind, place).jobs.create(AUDIO, parts=True))
    assert "hush" not in repr(caught.value) + str(caught.value)
    assert place.asked.count("PUT store/b/k") == 9  # three rounds, of three attempts each
    assert place.made is None


@pytest.mark.parametrize(("status", "error"), [(400, Refused), (404, Refused), (501, ServerTrouble)])
async def test_what_the_store_refuses_is_told(
    kind: str, place: Place, status: int, error: type[Exception]
) -> None:
    place.trouble = lambda request: httpx2.Response(status) if request.url.host == "store" else None
    with pytest.raises(error, match=f"The object store answered {status}") as caught:
        await told(client_of(kind, place).jobs.create(AUDIO, parts=True))
    assert type(caught.value) is error
    assert place.asked.count("PUT store/b/k") == 3


async def test_a_store_that_forgets_is_given_up(kind: str, place: Place) -> None:
    place.trouble = lambda request: httpx2.Response(200) if request.url.host == "store" else None
    with pytest.raises(Unreadable, match="does not keep"):
        await told(client_of(kind, place).jobs.create(AUDIO, parts=True))


async def test_another_program_goes_on_with_an_upload(kind: str, place: Place) -> None:
    client = client_of(kind, place)
    upload = await told(client.uploads.create(len(AUDIO), filename="a.wav", part_bytes=PART))
    place.parts[2] = AUDIO[PART : 2 * PART]

    state = await told(client_of(kind, place).uploads.send(upload.id, io.BytesIO(AUDIO)))
    job = await told(client.jobs.create(upload=state, language="en"))

    assert state.missing == []
    assert job.status == "queued"
    assert place.arrived == AUDIO
    assert place.asked.count("PUT store/b/k") == 2
    assert place.made == {"upload_id": ID, "language": "en"}


async def test_uploads_are_listed_and_given_up(kind: str, place: Place) -> None:
    uploads = client_of(kind, place).uploads
    place.trouble = lambda request: said({"uploads": [place.state()]})
    [found] = (await told(uploads.list())).uploads
    place.trouble = lambda request: httpx2.Response(204)
    await told(uploads.delete(found))
    place.trouble = lambda request: refused(404, "not_found")
    with pytest.raises(NotFound):
        await told(uploads.get("../keys", after=100))
    assert place.asked[1] == f"DELETE gateway/v1/uploads/{ID}"
    assert place.requests[2].url.raw_path == b"/v1/uploads/..%2Fkeys?after=100"


async def test_a_file_is_sent_from_where_it_stands(kind: str, place: Place) -> None:
    file = io.BytesIO(b"header" + AUDIO)
    file.seek(6)
    await told(client_of(kind, place).jobs.create(file, parts=True, filename="a.wav"))
    assert place.arrived == AUDIO
    assert not file.closed


class Endless(io.RawIOBase):
    """Many bytes of nothing; it remembers the most that was asked for at once, and who asked."""

    def __init__(self, size: int) -> None:
        self.size, self.at, self.most = size, 0, 0
        self.readers: set[Thread] = set()

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self.at = offset + (self.size if whence == io.SEEK_END else 0)
        return self.at

    def read(self, size: int = -1) -> bytes:
        self.readers.add(current_thread())
        self.most = max(self.most, size if size >= 0 else self.size)
        piece = bytes(min(size, self.size - self.at))
        self.at += len(piece)
        return piece


async def test_parts_are_read_in_small_pieces(kind: str) -> None:
    file = Endless(20 * 2**20)
    place = Place(size=file.size, part=8 * 2**20)
    await told(client_of(kind, place).jobs.create(file, parts=True))
    assert len(place.arrived) == file.size
    assert file.most <= BLOCK
    assert (current_thread() in file.readers) is (kind == "blocking")  # an event loop waits for no disk


async def test_another_recording_than_the_uploads_is_not_sent(kind: str, place: Place) -> None:
    with pytest.raises(ValueError, match="256000 bytes"):
        await told(client_of(kind, place).uploads.send(ID, AUDIO[1:]))
    assert place.parts == {}


async def test_a_file_that_shrinks_meanwhile_is_told_of(kind: str, place: Place, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(AUDIO)

    def shrink(request: httpx2.Request) -> httpx2.Response | None:
        (tmp_path / "a.wav").write_bytes(AUDIO[:10])
        return None

    place.trouble = shrink
    with pytest.raises(OSError, match="became shorter"):
        await told(client_of(kind, place).jobs.create(tmp_path / "a.wav", parts=True))
    assert place.made is None


@pytest.mark.parametrize(
    ("given", "options"),
    [
        (None, {"parts": True, "url": "http://media.example/a"}),
        (AUDIO, {"parts": True, "upload": ID}),
        (None, {"upload": ID, "url": "http://media.example/a"}),
        (io.StringIO("text"), {"parts": True}),
        (None, {"parts": True, "upload": ID}),
    ],
)
async def test_what_cannot_be_is_told_before_anything_is_sent(
    kind: str, place: Place, given: Any, options: dict[str, Any]
) -> None:
    with pytest.raises(TypeError):
        await told(client_of(kind, place).jobs.create(given, **options))
    assert place.asked == []


async def test_a_stream_cannot_be_sent_in_parts(kind: str, place: Place) -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    with pytest.raises(ValueError, match="cannot be rewound"):
        await told(client_of(kind, place).jobs.create(Pipe(AUDIO), parts=True))
    assert place.asked == []
