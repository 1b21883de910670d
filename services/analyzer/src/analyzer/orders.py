"""Lines of a transcript that speak to the model instead of to people.

Each line is fenced in and told to be data, and a large model keeps to that. A small one obeys: told to leave
all items out, it left them out (docs/accuracy.md). So what has the form of an order to a model is not shown
to it, and `coverage` says so. People say such things hardly ever; who does finds the line in the transcript.
"""

import re

from analyzer.text import disarmed

ORDER = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass|vergiss|vergesst|ignorier\w*|missacht\w*)\b[^.!?]{0,40}?"
    r"\b(?:instruction|prompt|guideline|anweisung|instruktion|vorgabe)\w*"
    r"|\b(?:answer|reply|respond)\s+(?:only\s+)?with\s+(?:only\s+)?the\s+(?:single\s+)?word\b"
    r"|\b(?:answer|reply|respond|output|return)\s+only\s+with\b|\bantworte\w*\s+nur\s+mit\b"
    r"|\bnow\s+(?:answer|reply|respond|output)\b|\bjetzt\s+antworte"
    r"|\byou\s+(?:are\s+now|only\s+ever)\b|\bsystem\s+prompt\b|\bab\s+jetzt\s+lautet\b"
    r"|(?:^|\n)\W*(?:system|assistant|developer|user)\s*:"
    r"|\bim_(?:start|end)\b|[\[(]/?INST[\])]|[<(]/?[a-z]+-[0-9a-f]{8,}"
    r"|\"(?:summary|topics|action_items|questions|dates|sentiment)\"\s*:"
    r"|^\s*\d+\|"
    r"|\b(?:leave|omit|drop|lass|lasst)\b[^.!?]{0,40}?\b(?:action\s+items?|questions?|aufgaben|fragen)\b"
    r"[^.!?]{0,40}?\b(?:report|summary|bericht|zusammenfassung)\b",
    re.IGNORECASE,
)


def is_order(text: str) -> bool:
    """Whether a line has the form of an order to a language model, in English or German."""
    # As it was said, and as the model would see it: what is invisible hides nothing.
    return any(map(ORDER.search, (text, disarmed(text))))
