"""A certificate authority for an afternoon."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme


class Authority:
    """`ca_file` is its certificate. It lives as long as the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ca = trustme.CA()
        self.ca_file = folder / "ca.pem"
        self._ca.cert_pem.write_to_path(str(self.ca_file))

    def trusting(self) -> ssl.SSLContext:
        """For a client that trusts this authority, and no other."""
        return ssl.create_default_context(cafile=self.ca_file)

    def server(self, name: str) -> ssl.SSLContext:
        """For a server of that name."""
        return _context(self._ca.issue_cert(name))

    def expired(self, name: str) -> ssl.SSLContext:
        """The same, but its certificate ended yesterday."""
        return _context(self._expired(name))

    def asking(self, name: str) -> ssl.SSLContext:
        """The same as `server`; it lets in only those who show a certificate of this authority."""
        context = self.server(name)
        context.load_verify_locations(self.ca_file)
        context.verify_mode = ssl.CERT_REQUIRED
        return context

    def files(self, name: str, *, expired: bool = False) -> tuple[Path, Path]:
        """A certificate of that name and its key, for a program that reads them."""
        made = self._expired(name) if expired else self._ca.issue_cert(name)
        certificate, key = (self._folder / f"{name}.{kind}" for kind in ("pem", "key"))
        made.cert_chain_pems[0].write_to_path(str(certificate))
        made.private_key_pem.write_to_path(str(key))
        return certificate, key

    def _expired(self, name: str) -> trustme.LeafCert:
        return self._ca.issue_cert(name, not_after=datetime.now(UTC) - timedelta(days=1))


def _context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context
