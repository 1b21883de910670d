"""The roles that row-level security tells apart: groups, of which the login of each service is a member."""

from collections.abc import Sequence

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

GATEWAY = "scribeline_gateway"
"""Sees the rows of the tenant that its transaction named, or of all; see `Database.transaction`."""
WRITER = "scribeline_writer"
"""Sees all rows, and so do those who inherit its rights: the tables' owner is one."""
NOTIFIER = "scribeline_notifier"
"""Sees all rows of the few tables that it needs."""
ROLES = (GATEWAY, WRITER, NOTIFIER)

_FOUND = "SELECT rolname FROM pg_roles WHERE rolname = ANY(:roles) AND {}"
_MAY_TAKE_AND_INHERITS = "pg_has_role(oid, 'USAGE') AND pg_has_role(oid, '{}')"
# Roles are the whole server's, while its databases may be migrated at the same time.
_MAKE = """
    DO $$ BEGIN CREATE ROLE {} NOLOGIN;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$
"""
_JOIN = """
    DO $$ BEGIN GRANT {} TO CURRENT_USER {};
    EXCEPTION WHEN unique_violation THEN NULL; END $$
"""
NOT_ALLOWED = "42501"


class MissingRoles(Exception):
    """The roles are not there, or not for the login that migrates, and it may not change that."""


def ensure(connection: Connection, roles: Sequence[str] = ROLES) -> None:
    """The roles are there, and the login that asks may take them and inherits their rights.

    Raises MissingRoles, with what to run by hand.
    """
    try:
        with connection.begin_nested():
            for role in _lacking(connection, roles, "true"):
                connection.exec_driver_sql(_MAKE.format(role))
            for role in _lacking(connection, roles, _membership(connection)):
                options = "WITH INHERIT TRUE, SET TRUE" if _tells_options_apart(connection) else ""
                connection.exec_driver_sql(_JOIN.format(role, options))
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != NOT_ALLOWED:
            raise
        raise MissingRoles(_by_hand(connection, roles)) from error
    if _lacking(connection, roles, _membership(connection)):
        raise MissingRoles(_by_hand(connection, roles))


def _lacking(connection: Connection, roles: Sequence[str], condition: str) -> list[str]:
    """Roles of which it does not hold."""
    found = connection.execute(text(_FOUND.format(condition)), {"roles": list(roles)})
    return sorted(set(roles) - set(found.scalars()))


def _membership(connection: Connection) -> str:
    return _MAY_TAKE_AND_INHERITS.format("SET" if _tells_options_apart(connection) else "MEMBER")


def _tells_options_apart(connection: Connection) -> bool:
    """Since PostgreSQL 16 a member may be one that inherits nothing, or may not take the role."""
    return (connection.dialect.server_version_info or (0,)) >= (16,)


def _by_hand(connection: Connection, roles: Sequence[str]) -> str:
    login = connection.execute(text("SELECT quote_ident(current_user)")).scalar_one()
    made = "".join(f"CREATE ROLE {role} NOLOGIN; " for role in _lacking(connection, roles, "true"))
    return (
        f"The login {login} may not make the roles of row-level security: let a superuser run "
        f"`{made}GRANT {', '.join(roles)} TO {login};`, and migrate again."
    )
