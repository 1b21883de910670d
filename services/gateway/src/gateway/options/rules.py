"""Which options go together. A rule that fields still to come could mend waits until all are there."""

from gateway.options.model import JobOptions
from gateway.problems import invalid
from gateway.settings import GatewaySettings
from gateway.webhooks.addresses import destination, master_of
from scribeline.contracts.codes import MEANINGS, Code
from scribeline.language_model import EngineChoice

ENGLISH_ONLY = ".en"
"""How OpenAI and distil-whisper end the names of models that know nothing else."""


def check_together(options: JobOptions, settings: GatewaySettings, *, complete: bool) -> None:
    """Raises Problem."""
    _check_model(options, settings, complete=complete)
    _check_range(options)
    if options.continues is not None and options.transcript:
        raise invalid("transcript", "is given beside continues, which brings a transcript of its own")
    _check_brief(options, settings)
    _check_webhook(options, settings, complete=complete)
    if complete and options.languages and options.language not in (None, *options.languages):
        raise invalid("languages", f"does not hold the language {options.language}: give one of the two")


def _check_webhook(options: JobOptions, settings: GatewaySettings, *, complete: bool) -> None:
    if options.webhook_url is not None:
        destination(options.webhook_url, settings, "webhook_url")
        master_of(settings)
    elif complete and "webhook_events" in options.model_fields_set:
        raise invalid("webhook_events", "is given without webhook_url")


def _check_model(options: JobOptions, settings: GatewaySettings, *, complete: bool) -> None:
    model = options.model or (settings.default_model if complete else None)
    if model is None:
        return
    check_offered(model, settings)
    if model.endswith(ENGLISH_ONLY):
        told = f"the model {model} knows English only"
        if options.language not in (None, "en"):
            raise invalid("language", told, Code.LANGUAGE_UNSUPPORTED)
        if complete and options.languages and "en" not in options.languages:
            raise invalid("languages", told, Code.LANGUAGE_UNSUPPORTED)


def check_offered(model: str, settings: GatewaySettings) -> None:
    """Raises Problem(MODEL_NOT_ALLOWED)."""
    if model not in settings.models:
        offered = ", ".join(sorted(settings.models))
        raise invalid("model", f"is not offered; choose of {offered}", Code.MODEL_NOT_ALLOWED)


def _check_range(options: JobOptions) -> None:
    if options.end is None:
        return
    if options.end <= (options.start or 0):
        raise invalid("end", "must be after start" if options.start else "must be more than 0")


def _check_brief(options: JobOptions, settings: GatewaySettings) -> None:
    asked = [
        name
        for name in ("analysis_prompt", "analysis_schema", "analysis_template")
        if getattr(options, name) is not None
    ]
    if asked and not options.analyze:
        raise invalid(asked[0], "there is no analysis with analyze=false")
    if asked and settings.analyzer_engine is EngineChoice.EXTRACTIVE:
        raise invalid(asked[0], MEANINGS[Code.ANALYSIS_NEEDS_LLM].sentence, Code.ANALYSIS_NEEDS_LLM)
    if options.analysis_template is not None and len(asked) > 1:
        raise invalid("analysis_template", f"is given beside {asked[0]}: a template brings its own")
