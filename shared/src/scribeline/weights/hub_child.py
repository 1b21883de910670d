"""Talks to the model hub in a process of its own, because its client library can hang in a name lookup,
retries on its own schedule and writes to the terminal. Run by `hub.py`, never imported.

    python -m scribeline.weights.hub_child ask REPOSITORY SECONDS
    python -m scribeline.weights.hub_child get REPOSITORY REVISION FOLDER
"""

import json
import signal
import sys
from pathlib import Path

import huggingface_hub
from huggingface_hub.errors import LocalEntryNotFoundError

from scribeline.weights.names import COMPANIONS, WEIGHTS

WANTED = [WEIGHTS, *COMPANIONS]


def ask(repository: str, seconds: int) -> dict[str, object]:
    """Where the hub's own cache holds it, else the revision and the files (bytes, sha256) on the hub."""
    try:
        cached = huggingface_hub.snapshot_download(repository, local_files_only=True, allow_patterns=WANTED)
        if (Path(cached) / WEIGHTS).exists():
            return {"cached": cached}
    except LocalEntryNotFoundError:
        pass
    signal.alarm(seconds)  # ends the process, whatever it hangs in
    info = huggingface_hub.HfApi().model_info(repository, files_metadata=True, timeout=seconds)
    signal.alarm(0)
    files = [file for file in info.siblings or [] if file.rfilename in WANTED]
    weights = next((file for file in files if file.rfilename == WEIGHTS), None)
    return {
        "revision": info.sha,
        "bytes": sum(file.size or 0 for file in files),
        "sha256": weights.lfs.sha256 if weights and weights.lfs else None,
    }


def get(repository: str, revision: str, folder: str) -> None:
    """Download into the folder; what an interrupted run left there is used."""
    huggingface_hub.snapshot_download(
        repository, revision=revision, local_dir=folder, allow_patterns=WANTED, etag_timeout=5
    )


def main() -> None:
    match sys.argv[1:]:
        case ["ask", repository, seconds]:
            sys.stdout.write(json.dumps(ask(repository, int(seconds))))
        case ["get", repository, revision, folder]:
            get(repository, revision, folder)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
