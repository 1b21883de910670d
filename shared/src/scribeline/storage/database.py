"""PostgreSQL through one pool. A database that does not answer is DependencyDown("database")."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Any

import asyncpg
from sqlalchemy import Executable, Result, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from scribeline.contracts.failures import DependencyDown
from scribeline.sslmode import WORDS, arguments
from scribeline.trust import SYSTEM, Certificates, refusal

EVERYBODY = "*"
"""In place of a tenant, whose name it cannot be: the rows of all of them."""

_AWAY = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InvalidPasswordError,
    asyncpg.InvalidCatalogNameError,
)
_REFUSED = (
    asyncpg.InsufficientPrivilegeError,
    asyncpg.InvalidParameterValueError,
    asyncpg.UndefinedObjectError,
)
_REMEDY = "Migrate with `python -m scribeline.storage.migrate`, and GRANT the role to the login."
_NOT_NOW = (
    "53",  # out of disk, memory or connections
    "57",  # shut down, crashed, starting, or a statement cancelled by an operator
    "58",  # its disk fails
    "40",  # a deadlock, or a race that only one could win
    "25006",  # read-only, as after a failover
    "55P03",  # a lock not had in time
    "42501",  # a grant that is missing: no data is at fault, and the next migration may bring it
)
"""SQLSTATEs, or their classes, that tell of the server and not of what was asked of it: the same transaction
succeeds later. https://www.postgresql.org/docs/current/errcodes-appendix.html"""


def engine_for(
    url: str,
    pool: int,
    statement_seconds: float | None = 60,
    role: str = "",
    certificates: Certificates = SYSTEM,
) -> AsyncEngine:
    """An engine for `postgresql://...`, whatever driver the address names. Raises ValueError.

    Each connection takes the role as it is opened, so that nothing that happens on it gives the role back.
    """
    scheme, _, rest = url.partition("://")
    if scheme.split("+")[0] not in ("postgresql", "postgres"):
        raise ValueError("SCRIBELINE_DATABASE_URL must begin with postgresql://")
    address = make_url(f"postgresql+asyncpg://{rest}")
    # SQLAlchemy would hand these words over as they are, and asyncpg knows them only in addresses it reads
    secured = arguments({word: str(given) for word, given in address.query.items()}, certificates)
    return create_async_engine(
        address.difference_update_query(WORDS),
        pool_size=pool,
        max_overflow=0,
        pool_timeout=10,
        pool_pre_ping=True,
        connect_args={
            **secured,
            "timeout": 5,
            "command_timeout": statement_seconds,
            "server_settings": {"role": role} if role else {},
            "async_creator_fn": partial(_connect, role),
        },
    )


async def _connect(role: str, *given: Any, **options: Any) -> asyncpg.Connection:
    """Raises DependencyDown when the login may not take the role: it may as soon as somebody grants it."""
    try:
        return await asyncpg.connect(*given, **options)
    except _REFUSED as error:
        if not role:
            raise
        told = f"The database refuses the role {role} (SCRIBELINE_DATABASE_ROLE): {error}. " + _REMEDY
        raise DependencyDown("database", told) from error


class Session(AsyncSession):
    """A transaction in progress: `exec` for models, `run` for statements of our own."""

    async def run(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> Result[Any]:
        """Rows as tuples. (SQLModel discourages `execute`, but its `exec` is typed for models only.)"""
        return await self.exec(statement, params=parameters)  # type: ignore[call-overload, no-any-return]  # see above

    async def clock(self) -> datetime:
        """The database's time when this transaction first asked: the one clock that all services share.

        Asked after a lock was taken, it is later than whatever the lock's former holder asked.
        """
        if "clock" not in self.info:
            self.info["clock"] = (await self.run(text("SELECT clock_timestamp()"))).scalar_one()
        moment: datetime = self.info["clock"]
        return moment


@asynccontextmanager
async def reachable() -> AsyncIterator[None]:
    """Turn every way a database can be away into DependencyDown; errors in data pass unchanged."""
    try:
        yield
    except (PoolTimeoutError, *_AWAY) as error:
        raise DependencyDown("database", refusal(error) or str(error)) from error
    except DBAPIError as error:
        cause = getattr(error.orig, "__cause__", None) or error.orig
        if error.connection_invalidated or _is_away(cause):
            raise DependencyDown("database", refusal(error) or str(cause)) from error
        raise
    except asyncpg.PostgresError as error:
        if _is_away(error):
            raise DependencyDown("database", str(error)) from error
        raise


def _is_away(error: BaseException | None) -> bool:
    state = getattr(error, "sqlstate", None) or ""
    return isinstance(error, _AWAY) or state.startswith(_NOT_NOW)


class Database:
    """Hands out transactions, committed at the end of the block that opens them."""

    def __init__(self, url: str, pool: int = 10, role: str = "", certificates: Certificates = SYSTEM) -> None:
        """Without a role it has the rights of whom the address names."""
        self.engine = engine_for(url, pool, role=role, certificates=certificates)

    @asynccontextmanager
    async def transaction(self, tenant: str | None = None) -> AsyncIterator[Session]:
        """A transaction that sees the rows of this tenant, or of `EVERYBODY`: row-level security holds a role
        that is bound by it to what was named here, for as long as the transaction."""
        async with reachable(), Session(self.engine, expire_on_commit=False) as session, session.begin():
            if tenant is not None:
                await session.run(text("SELECT set_config('app.tenant', :tenant, true)"), {"tenant": tenant})
            yield session

    async def ping(self) -> None:
        async with self.transaction() as session:
            await session.run(text("SELECT 1"))

    async def close(self) -> None:
        await self.engine.dispose()
