"""What PostgreSQL keeps of a password, computed here: the server, whose log shows statements that fail, is
never told the password itself.

`SCRAM-SHA-256$ITERATIONS:SALT$STORED_KEY:SERVER_KEY`, keys as in RFC 5802, section 3:
https://www.postgresql.org/docs/current/catalog-pg-authid.html
"""

import hashlib
import hmac
import os
from base64 import b64encode

from scribeline.provision.accounts import Unusable

ITERATIONS = 4096
"""As PostgreSQL's own. It is not the number that protects passwords of 256 random bits."""
SALT_BYTES = 16


def verifier(password: str) -> str:
    """Another one each time. Raises Unusable for a password that clients may change before they send it."""
    if not (password.isascii() and password.isprintable()):
        raise Unusable("a password of the database may have printable ASCII characters only")
    salt = os.urandom(SALT_BYTES)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, ITERATIONS)
    stored = hashlib.sha256(_keyed(salted, b"Client Key")).digest()
    parts = (b64encode(each).decode() for each in (salt, stored, _keyed(salted, b"Server Key")))
    return "SCRAM-SHA-256${}:{}${}:{}".format(ITERATIONS, *parts)


def _keyed(key: bytes, said: bytes) -> bytes:
    return hmac.digest(key, said, "sha256")
