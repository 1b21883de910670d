"""Stores outcomes and decides what comes next; the only one that does."""
