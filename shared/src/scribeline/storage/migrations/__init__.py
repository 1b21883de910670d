"""Alembic's environment; `python -m scribeline.storage.migrate` runs it."""
