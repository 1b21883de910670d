"""The page for whoever looks after an installation: every metric, and where a job's trace goes.

The prose is in templates/metrics.md; what the code can tell is filled in.
"""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from string import Template

from docs.tables import table

from scribeline.contracts.routes import CONSUMED
from scribeline.telemetry import metrics
from scribeline.telemetry.metrics.family import EVERYONE, FAMILIES, Family, Values

TEMPLATE = Path(__file__).parent / "templates" / "metrics.md"
HEAD = ("Metric", "Type", "Labels", "Shown by", "Meaning")
SUBJECTS = (
    "messages",
    "publishing",
    "outbox",
    "broker",
    "results",
    "requests",
    "transcription",
    "language_model",
    "webhooks",
    "build",
)
"""The files of metrics, in the page's order."""


def page() -> str:
    """All of it, without the mark of a generated page."""
    return Template(TEMPLATE.read_text(encoding="utf-8").strip()).substitute(
        queues=", ".join(f"`{queue}`" for queue in CONSUMED),
        metrics="\n\n".join(_sections()),
    )


def _sections() -> Iterator[str]:
    """One for each subject, under the first line of its docstring."""
    for subject in SUBJECTS:
        module = import_module(f"{metrics.__name__}.{subject}")
        theirs = {id(value) for value in vars(module).values()}
        rows = (_row(family) for family in FAMILIES if id(family.metric) in theirs)
        yield f"### {_heading(module.__doc__ or '')}\n\n{table(HEAD, rows)}"


def _heading(docstring: str) -> str:
    return docstring.splitlines()[0].split(";")[0].rstrip(".")


def _row(family: Family) -> tuple[str, ...]:
    labels = "; ".join(f"`{name}`: {_told(values)}" for name, values in family.labels.items())
    shown_by = "all" if family.services == EVERYONE else ", ".join(family.services)
    return f"`{family.name}`", family.kind, labels, shown_by, family.meaning


def _told(values: Values) -> str:
    if isinstance(values, str):
        return values
    if values == CONSUMED:
        return "any of the queues above"
    return ", ".join(f"`{value}`" for value in values)
