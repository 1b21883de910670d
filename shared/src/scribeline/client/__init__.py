"""The client library: `Scribeline(url, key).jobs.create(..)`, and the same for asyncio. See docs/client.md.

Needs the extra `client`. It knows the contracts and nothing else of the services.
"""

from scribeline.client.client import AsyncScribeline, Scribeline
from scribeline.client.errors import (
    JobCancelled,
    JobEnded,
    JobFailed,
    NotAllowed,
    NotFound,
    NotReady,
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
from scribeline.client.retries import Retries
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
    "Options",
    "Refused",
    "Retries",
    "Scribeline",
    "ScribelineError",
    "ServerTrouble",
    "TimedOut",
    "TooMany",
    "TranscriptView",
    "Unreachable",
    "Unreadable",
]
