"""What a bucket holds, page by page, so that a bucket of any size needs little memory; blocking, for threads.

Objects are listed by minio's own call. Unfinished uploads are asked for by a presigned URL, because minio-py
has no public call for them:
https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html

They are asked for without a prefix. AWS and the JuiceFS gateway then list the whole bucket; so do newer
MinIOs (with a prefix, they look for an object of exactly that name). Older MinIOs list none, and abort by
themselves what is older than a day (`api stale_uploads_expiry`).
"""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, TypeVar
from urllib.parse import quote, unquote_plus, urlencode, urlsplit, urlunsplit
from xml.etree.ElementTree import Element

import urllib3
from defusedxml import ElementTree
from minio import Minio
from minio.credentials.credentials import Credentials
from minio.signer import presign_v4

from scribeline.contracts.failures import DependencyDown
from scribeline.settings import StoreSettings
from scribeline.storage.objects import Stored, Unfinished
from scribeline.storage.s3_errors import translated

PAGE = 1000
"""Names of one page, which is what S3 gives at most for one request."""
EXPIRES = timedelta(minutes=5)
"""Validity of one presigned URL; it is made right before its use."""

Item = TypeVar("Item")


async def pages(run: Callable[..., Any], items: Iterator[Item]) -> AsyncIterator[list[Item]]:
    """Items of a blocking iterator, taken in a thread by `run`. Raises DependencyDown("store")."""
    while page := await run(_next_page, items):
        yield page


def _next_page(items: Iterator[Item]) -> list[Item]:
    try:
        with translated():
            return list(islice(items, PAGE))
    except ValueError as error:
        raise DependencyDown("store", f"unreadable list: {error}") from error


@dataclass(frozen=True)
class Listing:
    """Each method is a blocking iterator that asks for the next page when it gets there."""

    client: Minio
    http: urllib3.PoolManager
    settings: StoreSettings

    def names(self, prefix: str) -> Iterator[str]:
        """Objects and folders directly below; a folder's name ends with "/"."""
        for found in self.client.list_objects(self.settings.s3_bucket, prefix=prefix):
            yield str(found.object_name)

    def objects(self, prefix: str) -> Iterator[Stored]:
        """Every object below. (A server on a file system lists its folders too.)"""
        for found in self.client.list_objects(self.settings.s3_bucket, prefix=prefix, recursive=True):
            if not found.is_dir and found.last_modified is not None:
                yield Stored(str(found.object_name), found.last_modified)

    def unfinished(self) -> Iterator[Unfinished]:
        """Every multipart upload that was begun and has not ended."""
        after: dict[str, str] = {}
        while True:
            page = self._uploads(after)
            decoded = unquote_plus if _text(page, "EncodingType") == "url" else str
            for upload in page.iterfind("{*}Upload"):
                begun = datetime.fromisoformat(_text(upload, "Initiated"))
                yield Unfinished(decoded(_text(upload, "Key")), _text(upload, "UploadId"), begun)
            last = {
                "key-marker": decoded(_text(page, "NextKeyMarker")),
                "upload-id-marker": _text(page, "NextUploadIdMarker"),
            }
            if _text(page, "IsTruncated") != "true" or last == after:
                return
            after = last

    def _uploads(self, after: dict[str, str]) -> Element:
        query = {"uploads": "", "encoding-type": "url", "max-uploads": str(PAGE), **after}
        reply = self.http.request("GET", self._presigned(query))
        if reply.status != 200:
            raise DependencyDown("store", f"listing uploads answered {reply.status}: {reply.data[:200]!r}")
        return ElementTree.fromstring(reply.data)

    def _presigned(self, query: dict[str, str]) -> str:
        """The bucket's own address, signed; minio signs addresses of objects only, so one lends its own."""
        neighbour = urlsplit(self.client.get_presigned_url("GET", self.settings.s3_bucket, "x"))
        url = neighbour._replace(
            path=neighbour.path[:-1], query=urlencode(sorted(query.items()), quote_via=quote, safe="")
        )
        if self.settings.s3_access_key.get_secret_value():
            url = presign_v4(
                method="GET",
                url=url,
                region=self.settings.s3_region,
                credentials=Credentials(
                    self.settings.s3_access_key.get_secret_value(),
                    self.settings.s3_secret_key.get_secret_value(),
                ),
                date=datetime.now(UTC),
                expires=int(EXPIRES.total_seconds()),
            )
        return urlunsplit(url)


def _text(element: Element, tag: str) -> str:
    """The text of a child, whatever its namespace; empty where there is none."""
    return element.findtext(f"{{*}}{tag}") or ""
