"""Node.js with the official library for webhooks, as `tests/data/receiver` locks it."""

from pathlib import Path

from tests.support.node import NODE, installed

LOCKED = Path(__file__).parents[1] / "data" / "receiver"


async def node_command(directory: Path) -> list[str]:
    """What runs a program in this directory that may import the library, once its text is appended."""
    project = await installed(LOCKED, directory)
    (directory / "node_modules").symlink_to(project / "node_modules")
    return [str(NODE), "--input-type=module", "-e"]
