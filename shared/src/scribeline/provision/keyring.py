"""What was made up at random, once: a file for each, readable by nobody but its owner.

Everything else in the folders of secrets follows from it, so that an address can change while its password
stays, and a folder that was lost comes back as it was.
"""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

BYTES = 32
PRIVATE = 0o400


@dataclass(frozen=True)
class Keyring:
    folder: Path

    def get(self, name: str, prefix: str = "") -> tuple[str, bool]:
        """A secret by its name, made if it is not there; and whether it was made just now."""
        file = self.folder / name
        made = not file.exists()
        if made:
            write(file, prefix + secrets.token_urlsafe(BYTES))
        return file.read_text().rstrip("\r\n"), made


def write(file: Path, content: str, owner: int | None = None) -> None:
    """Whole or not at all, and never readable by others in between; as root, for that owner.

    One that is the same already stays untouched.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists() or file.read_text() != content:
        half = file.with_name(f".{file.name}.half")
        half.unlink(missing_ok=True)
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
        with os.fdopen(descriptor, "w") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
        half.replace(file)
    if owner is not None and os.geteuid() == 0:
        os.chown(file, owner, owner)
