"""What a run shall do otherwise than the one before it: options laid over those of the job as it stands."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from gateway.briefs.frozen import Find, brief_of
from gateway.options.fields import parse_options
from gateway.options.json_fields import fields_of
from gateway.options.model import NAMES, JobOptions
from gateway.options.rules import check_together
from gateway.problems import Problem, invalid
from gateway.settings import GatewaySettings
from scribeline.contracts.analysis import Brief
from scribeline.contracts.transcription import TranscriptionOptions
from scribeline.storage.models import JobRow

BRIEFS = ("analysis_prompt", "analysis_schema", "analysis_template")
EMPTY: tuple[Any, ...] = (None, "", [])
"""Says that an option is to be the server's default again."""


class RerunStage(StrEnum):
    """Where a run begins."""

    TRANSCRIPTION = "transcription"
    """Everything anew; an analysis follows if the job wants one."""
    ANALYSIS = "analysis"
    """Only the analysis, of the current run's transcript."""


OF_ANALYSIS = frozenset({"analyze", "recorded_at", *BRIEFS})
OPTIONS: dict[RerunStage, frozenset[str]] = {
    RerunStage.TRANSCRIPTION: OF_ANALYSIS | TranscriptionOptions.model_fields.keys(),
    RerunStage.ANALYSIS: OF_ANALYSIS,
}
"""What can be given otherwise."""


@dataclass(frozen=True)
class Changes:
    """A request's body, each value checked by itself."""

    stage: RerunStage
    given: dict[str, Any]
    """Values of `JobOptions`."""
    cleared: frozenset[str]
    """Names of those that are to be the server's defaults again."""

    @classmethod
    def of(cls, body: dict[str, Any], settings: GatewaySettings) -> "Changes":
        """Raises Problem, naming what is wrong."""
        asked = dict(body)
        stage = _stage(asked.pop("stage", None))
        for name in asked:
            if name not in OPTIONS[stage]:
                raise _not_of(name, stage)
        if stage is RerunStage.ANALYSIS and asked.get("analyze") not in (None, True, "true"):
            raise invalid("analyze", "there is nothing to do then: this run is its analysis")
        cleared = frozenset(name for name, value in asked.items() if value in EMPTY)
        told = {name: value for name, value in asked.items() if name not in cleared}
        options = parse_options(fields_of(told, settings.field_max_bytes), settings, complete=False)
        return cls(stage, {name: getattr(options, name) for name in options.model_fields_set}, cleared)


async def merged(
    row: JobRow, changes: Changes, settings: GatewaySettings, find: Find
) -> tuple[JobOptions, Brief | None]:
    """The next run's options and question, checked together as at the job's making. Raises Problem."""
    kept = _analysis_of(row, changes)
    if changes.stage is RerunStage.TRANSCRIPTION:
        options = TranscriptionOptions.model_validate(row.options)
        kept |= {name: getattr(options, name) for name in TranscriptionOptions.model_fields}
    left = {name: value for name, value in kept.items() if name not in changes.cleared}
    then = JobOptions.model_validate(left | changes.given)
    check_together(then, settings, complete=changes.stage is RerunStage.TRANSCRIPTION)
    if row.brief is not None and _asks_the_same(then, kept):
        return then, Brief.model_validate(row.brief)  # a template's, as it was then
    return then, await brief_of(then, find) if then.analyze else None


def _asks_the_same(then: JobOptions, kept: dict[str, Any]) -> bool:
    return then.analyze and all(getattr(then, name) == kept.get(name) for name in BRIEFS)


def _analysis_of(row: JobRow, changes: Changes) -> dict[str, Any]:
    """What is kept for the analysis: a template's question as far as no other one is given, and with no
    analysis none."""
    wanted = True if changes.stage is RerunStage.ANALYSIS else changes.given.get("analyze", row.analyze)
    kept: dict[str, Any] = {"analyze": wanted, "recorded_at": row.recorded_at}
    if row.brief is None or not wanted or "analysis_template" in changes.given:
        return kept
    brief = Brief.model_validate(row.brief)
    if brief.template is None:
        return kept | {"analysis_prompt": brief.prompt, "analysis_schema": brief.answer_schema}
    return kept if changes.given.keys() & {*BRIEFS} else kept | {"analysis_template": brief.template}


def run_of(body: dict[str, Any]) -> int | None:
    """The run that the client saw, taken out of the others. Raises Problem(INVALID_PARAMETER)."""
    given = body.pop("run", None)
    if given is not None and (type(given) is not int or given < 1):
        raise invalid("run", "must be the number of a run, from 1 on")
    return given


def _stage(given: Any) -> RerunStage:
    try:
        return RerunStage.TRANSCRIPTION if given is None else RerunStage(given)
    except ValueError:
        raise invalid("stage", "must be transcription or analysis") from None


def _not_of(name: str, stage: RerunStage) -> Problem:
    if name in OPTIONS[RerunStage.TRANSCRIPTION]:
        told = f"is of the transcription, and only the {stage} is to be run again"
    else:
        told = "stays as it is in every run" if name in NAMES else "is no option of a run"
    return invalid(name[:100], told)
