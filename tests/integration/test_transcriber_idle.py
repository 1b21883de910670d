"""A model that nobody asks for gives its memory back, and is there again when somebody does."""

import json
import subprocess
import sys
from pathlib import Path

from tests.support.audio import JFK_TEXT
from tests.support.idle_model import LEAST
from tests.support.words import same_words

ROOT = Path(__file__).parents[2]


def test_an_idle_model_gives_its_memory_back_and_works_again_afterwards(models_dir: Path) -> None:
    child = [sys.executable, "-m", "tests.support.idle_model", str(models_dir)]
    done = subprocess.run(child, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    memory = json.loads(done.stdout.splitlines()[-1])
    print(memory)  # noqa: T201 - the figures, for who asks with -s
    assert memory["idle"] < memory["loaded"] - LEAST
    assert same_words(memory["heard"], JFK_TEXT)
    assert same_words(memory["heard_again"], JFK_TEXT)
