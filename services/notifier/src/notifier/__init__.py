"""Tells others what happened: webhooks, and the public events on the broker."""
