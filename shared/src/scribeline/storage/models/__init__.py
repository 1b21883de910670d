"""The tables. Outcomes are written by the result-writer only; a job's birth by the gateway.

`tenant` and `owner` stand on every row, so that row-level policies and reads need no join.
"""

from scribeline.storage.models.columns import now
from scribeline.storage.models.jobs import (
    BEFORE,
    AnalysisRow,
    GapsBeforeRow,
    IdempotencyRow,
    JobRow,
    JobRunRow,
    RunState,
    SegmentRow,
    UnitRow,
)
from scribeline.storage.models.messages import EventRow, OutboxRow, PausedQueueRow
from scribeline.storage.models.search import PassageRow
from scribeline.storage.models.tenants import ApiKeyRow, TemplateRow, TenantRow
from scribeline.storage.models.uploads import UploadRow
from scribeline.storage.models.usage import UsageRow
from scribeline.storage.models.webhooks import DeliveryRow, WebhookRow

__all__ = [
    "BEFORE",
    "AnalysisRow",
    "ApiKeyRow",
    "DeliveryRow",
    "EventRow",
    "GapsBeforeRow",
    "IdempotencyRow",
    "JobRow",
    "JobRunRow",
    "OutboxRow",
    "PassageRow",
    "PausedQueueRow",
    "RunState",
    "SegmentRow",
    "TemplateRow",
    "TenantRow",
    "UnitRow",
    "UploadRow",
    "UsageRow",
    "WebhookRow",
    "now",
]
