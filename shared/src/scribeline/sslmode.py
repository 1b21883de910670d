"""TLS to PostgreSQL in libpq's words, as asyncpg's arguments.

https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION
"""

import ssl
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from scribeline.trust import Certificates

UNCHECKED = ("disable", "allow", "prefer", "require")
CHECKED = ("verify-ca", "verify-full")
FILES = {"sslrootcert": "ca", "sslcert": "own", "sslkey": "key"}
"""Of the address alone, in place of what is believed otherwise."""
WORDS = ("sslmode", *FILES)
SYSTEMS = "system"
"""As a `sslrootcert`: the authorities of the system, which only `verify-full` goes with."""


def arguments(query: Mapping[str, str], certificates: Certificates) -> dict[str, Any]:
    """asyncpg's arguments that say what these words of an address do. Raises ValueError.

    Without any, asyncpg does as libpq does: `prefer`, or what PGSSLMODE says.
    """
    named = {word: query[word] for word in WORDS if word in query}
    mode = named.pop("sslmode", None)
    if mode is None and named:
        raise ValueError(f"SCRIBELINE_DATABASE_URL: {', '.join(named)} is of no use without sslmode")
    if mode is None:
        return {}
    if mode not in UNCHECKED + CHECKED:
        raise ValueError(f"SCRIBELINE_DATABASE_URL: sslmode is one of {', '.join(UNCHECKED + CHECKED)}")
    if mode in ("disable", "allow", "prefer"):
        return {"ssl": mode}
    return {"ssl": _context(mode, named, certificates)}


def _context(mode: str, named: dict[str, str], certificates: Certificates) -> ssl.SSLContext:
    root = named.get("sslrootcert")
    if root == SYSTEMS and mode != "verify-full":
        raise ValueError("SCRIBELINE_DATABASE_URL: sslrootcert=system needs sslmode=verify-full")
    files = {FILES[word]: None if name == SYSTEMS else Path(name) for word, name in named.items()}
    try:
        context = replace(certificates, **files).context()
    except OSError as error:
        raise ValueError(f"SCRIBELINE_DATABASE_URL: {', '.join(named)} cannot be read: {error}") from error
    context.check_hostname = mode == "verify-full"
    if mode == "require" and root is None:
        context.verify_mode = ssl.CERT_NONE  # an authority that was named has libpq check all the same
    return context
