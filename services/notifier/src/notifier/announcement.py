"""An event on its way to the queues of others."""

from dataclasses import dataclass
from datetime import datetime

from aio_pika import Message


@dataclass(frozen=True)
class Announcement:
    key: str
    """`<type>.<tenant>`"""
    message: Message
    time: datetime | None = None
    """When it was written."""
