"""Requests to addresses that users name: they reach the internet, and nothing inside.

rules      which URLs may be asked for at all
addresses  which IP addresses are on the internet
resolver   names to IP addresses
settings   of webhooks, which the gateway and the notifier share
network    connections to addresses that were checked, and to no others
budget     connections that read so many bytes and no more
"""
