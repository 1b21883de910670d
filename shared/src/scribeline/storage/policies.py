"""Row-level security of a table, for migrations: who sees which rows, and which statements each role may run.

A new table that holds something of a tenant needs one line in its migration:

    protect(op, "webhook", gateway="SELECT, INSERT, UPDATE, DELETE", notifier="SELECT")

Give each role the statements that it really runs: `UPDATE (name, url)` where it changes these columns only.
Waiting for a row (`FOR UPDATE`) needs UPDATE of any column. A later migration that needs more says `grant`.

Migrations run as the tables' owner, whom `FORCE` binds as well. It inherits the writer's rights
(`roles.ensure`), so that it sees and changes all rows: a migration that changes data needs nothing further.

Under a policy PostgreSQL uses an index only for operators that are leakproof: comparisons are, `@>` and `@@`
are not. What the gateway finds by such an index, it finds through a view: see `searchable`.
"""

from collections.abc import Iterator
from typing import Protocol

from scribeline.storage.database import EVERYBODY
from scribeline.storage.roles import GATEWAY, NOTIFIER, WRITER

NAMED = "current_setting('app.tenant', true)"
"""NULL or empty where a transaction named nobody: no tenant is called so."""


class Operations(Protocol):
    """Alembic's `op`."""

    def execute(self, sqltext: str) -> None: ...


def protect(
    op: Operations,
    table: str,
    *,
    gateway: str = "",
    writer: str = "",
    notifier: str = "",
    tenant: str = "tenant",
) -> None:
    """Hold the roles to their rows of it, and grant them these statements. `tenant` is the column."""
    named = _named(tenant)
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY {GATEWAY} ON {table} TO {GATEWAY} USING ({named}) WITH CHECK ({named})")
    op.execute(f"CREATE POLICY {WRITER} ON {table} TO {WRITER} USING (true) WITH CHECK (true)")
    if notifier:
        admit(op, table, notifier)
    grant(op, table, gateway=gateway, writer=writer)


def admit(op: Operations, table: str, notifier: str) -> None:
    """Show a protected table to the notifier as well, and grant it these statements."""
    op.execute(f"CREATE POLICY {NOTIFIER} ON {table} TO {NOTIFIER} USING (true) WITH CHECK (true)")
    op.execute(f"GRANT {notifier} ON {table} TO {NOTIFIER}")


def dismiss(op: Operations, table: str) -> None:
    """The opposite of `admit`."""
    op.execute(f"REVOKE ALL ON {table} FROM {NOTIFIER}")
    op.execute(f"DROP POLICY {NOTIFIER} ON {table}")


def unprotect(op: Operations, table: str) -> None:
    """The way back; a table that is dropped does not need it."""
    for role in (WRITER, GATEWAY):
        op.execute(f"REVOKE ALL ON {table} FROM {role}")
        op.execute(f"DROP POLICY IF EXISTS {role} ON {table}")
    op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")


def searchable(op: Operations, table: str, view: str, columns: str) -> None:
    """A view of one tenant's rows (never of everybody's) that reads them as their owner: any index serves.

    Join it as `id = ANY (ARRAY(SELECT id FROM view ..))`: what PostgreSQL can take for one scan of the table
    is under its policy again.
    """
    op.execute(f"CREATE VIEW {view} AS SELECT {columns} FROM {table} WHERE tenant = {NAMED}")  # noqa: S608 - constants
    grant(op, view, gateway="SELECT")


def grant(op: Operations, table: str, *, gateway: str = "", writer: str = "") -> None:
    """Further statements, or those of a table that holds nothing of a tenant."""
    for statements, role in _by_role(gateway, writer):
        op.execute(f"GRANT {statements} ON {table} TO {role}")


def revoke(op: Operations, table: str, *, gateway: str = "", writer: str = "") -> None:
    """The opposite of `grant`."""
    for statements, role in _by_role(gateway, writer):
        op.execute(f"REVOKE {statements} ON {table} FROM {role}")


def _by_role(gateway: str, writer: str) -> Iterator[tuple[str, str]]:
    yield from (pair for pair in ((gateway, GATEWAY), (writer, WRITER)) if pair[0])


def _named(tenant: str) -> str:
    return f"{tenant} = {NAMED} OR {NAMED} = '{EVERYBODY}'"
