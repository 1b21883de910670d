"""S3's writing calls over presigned URLs, which are minio's public API; blocking, for threads.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html and its neighbours.
Presigned because minio-py's own multipart calls are private, and its put copies and hashes the data again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import cast
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

import urllib3
from defusedxml import ElementTree
from minio import Minio

from scribeline.contracts.failures import DependencyDown
from scribeline.storage.objects import StoredPart
from scribeline.storage.s3_errors import GONE, skew, translated

EXPIRES = timedelta(hours=1)
"""Validity of one presigned URL; it is made right before its use."""
SLOW = urllib3.Timeout(connect=5.0, read=300.0)
"""For completing: the server may join gigabytes before it answers."""


PAGE = 1000
"""Parts of one page, which is what S3 gives at most."""
NOT_AS_LISTED = GONE | {"InvalidPart", "InvalidPartOrder", "EntityTooSmall"}


@dataclass(frozen=True)
class ObjectWriter:
    """The calls that write one object, whole or in parts. All raise DependencyDown("store")."""

    client: Minio
    http: urllib3.PoolManager
    bucket: str
    key: str

    def put(self, data: bytes | memoryview, content_type: str) -> None:
        """Write the whole object."""
        self._send("PUT", {}, body=data, headers={"Content-Type": content_type})

    def remove(self) -> None:
        """Remove the object; one that is not there is no error."""
        self._send("DELETE", {}, allowed=(200, 204, 404))

    def begin(self, content_type: str) -> str:
        """Begin a multipart upload; returns its id."""
        reply = self._send("POST", {"uploads": ""}, headers={"Content-Type": content_type})
        return _text(reply.data, "UploadId")

    def put_part(self, upload: str, number: int, data: bytes | memoryview) -> str:
        """Parts count from 1; returns the part's ETag."""
        reply = self._send("PUT", {"uploadId": upload, "partNumber": str(number)}, body=data)
        return str(reply.headers["ETag"])

    def complete(self, upload: str, etags: list[str]) -> None:
        """Join the parts. S3 may report a failure inside a 200, so the reply's content decides."""
        _text(self._completed(upload, etags, allowed=(200,)).data, "ETag")

    def _completed(
        self, upload: str, etags: Sequence[str], *, allowed: tuple[int, ...]
    ) -> urllib3.BaseHTTPResponse:
        parts = "".join(
            f"<Part><PartNumber>{number}</PartNumber><ETag>{escape(etag)}</ETag></Part>"
            for number, etag in enumerate(etags, start=1)
        )
        body = f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>".encode()
        return self._send("POST", {"uploadId": upload}, body=body, timeout=SLOW, allowed=allowed)

    def parts(self, upload: str) -> list[StoredPart] | None:
        """Those that are there, by number; None when the upload is not there any more."""
        found: list[StoredPart] = []
        while True:
            after = {"part-number-marker": str(found[-1].number)} if found else {}
            reply = self._send(
                "GET", {"uploadId": upload, "max-parts": str(PAGE), **after}, allowed=(200, 404)
            )
            if reply.status == 404:
                _check_gone(reply.data)
                return None
            page = _parts(reply.data)
            found += page
            if not page or _text(reply.data, "IsTruncated") != "true":
                return found

    def join(self, upload: str, parts: Sequence[StoredPart]) -> bool:
        """Join the parts. False when they are not there as listed: then nothing has changed."""
        reply = self._completed(upload, [part.etag for part in parts], allowed=(200, 400, 404))
        if reply.status == 200:
            _text(reply.data, "ETag")
            return True
        if (code := _text(reply.data, "Code")) not in NOT_AS_LISTED:
            raise DependencyDown("store", f"joining answered {reply.status} {code}")
        return False

    def abort(self, upload: str) -> None:
        """Free the parts. An upload that is not there any more is no error."""
        self._send("DELETE", {"uploadId": upload}, allowed=(200, 204, 404))

    def _send(
        self,
        method: str,
        query: dict[str, str],
        *,
        body: bytes | memoryview = b"",
        headers: dict[str, str] | None = None,
        allowed: tuple[int, ...] = (200, 204),
        timeout: urllib3.Timeout | None = None,
    ) -> urllib3.BaseHTTPResponse:
        url = self.client.get_presigned_url(
            method, self.bucket, self.key, expires=EXPIRES, extra_query_params=dict(query)
        )
        # The length is always sent, also 0: some servers refuse a POST without it.
        headers = {"Content-Length": str(len(body)), **(headers or {})}
        with translated():
            reply = self.http.request(
                method,
                url,
                body=cast(bytes, body) or None,  # urllib3 sends any buffer without copying it
                headers=headers,
                timeout=timeout or self.http.connection_pool_kw["timeout"],
            )
        if reply.status not in allowed:
            why = f"{method} answered {reply.status}{skew(reply.headers)}: {reply.data[:200]!r}"
            raise DependencyDown("store", why)
        return reply


def _parts(document: bytes) -> list[StoredPart]:
    try:
        return [_part(found) for found in ElementTree.fromstring(document).iterfind("{*}Part")]
    except (ElementTree.ParseError, ValueError) as error:
        raise DependencyDown("store", f"unreadable list of parts: {error}") from error


def _part(listed: Element) -> StoredPart:
    number, size, etag = (listed.findtext(f"{{*}}{tag}") or "" for tag in ("PartNumber", "Size", "ETag"))
    return StoredPart(int(number), int(size), etag)


def _check_gone(document: bytes) -> None:
    """Raises DependencyDown where it is not the upload that is not there, but the whole bucket."""
    if (code := _text(document, "Code")) not in GONE:
        raise DependencyDown("store", f"listing parts answered 404 {code}")


def _text(document: bytes, tag: str) -> str:
    """The text of the first element of that name, whatever its namespace."""
    try:
        root = ElementTree.fromstring(document)
    except ElementTree.ParseError as error:
        raise DependencyDown("store", f"unreadable XML reply: {error}") from error
    found = next((e.text for e in root.iter() if e.tag.rpartition("}")[2] == tag), None)
    if not found:
        raise DependencyDown("store", f"reply without {tag}: {document[:200]!r}")
    return str(found)
