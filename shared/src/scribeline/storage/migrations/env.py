"""Alembic calls this; the connection is handed over by `scribeline.storage.migrate`."""

from alembic import context
from sqlmodel import SQLModel

from scribeline.storage import models  # noqa: F401 - models registers the tables

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    compare_server_default=True,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
