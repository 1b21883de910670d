"""What a job's analysis is asked: its own brief or a template's, frozen when the job is accepted."""

from collections.abc import Awaitable, Callable

from gateway.briefs.schemas import bounded
from gateway.briefs.templates import BUILT_IN, Template
from gateway.options.model import JobOptions
from gateway.problems import invalid
from scribeline.contracts.analysis import Brief
from scribeline.storage.models import TemplateRow

Find = Callable[[str], Awaitable[TemplateRow | None]]
"""The tenant's own template of that name."""


async def brief_of(options: JobOptions, find: Find) -> Brief | None:
    """None for the ordinary report. Raises Problem when there is no such template."""
    name = options.analysis_template
    if name is None:
        if options.analysis_prompt is None and options.analysis_schema is None:
            return None
        return Brief(prompt=options.analysis_prompt, answer_schema=options.analysis_schema)
    template: Template | TemplateRow | None = BUILT_IN.get(name) or await find(name)
    if template is None:
        raise invalid("analysis_template", "there is none of that name; GET /v1/templates lists them")
    schema = template.answer_schema
    return Brief(template=name, prompt=template.prompt, answer_schema=bounded(schema) if schema else None)
