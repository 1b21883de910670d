"""multipart/form-data as it streams by: the recording goes to a sink, small fields are collected.

Parsed by `multipart`'s push parser; nothing is spooled. Fields may stand before or after the recording.
"""

from collections.abc import AsyncIterable, Awaitable, Callable, Collection

from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header  # type: ignore[import-untyped]  # ships none

from gateway.options.fields import LISTS
from gateway.options.model import NAMES, most_bytes
from gateway.problems import Problem, invalid
from scribeline.contracts.codes import Code

AUDIO = "audio"
BOUNDARY_MAX = 200
"""RFC 2046 allows 70 characters."""

Sink = Callable[[bytes], Awaitable[None]]
Fields = list[tuple[str, str]]
Begin = Callable[[MultipartSegment, Fields], Awaitable[Sink]]
"""Called at the recording's part with the fields so far; may raise Problem; gives where its bytes go."""


def boundary_of(content_type: str) -> str:
    """Raises Problem(BAD_REQUEST) when there is none."""
    _, parameters = parse_options_header(content_type)
    boundary = str(parameters.get("boundary", ""))
    if not 0 < len(boundary) <= BOUNDARY_MAX or not boundary.isascii() or not boundary.isprintable():
        raise Problem(Code.BAD_REQUEST, "multipart/form-data needs a boundary in its Content-Type.")
    return boundary


class FormReader:
    """Reads one form with the recording as `file`; `fields` holds its small fields in order. Those of
    `lists` may be repeated."""

    def __init__(
        self,
        boundary: str,
        *,
        begin: Begin,
        fields_max: int,
        field_max_bytes: int,
        file: str = AUDIO,
        names: Collection[str] = NAMES,
        lists: Collection[str] = LISTS,
    ) -> None:
        self.fields: Fields = []
        self.audio: MultipartSegment | None = None
        self._file = file
        self._names = names
        self._lists = lists
        self._parser = PushMultipartParser(boundary, max_segment_count=fields_max)
        self._begin = begin
        self._field_max = field_max_bytes
        self._segment: MultipartSegment | None = None
        self._sink: Sink | None = None
        self._value = bytearray()

    async def read(self, chunks: AsyncIterable[bytes]) -> None:
        """Raises Problem: BAD_REQUEST, UPLOAD_INCOMPLETE, INVALID_PARAMETER, or what the sink raises."""
        try:
            async for chunk in chunks:
                for event in self._parser.parse(chunk):
                    await self._take(event)
        except MultipartError as error:
            raise Problem(Code.BAD_REQUEST, f"The form cannot be read: {error.args[0]}.") from error
        try:
            self._parser.close()
        except MultipartError as error:
            raise Problem(Code.UPLOAD_INCOMPLETE, "The form ended before its closing boundary.") from error
        if self.audio is None:
            raise invalid(self._file, "the form has no such file")

    async def _take(self, event: MultipartSegment | bytes | bytearray | None) -> None:
        match event:
            case MultipartSegment():
                await self._open(event)
            case None:
                self._close()
            case data if self._sink is not None:
                await self._sink(bytes(data))
            case data:
                if data and self._name not in self._lists and self._is_given:
                    raise invalid(self._name, "is given more than once")
                self._value += data
                if len(self._value) > (most := most_bytes(self._name, self._field_max)):
                    raise invalid(self._name, f"is longer than {most} bytes")

    @property
    def _name(self) -> str:
        return (self._segment.name if self._segment else None) or ""

    @property
    def _is_given(self) -> bool:
        """An empty value counts as left out."""
        return any(name == self._name and value for name, value in self.fields)

    async def _open(self, segment: MultipartSegment) -> None:
        self._segment = segment
        if self._name == self._file:
            if self.audio is not None:
                raise invalid(self._file, "is given more than once; send one recording per job")
            if segment.filename is None and segment.content_type is None:
                raise invalid(self._file, f"is a text, not a file (with curl: -F {self._file}=@FILE)")
            self.audio = segment
            self._sink = await self._begin(segment, self.fields)
        elif self._name not in self._names:
            known = ", ".join([self._file, *sorted(self._names)])
            raise invalid(self._name[:100] or "(unnamed)", f"is not a known field; known are {known}")

    def _close(self) -> None:
        if self._sink is None:
            try:
                self.fields.append((self._name, self._value.decode()))
            except UnicodeDecodeError:
                raise invalid(self._name, "is not UTF-8") from None
        self._segment, self._sink, self._value = None, None, bytearray()
