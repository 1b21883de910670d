"""Jobs' own webhooks (`webhook_url`), and the secret that signs what is sent to any of a tenant's."""

from datetime import timedelta
from zlib import crc32

from sqlmodel import select

from gateway.options.model import JobOptions
from gateway.settings import GatewaySettings
from gateway.webhooks.addresses import destination
from gateway.webhooks.views import to_come
from scribeline.contracts.api.webhooks import CallbackSecret
from scribeline.signing import Generations, callback_secret
from scribeline.storage.database import Database
from scribeline.storage.models import TenantRow
from scribeline.storage.webhooks import Callback

LANES = 64
"""Most of one tenant. Each lane in which anything is pending costs all tenants a look-up at every claim, and
each job may name another host: those that share a lane by chance share its few places."""


def callback_of(options: JobOptions, tenant: str, settings: GatewaySettings) -> Callback | None:
    """None where it was not asked for."""
    if options.webhook_url is None:
        return None
    to = destination(options.webhook_url, settings, "webhook_url")
    return Callback(options.webhook_url, options.webhook_events, lane_of(tenant, to.host, to.port))


def lane_of(tenant: str, host: str, port: int) -> str:
    """The same for the same host, in every process."""
    return f"callback/{tenant}/{crc32(f'{host}:{port}'.encode()) % LANES:02}"


async def secret_of(database: Database, tenant: str, master: str) -> CallbackSecret:
    async with database.transaction(tenant) as session:
        row = (await session.exec(select(TenantRow).where(TenantRow.name == tenant))).one()
        return _view(row, master)


async def rotate(database: Database, tenant: str, master: str, overlap: timedelta) -> CallbackSecret:
    """The next one signs, and for so long those before it, too."""
    async with database.transaction(tenant) as session:
        locked = select(TenantRow).where(TenantRow.name == tenant).with_for_update(key_share=True)
        row = (await session.exec(locked)).one()
        before = Generations(
            row.callback_generation, row.callback_oldest_generation, row.callback_previous_until
        )
        now = before.rotated(await session.clock(), overlap)
        row.callback_generation, row.callback_oldest_generation = now.newest, now.oldest
        row.callback_previous_until = now.until
        return _view(row, master)


def _view(row: TenantRow, master: str) -> CallbackSecret:
    return CallbackSecret(
        secret=callback_secret(master, row.name, row.callback_generation),
        previous_secret_until=to_come(row.callback_previous_until),
    )
