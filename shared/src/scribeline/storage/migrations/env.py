"""Alembic calls this; the connection is handed over by `scribeline.storage.migrate`."""

from alembic import context
from sqlmodel import SQLModel

from scribeline.storage import models  # noqa: F401 - registers the tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
