"""The broker: virtual host, one user for each service with the least it needs, and the topology.

Users are made, or given the password that their secrets now hold; one that is there loses whatever other
rights it had in this virtual host. Raises ManagementTrouble, TopologyMismatch, DependencyDown and Unusable.
"""

from yarl import URL

from scribeline.messaging.broker import Broker, declare, hang_up
from scribeline.messaging.errors import reachable
from scribeline.messaging.management_api import Calls, ManagementApi
from scribeline.messaging.service_rights import SERVICES, management, permission
from scribeline.messaging.topology import Topology
from scribeline.provision.accounts import Account, Unusable, of_url, with_file
from scribeline.provision.settings import ProvisionSettings

EVERYTHING = {"configure": ".*", "write": ".*", "read": ".*"}


async def provision(settings: ProvisionSettings) -> None:
    """The administrator's own permission first: declaring needs it."""
    broker = Broker.of(settings, None)
    url = settings.amqp_management_url.get_secret_value()
    if not url:
        raise Unusable("SCRIBELINE_AMQP_MANAGEMENT_URL is not set: users are made by the management API")
    api = ManagementApi(url, broker.url, broker.certificates)
    async with api.open() as calls:
        await calls.put("vhosts", calls.vhost, body={})
        await calls.put("permissions", calls.vhost, _administrator(broker), body=EVERYTHING)
    await _declare(broker)
    async with api.open() as calls:
        await _let_in_services(settings, calls, broker.topology)
        await _let_in_managers(settings, calls, broker.topology)


async def _declare(broker: Broker) -> None:
    connection = await broker.connect("provision")
    try:
        async with reachable():
            await declare(await connection.channel(publisher_confirms=False), broker.topology)
    finally:
        await hang_up(connection)


async def _let_in_services(settings: ProvisionSettings, calls: Calls, table: Topology) -> None:
    for service in with_file(settings.secrets_dir, "amqp_url"):
        account = _here(of_url(settings.secrets_dir, service, "amqp_url"), calls, service)
        await calls.put("users", account.user, body={"password": account.password, "tags": ""})
        await calls.put("permissions", calls.vhost, account.user, body=permission(SERVICES[service], table))


async def _let_in_managers(settings: ProvisionSettings, calls: Calls, table: Topology) -> None:
    for service, manages in management(table).items():
        if service not in set(with_file(settings.secrets_dir, "amqp_management_url")):
            continue
        account = of_url(settings.secrets_dir, service, "amqp_management_url")
        await calls.put("users", account.user, body={"password": account.password, "tags": manages.tag})
        await calls.put("permissions", calls.vhost, account.user, body=dict(manages.permission))


def _here(account: Account, calls: Calls, service: str) -> Account:
    if (account.place or "/") != calls.vhost:
        raise Unusable(f"amqp_url of {service} names another virtual host than SCRIBELINE_AMQP_URL")
    return account


def _administrator(broker: Broker) -> str:
    return URL(broker.url).user or "guest"
