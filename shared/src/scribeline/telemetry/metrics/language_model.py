"""What the analyzer asks of a language model."""

from scribeline.telemetry.metrics.family import ANALYZER, counter, histogram

LLM_CALLS = counter(
    "llm_calls",
    "Calls of the language model. invalid: its answer does not fit the schema; failed: it was late,"
    " overloaded or broke off; down: it cannot be reached.",
    (ANALYZER,),
    outcome=("answered", "invalid", "failed", "down"),
)
LLM_SECONDS = histogram(
    "llm_seconds",
    "Time of one call.",
    (ANALYZER,),
    (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120),
)
LLM_TOKENS = counter(
    "llm_tokens", "Tokens read and written by the language model.", (ANALYZER,), kind=("prompt", "completion")
)
LLM_TRUNCATIONS = counter(
    "llm_truncations",
    "Answers that ended at the limit of tokens or are to a prompt that the server cut.",
    (ANALYZER,),
)
