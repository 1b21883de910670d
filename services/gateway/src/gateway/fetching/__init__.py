"""A recording by its address: fetched into the store while the client waits."""
