"""The golden messages, which are the manual's examples: read as files, as anybody would."""

import json
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / "tests" / "golden"


@cache
def examples(type_: str) -> dict[str, dict[str, Any]]:
    """Of a type, by name (`TYPE` or `TYPE+WHAT_IS_NEW`); the plain one first."""
    names = sorted(path.stem for path in FOLDER.glob("*.json") if path.stem.partition("+")[0] == type_)
    return {name: json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8")) for name in names}
