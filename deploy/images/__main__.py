"""The containers' images: `python -m deploy.images build|pin`. Needs Python and a docker client."""

import argparse
import sys

from deploy.images.building import SERVICES, VARIANTS, build
from deploy.images.client import Client
from deploy.images.pins import BASE, pin, pinned
from deploy.local.program import CannotRun


def main() -> int:
    arguments = _parser().parse_args()
    client = Client.of_environment()
    try:
        client.check()
        if arguments.command == "pin":
            pin(client)
        for service in arguments.services if arguments.command == "build" else ():
            image = build(client, service, arguments.variant, pinned().get(BASE))
            print(f"{image} is built.", flush=True)
    except CannotRun as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.images", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")
    told = "build images; all services' where none is named"
    building = commands.add_parser("build", help=told, description=told)
    building.add_argument("services", nargs="*", default=SERVICES, metavar="SERVICE")
    building.add_argument("--variant", choices=VARIANTS, default=VARIANTS[0])
    told = "write deploy/pins.env: the digests that the registries give for the images' tags"
    commands.add_parser("pin", help=told, description=told)
    return parser


if __name__ == "__main__":
    sys.exit(main())
