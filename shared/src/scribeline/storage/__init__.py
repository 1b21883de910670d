"""The object store and the database. Knows nothing of the broker."""
