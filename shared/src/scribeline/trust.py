"""Whose certificates a service believes where an address says TLS, and which one it shows itself."""

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

UNKNOWN_SIGNER = frozenset({2, 18, 19, 20, 21})
"""X509_V_ERR_..: its signer is not among those that are believed. https://docs.openssl.org/3.0/man3/X509_STORE_CTX_get_error/"""


@dataclass(frozen=True)
class Certificates:
    """Files in PEM. Without `ca`, those authorities are believed that the system believes."""

    ca: Path | None = None
    own: Path | None = None
    """Shown to servers that ask for one, with its chain; its key may stand in the same file."""
    key: Path | None = None

    def context(self) -> ssl.SSLContext:
        """A new one that checks certificates and host names. Raises OSError (also for what is no PEM).

        Each adapter has its own: libraries write the name of their protocol (ALPN) into what they are given.
        """
        context = ssl.create_default_context(cafile=self.ca)
        if self.own is not None:
            # an empty password: without one, OpenSSL would ask the terminal for that of a locked key
            context.load_cert_chain(self.own, self.key, password="")
        return context


SYSTEM = Certificates()


def refusal(error: BaseException) -> str | None:
    """Why a certificate was refused, and which setting helps, where that is what the error comes from."""
    refused = next((e for e in _causes(error) if isinstance(e, ssl.SSLCertVerificationError)), None)
    if refused is None:
        return None
    helps = "; SCRIBELINE_TLS_CA_FILE names who is believed" if refused.verify_code in UNKNOWN_SIGNER else ""
    return f"its certificate is refused: {refused.verify_message.rstrip('.')}{helps}"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, and what it was raised for; urllib3 keeps that in `reason`, and in `args`."""
    seen: list[BaseException | None] = [error]
    for each in seen:
        if each is not None:
            yield each
            within = [each.__cause__, each.__context__, getattr(each, "reason", None), *each.args]
            seen += [e for e in within if isinstance(e, BaseException) and e not in seen]
