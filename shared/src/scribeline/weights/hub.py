"""The model hub, if its client library is installed and it answers in time."""

import importlib.util
import shutil
from pathlib import Path

from pydantic import ValidationError

from scribeline.contracts.base import Frozen
from scribeline.weights.child import SourceFailed, python, run
from scribeline.weights.names import repository
from scribeline.weights.place import Found, need_space
from scribeline.weights.progress import Progress

ANSWER_SECONDS = 5
"""The hub's time to answer at all. The download itself may take long."""
CHILD = "scribeline.weights.hub_child"
QUIET = {"HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}


class Answer(Frozen):
    """What `hub_child ask` prints."""

    cached: Path | None = None
    revision: str = ""
    bytes: int = 0
    sha256: str | None = None


def from_hub(name: str, work: Path, progress: Progress) -> Found:
    """The model's files, in the hub's own cache or downloaded below `work`. Raises `SourceFailed`."""
    if importlib.util.find_spec("huggingface_hub") is None:
        raise SourceFailed("its client library is not installed")
    repo = repository(name)
    progress(f"asking the model hub for {repo}")
    answer = _ask(repo, work)
    if answer.cached:
        return Found(answer.cached, f"the hub's cache ({repo})")
    need_space(work, answer.bytes)
    folder = work / "hub" / answer.revision
    folder.mkdir(parents=True, exist_ok=True)
    run(
        python(CHILD, "get", repo, answer.revision, str(folder)),
        watch=folder,
        on_bytes=lambda done: progress("downloading from the model hub", done, answer.bytes),
        environment=QUIET,
    )
    shutil.rmtree(folder / ".cache", ignore_errors=True)
    return Found(folder, f"the hub ({repo})", sha256=answer.sha256, owned=True)


def _ask(repo: str, work: Path) -> Answer:
    argv = python(CHILD, "ask", repo, str(ANSWER_SECONDS))
    printed = run(argv, watch=work, on_bytes=lambda _: None, environment=QUIET)
    try:
        return Answer.model_validate_json(printed)
    except ValidationError:
        raise SourceFailed("it gave an answer that cannot be read") from None
