"""TLS to PostgreSQL as an address asks for it, in libpq's words.

https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION. asyncpg knows them only in an
address that it reads itself, and SQLAlchemy hands over what is in one as it is.
"""

import ssl
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import URL

from scribeline.trust import Certificates

UNCHECKED = ("disable", "allow", "prefer", "require")
CHECKED = ("verify-ca", "verify-full")
FILES = {"sslrootcert": "ca", "sslcert": "own", "sslkey": "key"}
"""Of the address alone, in place of what is believed otherwise."""
SYSTEMS = "system"
"""As a `sslrootcert`: the authorities of the system, which only `verify-full` goes with."""


def with_tls(url: URL, certificates: Certificates) -> tuple[URL, dict[str, Any]]:
    """The address without these words, and asyncpg's arguments that say the same. Raises ValueError.

    Without any, asyncpg does as libpq does: `prefer`, or what PGSSLMODE says.
    """
    named = {word: str(url.query[word]) for word in ("sslmode", *FILES) if word in url.query}
    plain = url.difference_update_query(named)
    mode = named.pop("sslmode", None)
    if mode is None and named:
        raise ValueError(f"SCRIBELINE_DATABASE_URL: {', '.join(named)} is of no use without sslmode")
    if mode is None:
        return plain, {}
    if mode not in UNCHECKED + CHECKED:
        raise ValueError(f"SCRIBELINE_DATABASE_URL: sslmode is one of {', '.join(UNCHECKED + CHECKED)}")
    if mode in ("disable", "allow", "prefer"):
        return plain, {"ssl": mode}
    return plain, {"ssl": _context(mode, named, certificates)}


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
