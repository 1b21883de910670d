"""The client library: `Scribeline(url, key).jobs.create(..)`, and the same for asyncio. See docs/client.md.

Needs the extra `client`, and `subscribe` the extra `events`. It knows the contracts and nothing else of the
services.
"""

from scribeline.client.client import AsyncScribeline, Scribeline
from scribeline.client.errors import (
    JobCancelled,
    JobEnded,
    JobFailed,
    NotAllowed,
    NotFound,
    NotReady,
    NotSubscribed,
    Refused,
    ScribelineError,
    ServerTrouble,
    TimedOut,
    TooMany,
    Unreachable,
    Unreadable,
)
from scribeline.client.events import Event
from scribeline.client.options import Options
from scribeline.client.public_event import PublicEvent
from scribeline.client.retries import Retries
from scribeline.client.subscription import Subscription, subscribe
from scribeline.contracts.analysis import Analysis
from scribeline.contracts.api.jobs import JobView
from scribeline.contracts.api.transcripts import TranscriptView
from scribeline.contracts.job import JobStatus

__all__ = [
    "Analysis",
    "AsyncScribeline",
    "Event",
    "JobCancelled",
    "JobEnded",
    "JobFailed",
    "JobStatus",
    "JobView",
    "NotAllowed",
    "NotFound",
    "NotReady",
    "NotSubscribed",
    "Options",
    "PublicEvent",
    "Refused",
    "Retries",
    "Scribeline",
    "ScribelineError",
    "ServerTrouble",
    "Subscription",
    "TimedOut",
    "TooMany",
    "TranscriptView",
    "Unreachable",
    "Unreadable",
    "subscribe",
]
