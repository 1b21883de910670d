"""Images that stand in for those of registries, under the names that the Dockerfile and compose.yml use.

Each is Debian's packages with an entry point that honours what compose.yml gives to the original
(`deploy/verify/standins`). They show that our files are right, and nothing about the originals.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from deploy.images.client import Client
from deploy.images.pins import BASE, references
from deploy.local.objectstore import juicefs
from deploy.local.program import CannotRun
from deploy.local.state import ROOT
from deploy.verify import debian

HERE = Path(__file__).parent / "standins"
CERTIFICATES = Path(os.environ.get("SSL_CERT_FILE") or "/etc/ssl/certs/ca-certificates.crt")
SMALL = ("doc", "man", "locale", "info")
MINIMAL = ("--variant=minbase", *(f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in SMALL))


@dataclass(frozen=True)
class StandIn:
    """One image. Its variable in compose.yml or the Dockerfile gives it the name."""

    variable: str
    suite: str
    packages: tuple[str, ...]
    told: str
    user: str = ""
    """Who runs it, with the official image's number 999: there before the package would make another."""
    home: str = ""

    def archive(self, cache: Path) -> Path:
        """Its packages, unpacked and set up; made if it is missing. Raises CannotRun."""
        place = cache / f"{self.variable}.tar"
        if not place.exists():
            debian.make(self.suite, self.packages, place, *MINIMAL, *self._user())
        return place

    def _user(self) -> tuple[str, ...]:
        if not self.user:
            return ()
        person = f"{self.user}:x:999:999::{self.home}:/usr/sbin/nologin"
        lines = f'echo {person} >> "$1/etc/passwd"; echo {self.user}:x:999: >> "$1/etc/group"'
        return (f"--essential-hook={lines}",)


STAND_INS = {
    "python": StandIn(
        BASE,
        "trixie",
        ("python3.13", "python3.13-venv", "ca-certificates", "netbase", "tzdata"),
        "Debian trixie with its own build of Python 3.13, and this machine's certificate authorities",
    ),
    "rabbitmq": StandIn(
        "RABBITMQ_IMAGE",
        "sid",
        ("rabbitmq-server",),
        "RabbitMQ 4.3 of Debian sid",
        "rabbitmq",
        "/var/lib/rabbitmq",
    ),
    "postgres": StandIn(
        "POSTGRES_IMAGE",
        "sid",
        ("postgresql-18",),
        "PostgreSQL 18 of Debian sid",
        "postgres",
        "/var/lib/postgresql",
    ),
    "store": StandIn(
        "STORE_IMAGE",
        "trixie",
        ("curl", "ca-certificates"),
        "the JuiceFS gateway, which is MinIO's own layer",
    ),
}


def build(client: Client, name: str, cache: Path, scratch: Path) -> str:
    """Build one and return the name it took. Raises CannotRun."""
    one = STAND_INS[name]
    image = names()[one.variable]
    context = scratch / "stand-ins" / name
    shutil.copytree(HERE / name, context)
    shutil.copyfile(one.archive(cache), context / "tree.tar")
    if name == "python":
        shutil.copy(CERTIFICATES, context / "ca-certificates.crt")
    if name == "store":
        shutil.copy(juicefs(), context)
    if client.run("build", "--load", *client.build_options, "-t", image, str(context)) != 0:
        raise CannotRun(f"The stand-in for {image} could not be built.")
    return image


def names() -> dict[str, str]:
    """Variable -> `name:tag`, as our files have them."""
    return references(*((ROOT / "deploy" / file).read_text() for file in ("compose.yml", "Dockerfile")))
