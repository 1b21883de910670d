"""A certificate authority for an afternoon, made by the `openssl` of the system."""

import ssl
import subprocess
from pathlib import Path


class Authority:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._openssl("req", "-x509", "-subj", "/CN=tests", "-days", "2", *_new_key("ca"), "-out", "ca.pem")

    def trusting(self) -> ssl.SSLContext:
        """For a client that trusts this authority, and no other."""
        return ssl.create_default_context(cafile=self._folder / "ca.pem")

    def server(self, name: str) -> ssl.SSLContext:
        """For a server of that name."""
        self._openssl(
            "req", "-x509", "-days", "2", "-CA", "ca.pem", "-CAkey", "ca.key", "-subj", f"/CN={name}",
            "-addext", f"subjectAltName=DNS:{name}", "-addext", "basicConstraints=critical,CA:FALSE",
            *_new_key(name), "-out", f"{name}.pem",
        )  # fmt: skip
        return self._context(name)

    def expired(self, name: str) -> ssl.SSLContext:
        """The same, but its certificate ended yesterday."""
        self._openssl(
            "req", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}", *_new_key(name),
            "-out", f"{name}.csr",
        )  # fmt: skip
        self._openssl(
            "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "-1",
            "-copy_extensions", "copy", "-out", f"{name}.pem",
        )  # fmt: skip
        return self._context(name)

    def _context(self, name: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._folder / f"{name}.pem", self._folder / f"{name}.key")
        return context

    def _openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self._folder, check=True, capture_output=True)


def _new_key(name: str) -> tuple[str, ...]:
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")
    return (*curve, "-nodes", "-keyout", f"{name}.key")
