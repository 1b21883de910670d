"""The object store: the bucket, and one user for each service with a policy of its own.

By MinIO's admin API, which MinIO, its forks and the JuiceFS gateway speak. In another S3 the same policies
(`storage/store_policies.py`) are given by its own means. Raises DependencyDown and Unusable.
"""

import asyncio
from urllib.parse import urlsplit

import urllib3
from minio import MinioAdmin
from minio.credentials.providers import StaticProvider
from minio.error import MinioAdminException

from scribeline.contracts.failures import DependencyDown
from scribeline.provision.accounts import of_keys, with_file
from scribeline.provision.settings import ProvisionSettings
from scribeline.storage.s3 import S3Store
from scribeline.storage.s3_client import pool
from scribeline.storage.store_policies import policy
from scribeline.trust import refusal


async def provision(settings: ProvisionSettings) -> None:
    store = S3Store(settings)
    try:
        await store.ensure_bucket()
    finally:
        store.close()
    await asyncio.to_thread(_let_in, settings)


def _let_in(settings: ProvisionSettings) -> None:
    admin = _admin(settings)
    try:
        for service in with_file(settings.secrets_dir, "s3_access_key"):
            account = of_keys(settings.secrets_dir, service)
            name = f"{settings.s3_bucket}-{service}"
            admin.policy_add(name, policy=policy(service, settings.s3_bucket))
            admin.user_add(account.user, account.password)
            admin.policy_set(name, user=account.user)  # and no other
    except (MinioAdminException, urllib3.exceptions.HTTPError) as error:
        raise DependencyDown("store", refusal(error) or f"its admin API does not do it: {error}") from error


def _admin(settings: ProvisionSettings) -> MinioAdmin:
    endpoint = urlsplit(settings.s3_endpoint)
    return MinioAdmin(
        endpoint=endpoint.netloc,
        credentials=StaticProvider(
            settings.s3_access_key.get_secret_value(), settings.s3_secret_key.get_secret_value()
        ),
        region=settings.s3_region,
        secure=endpoint.scheme == "https",
        http_client=pool(settings, read_seconds=30.0, retries=3),
    )
