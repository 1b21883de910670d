"""An upload on its way from the client into the object store, hashed as it passes, in bounded memory."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from hashlib import sha256
from pathlib import PureWindowsPath

from multipart import MultipartSegment, parse_options_header  # type: ignore[import-untyped]  # ships none
from starlette.requests import Request

from gateway.body import chunks, too_large
from gateway.forms import AUDIO, Fields, FormReader, Sink, boundary_of
from gateway.lookups import LookUp
from gateway.options import given
from gateway.options.fields import LISTS, parse_options
from gateway.options.model import NAMES, JobOptions
from gateway.problems import Problem
from gateway.settings import GatewaySettings
from scribeline.contracts.analysis import Brief
from scribeline.contracts.codes import Code
from scribeline.contracts.transcription import AudioObject
from scribeline.storage.models import UploadRow
from scribeline.storage.objects import ObjectStore, Upload
from scribeline.telemetry.metrics.requests import UPLOAD_BYTES

NOT_MEDIA = frozenset(
    {
        "text/html", "text/plain", "text/css", "text/csv", "text/xml", "text/javascript", "text/markdown",
        "application/pdf", "application/json", "application/xml", "application/xhtml+xml",
        "application/javascript", "application/zip", "application/x-www-form-urlencoded",
    }
)  # fmt: skip
"""Refused unread. Everything else is decided by decoding: clients guess types from file names."""
OCTETS = "application/octet-stream"
FORM = "multipart/form-data"
ENVELOPE_BYTES = 2**16 + given.MOST_BYTES
"""Room for a form's boundaries and headers, and a transcript, beside its fields."""


@dataclass(frozen=True)
class Received:
    """A recording that is in the store, and what was asked of it."""

    audio: AudioObject
    options: JobOptions
    brief: Brief | None
    filename: str | None
    content_type: str
    upload: UploadRow | None = None
    """Where it came in parts, straight into the store."""


class Intake:
    """Counts, hashes and stores the bytes of one recording."""

    def __init__(self, store: ObjectStore, key: str, most: int) -> None:
        self._store = store
        self._key = key
        self._most = most
        self._hash = sha256()
        self._bytes = 0
        self._upload: Upload | None = None
        self.content_type = OCTETS

    async def write(self, data: bytes) -> None:
        if self._bytes + len(data) > self._most:
            raise too_large(self._most)
        if self._upload is None:
            self._upload = await self._store.upload(self._key, self.content_type)
        self._bytes += len(data)
        self._hash.update(data)
        UPLOAD_BYTES.inc(len(data))
        await self._upload.write(data)

    async def finish(self) -> AudioObject:
        """Raises Problem(AUDIO_EMPTY) when nothing came, DependencyDown("store")."""
        if self._upload is None:
            raise Problem(Code.AUDIO_EMPTY)
        await self._upload.complete()
        return AudioObject(key=self._key, bytes=self._bytes, sha256=self._hash.hexdigest())

    async def abort(self) -> None:
        """Leave nothing in the store."""
        if self._upload is not None:
            await self._upload.abort()


async def receive(
    request: Request, intake: Intake, *, settings: GatewaySettings, look_up: LookUp
) -> Received:
    """Read the whole request into the store. Whoever calls it aborts the intake when it fails.

    Raises Problem, or DependencyDown of the store or, for a template, of the database.
    """
    kind = media_type(request.headers.get("content-type", OCTETS))
    if kind == FORM:
        return await _from_form(request, intake, settings, look_up)
    return await _from_raw(request, kind, intake, settings, look_up)


async def _from_raw(
    request: Request, kind: str, intake: Intake, settings: GatewaySettings, look_up: LookUp
) -> Received:
    options = parse_options(options_of(request), settings)
    brief = await look_up(options)
    intake.content_type = refuse_non_media(kind)
    async for chunk in chunks(request, settings.upload_max_bytes, settings.upload_pace):
        await intake.write(chunk)
    return Received(await intake.finish(), options, brief, None, intake.content_type)


def options_of(request: Request) -> list[tuple[str, str]]:
    """The query's options of the job; the others are the route's own."""
    return [(name, value) for name, value in request.query_params.multi_items() if name != "wait"]


async def _from_form(
    request: Request, intake: Intake, settings: GatewaySettings, look_up: LookUp
) -> Received:
    query = options_of(request)

    async def check(so_far: Fields) -> None:
        await look_up(parse_options([*query, *so_far], settings, complete=False))

    parse_options(query, settings, complete=False)
    form = await read_form(request, intake, settings, check=check)
    options = parse_options([*query, *form.fields], settings)
    brief = await look_up(options)
    return Received(await intake.finish(), options, brief, filename_of(form), intake.content_type)


async def read_form(
    request: Request,
    intake: Intake,
    settings: GatewaySettings,
    *,
    check: Callable[[Fields], Awaitable[None]],
    file: str = AUDIO,
    names: Collection[str] = NAMES,
    lists: Collection[str] = LISTS,
) -> FormReader:
    """A form, with its `file` on the way into the store. `check` may refuse the fields that stand before it:
    a mistake is told before gigabytes are sent. Raises Problem, or DependencyDown("store")."""

    async def begin(segment: MultipartSegment, so_far: Fields) -> Sink:
        await check(so_far)
        intake.content_type = refuse_non_media(media_type(segment.content_type or OCTETS))
        return intake.write

    form = FormReader(
        boundary_of(request.headers["content-type"]),
        begin=begin,
        fields_max=settings.fields_max,
        field_max_bytes=settings.field_max_bytes,
        file=file,
        names=names,
        lists=lists,
    )
    most = settings.upload_max_bytes + envelope_max(settings)
    await form.read(chunks(request, most, settings.upload_pace))
    return form


def envelope_max(settings: GatewaySettings) -> int:
    """Bytes that a form may have beside its file."""
    return settings.fields_max * settings.field_max_bytes + ENVELOPE_BYTES


def filename_of(form: FormReader) -> str | None:
    return clean_filename(form.audio.filename) if form.audio else None


def media_type(header: str) -> str:
    """`type/subtype` in lower case, without parameters; octets for what is no media type at all."""
    kind, _ = parse_options_header(header)
    kind = kind[:100]
    return kind if kind.isascii() and kind.isprintable() and kind.count("/") == 1 else OCTETS


def is_media(kind: str) -> bool:
    """False for what is clearly no recording."""
    return kind not in NOT_MEDIA and not kind.startswith(("image/", "font/", "multipart/", "message/"))


def refuse_non_media(kind: str) -> str:
    """The media type. Raises Problem(UNSUPPORTED_MEDIA_TYPE) for what is clearly no recording."""
    if not is_media(kind):
        raise Problem(
            Code.UNSUPPORTED_MEDIA_TYPE,
            f"{kind} is no recording. Send it as audio/*, video/* or application/octet-stream:"
            " as the file of a form, or with POST /v1/jobs also alone; its address as application/json.",
        )
    return kind


def clean_filename(name: str | None) -> str | None:
    """The last step of a path, without control characters; at most 255 characters. Only ever shown."""
    if not name:
        return None
    last = PureWindowsPath(name.replace("\0", "")).name  # splits at both / and \
    printable = "".join(c for c in last if c.isprintable()).strip()
    return printable.encode(errors="ignore").decode()[:255] or None
