"""`python -m scribeline.provision secrets|broker|database|store|all`

Each may be run again at any time, and changes what differs. `all` is broker, database and store.
"""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence

import stamina

from scribeline.contracts.failures import DependencyDown
from scribeline.messaging.errors import TopologyMismatch
from scribeline.provision import broker, database, secret_files, store
from scribeline.provision.accounts import Unusable
from scribeline.provision.settings import ProvisionSettings, SecretsSettings
from scribeline.settings import load
from scribeline.storage.roles import MissingRoles

Provision = Callable[[ProvisionSettings], Awaitable[None]]

SERVERS: dict[str, Provision] = {
    "broker": broker.provision,
    "database": database.provision,
    "store": store.provision,
}
FIRST_KEY = """
The first API key, with every scope, for tenant `default`. It is shown this once:

    {key}

"""


def main(given: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m scribeline.provision", description=__doc__)
    parser.add_argument("what", choices=["secrets", *SERVERS, "all"])
    what = parser.parse_args(given).what
    if what == "secrets":
        make_secrets()
        return
    settings = load(ProvisionSettings)
    try:
        for name in SERVERS if what == "all" else [what]:
            asyncio.run(until_there(SERVERS[name], settings))
            sys.stdout.write(f"{name} is provisioned\n")
    except (DependencyDown, MissingRoles, database.NotAllowed, TopologyMismatch, Unusable) as trouble:
        sys.exit(f"{type(trouble).__name__}: {trouble}")


def make_secrets() -> None:
    settings = load(SecretsSettings)
    key = secret_files.make(settings)
    sys.stdout.write(f"secrets are in {settings.secrets_dir}\n")
    if key is not None:
        sys.stdout.write(FIRST_KEY.format(key=key))


async def until_there(provision: Provision, settings: ProvisionSettings) -> None:
    """A server that does not answer yet is waited for."""
    async for attempt in stamina.retry_context(
        on=DependencyDown, attempts=None, timeout=settings.provision_wait_seconds, wait_max=5.0
    ):
        with attempt:
            await provision(settings)


if __name__ == "__main__":
    main()
