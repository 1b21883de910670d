"""The minio client as this project makes it."""

from urllib.parse import urlsplit

import urllib3
from minio import Minio

from scribeline.settings import StoreSettings

THREADS = 16
"""Calls to the store at a time, of one process."""


def pool(settings: StoreSettings, read_seconds: float, retries: int) -> urllib3.PoolManager:
    return urllib3.PoolManager(
        maxsize=THREADS,
        ssl_context=settings.certificates.context(),
        timeout=urllib3.Timeout(connect=5.0, read=read_seconds),
        retries=urllib3.Retry(
            total=retries, read=min(retries, 1), backoff_factor=0.2, status_forcelist=[500, 502, 503, 504]
        ),
    )


def client(settings: StoreSettings, http: urllib3.PoolManager) -> Minio:
    """With its region given, it signs without asking anybody."""
    endpoint = urlsplit(settings.s3_endpoint)
    if endpoint.scheme not in ("http", "https") or not endpoint.netloc:
        raise ValueError("SCRIBELINE_S3_ENDPOINT must be http://host:port or https://host:port")
    return Minio(
        endpoint.netloc,
        access_key=settings.s3_access_key.get_secret_value() or None,
        secret_key=settings.s3_secret_key.get_secret_value() or None,
        secure=endpoint.scheme == "https",
        region=settings.s3_region,
        http_client=http,
    )
