"""Large recordings in parts, straight from the client into the object store."""
