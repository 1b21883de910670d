"""What an event tells when it shall tell nothing of what was said."""

from typing import Any

from scribeline.contracts.base import Frozen
from scribeline.contracts.envelope import Envelope
from scribeline.contracts.job import (
    ActionItemFound,
    AnalysisCompleted,
    SentimentNegative,
    TranscriptCompleted,
)


def referring(event: Envelope) -> Envelope:
    """The same event by id, type and time, with references in place of words: what the reader of `refs` is
    given. The client's own `metadata` stays, and so do errors: they are sentences of ours."""
    changes = _changes(event.data)
    if not changes:
        return event
    return event.model_copy(update={"data": event.data.model_copy(update=changes)})


def _changes(data: Frozen) -> dict[str, Any]:
    """Every public type that is not here holds no words, as a test asks of each."""
    match data:
        case TranscriptCompleted():
            return {"text": None}
        case AnalysisCompleted():
            return {"analysis": None, "href": _href(data)}
        case ActionItemFound():
            return {"item": None, "href": _href(data)}
        case SentimentNegative():
            sentiment = data.sentiment.model_copy(update={"evidence": None})
            return {"sentiment": sentiment, "href": _href(data)}
    return {}


def _href(data: AnalysisCompleted | ActionItemFound | SentimentNegative) -> str:
    """Events that were written before they had one get it, too."""
    return data.href or f"/v1/jobs/{data.job}/analysis"
