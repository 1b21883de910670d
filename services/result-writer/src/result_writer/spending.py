"""What a batch of results used, by tenant. Pure: what was dropped is not among the results."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from result_writer.cases import Case
from scribeline.contracts.analysis import AnalysisMerged, PartAnalyzed, Tokens
from scribeline.contracts.unit import Outcome
from scribeline.storage.usage import Used


def used_in(cases: Mapping[UUID, Case], accepted: Sequence[Outcome]) -> list[Used]:
    """Audio counts whenever it was decoded, and so again when a job is transcribed anew."""
    seconds = defaultdict[str, float](float)
    tokens = defaultdict[str, list[Tokens]](list)
    for case in cases.values():
        seconds[case.job.tenant] += case.decoded
    for result in accepted:
        if isinstance(result, PartAnalyzed | AnalysisMerged) and result.tokens is not None:
            tokens[cases[result.unit.job].job.tenant].append(result.tokens)
    return [
        Used(
            tenant,
            audio_seconds=heard,
            prompt_tokens=sum(each.prompt for each in tokens[tenant]),
            completion_tokens=sum(each.completion for each in tokens[tenant]),
        )
        for tenant, heard in seconds.items()
    ]
