"""Has the language model's server pull the model, where the settings allow it."""

from time import monotonic

import structlog

from analyzer.settings import AnalyzerSettings
from scribeline.contracts.codes import Code
from scribeline.contracts.failures import DependencyDown, Fail
from scribeline.language_model import MIB, Trouble, client, errors

AGAIN_SECONDS = 600.0
"""A pull that failed is not tried again before: units fail with its reason meanwhile."""
SILENT_SECONDS = 600.0
"""Longest silence of the server: while it checks some 40 GB it says nothing."""
TOLD_SECONDS = 10.0
"""Between two lines of progress in the log."""
PROGRESS_BYTES = 64 * MIB
"""Most that is read of the progress: some 150 bytes each, a few a second."""

log = structlog.get_logger(__name__)


class Puller:
    """One model's pulls, one at a time: only the consumer that waits for the model begins one."""

    def __init__(self, settings: AnalyzerSettings) -> None:
        self._settings = settings
        self._failed: str | None = None
        self._failed_at = 0.0

    @property
    def due(self) -> bool:
        """Whether a missing model is to be pulled now."""
        if not self._settings.ollama_pull:
            return False
        return self._failed is None or monotonic() - self._failed_at > AGAIN_SECONDS

    @property
    def awaited(self) -> DependencyDown:
        """What units that need the model meet until it is there."""
        return DependencyDown("llm", f"the model {self._settings.ollama_model} is to be pulled first")

    def told(self, fault: Fail) -> Fail:
        """The failure, with what became of the last pull."""
        if self._failed is None:
            return fault
        return Fail(Code.LLM_MODEL_MISSING, f"{fault.message} Pulling it failed: {self._failed}")

    async def pull(self) -> None:
        """Returns when the model is there or could not be had, which is remembered. Raises DependencyDown."""
        log.info("pulling the language model", model=self._settings.ollama_model)
        try:
            await self._pull()
        except (Fail, Trouble) as error:
            self._failed = error.message if isinstance(error, Fail) else str(error)
            self._failed_at = monotonic()
            log.warning("the language model could not be pulled", reason=self._failed)
        else:
            self._failed = None
            log.info("pulled the language model", model=self._settings.ollama_model)

    async def _pull(self) -> None:
        settings, told = self._settings, monotonic()
        asked = client(settings, SILENT_SECONDS, at_most=PROGRESS_BYTES)
        async with errors(settings, settings.ollama_pull_seconds), asked:
            async for step in await asked.pull(settings.ollama_model, stream=True):
                if monotonic() - told >= TOLD_SECONDS:
                    told = monotonic()
                    log.info(
                        "pulling the language model",
                        step=str(step.status)[:100],
                        bytes=step.completed,
                        of=step.total,
                    )
