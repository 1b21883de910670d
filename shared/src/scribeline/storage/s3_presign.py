"""Addresses that let a client put one part of one upload, and nothing else, straight into the store.

Signed are the part's number, its upload, the object, the time and the length: a body of any other length is
refused by the store. minio's own presigned addresses leave the length open, so that 5 GiB could be sent as
each part. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
"""

from datetime import UTC, datetime
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from minio.credentials.credentials import Credentials
from minio.signer import get_credential_string, sign_v4_s3

from scribeline.settings import StoreSettings
from scribeline.storage.s3_client import client, pool

METHOD = "PUT"
SIGNED = "content-length;host"
UNREAD = "UNSIGNED-PAYLOAD"


class PartUrls:
    """Signs for the endpoint of its settings, which nobody here needs to reach."""

    def __init__(self, settings: StoreSettings) -> None:
        self._settings = settings
        self._client = client(settings, pool(settings, read_seconds=1.0, retries=0))

    def url(self, key: str, upload: str, number: int, *, length: int, seconds: int) -> str:
        """Good for a PUT of exactly so many bytes. Asks nobody."""
        place = urlsplit(self._client.get_presigned_url(METHOD, self._settings.s3_bucket, key))
        query = {"partNumber": str(number), "uploadId": upload}
        access = self._settings.s3_access_key.get_secret_value()
        if not access:
            return urlunsplit(place._replace(query=_encoded(query)))
        now, region = datetime.now(UTC), self._settings.s3_region
        query |= {
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Credential": get_credential_string(access, now, region),
            "X-Amz-Date": f"{now:%Y%m%dT%H%M%SZ}",
            "X-Amz-Expires": str(seconds),
            "X-Amz-SignedHeaders": SIGNED,
        }
        url = place._replace(query=_encoded(query))
        signed = sign_v4_s3(
            method=METHOD,
            url=url,
            region=region,
            headers={"host": url.netloc, "content-length": str(length)},
            credentials=Credentials(access, self._settings.s3_secret_key.get_secret_value()),
            content_sha256=UNREAD,
            date=now,
        )
        signature = str(signed["Authorization"]).rpartition("Signature=")[2]
        return f"{urlunsplit(url)}&X-Amz-Signature={signature}"


def _encoded(query: dict[str, str]) -> str:
    return urlencode(sorted(query.items()), quote_via=quote, safe="")
