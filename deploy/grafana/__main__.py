"""`python -m deploy.grafana` writes dashboards/*.json; `--check` names those that are stale and exits 1."""

import argparse
import json
import sys
from pathlib import Path

from deploy.grafana.pipeline import PIPELINE
from deploy.grafana.queue import QUEUE
from deploy.grafana.service import SERVICE

FOLDER = Path(__file__).parent / "dashboards"
DASHBOARDS = {"pipeline.json": PIPELINE, "queue.json": QUEUE, "service.json": SERVICE}


def files() -> dict[str, str]:
    """What each file should hold, by its name."""
    return {name: json.dumps(each.written(), indent=2) + "\n" for name, each in DASHBOARDS.items()}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy.grafana", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when one is stale")
    check: bool = parser.parse_args().check
    stale = {name: text for name, text in files().items() if not _holds(FOLDER / name, text)}
    for name, text in stale.items():
        if not check:
            (FOLDER / name).write_text(text, encoding="utf-8")
        print(f"dashboards/{name} {'is stale: run make docs' if check else 'written'}")
    return 1 if check and stale else 0


def _holds(file: Path, text: str) -> bool:
    return file.exists() and file.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(main())
