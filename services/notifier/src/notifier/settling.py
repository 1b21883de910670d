"""What came of a delivery, written down in one transaction; nothing, where the claim is no longer ours."""

from dataclasses import dataclass
from datetime import datetime

import structlog

from notifier import notices, verdicts
from notifier.outgoing import Answer
from notifier.schedule import Schedule
from notifier.verdicts import Verdict
from scribeline.contracts.api.webhooks import DeliveryStatus, WebhookStatus
from scribeline.storage import settlements, webhooks
from scribeline.storage.claims import Due
from scribeline.storage.database import EVERYBODY, Database, Session
from scribeline.storage.settlements import Standing
from scribeline.telemetry.metrics.webhooks import WEBHOOK_TRIES, WEBHOOKS_STOPPED

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Try:
    """One request, and what came of it."""

    answer: Answer
    began: datetime
    ended: datetime


async def settle(database: Database, due: Due, this: Try, *, schedule: Schedule, random: float) -> None:
    """Raises DependencyDown. Done twice, the second time changes nothing."""
    async with database.transaction(EVERYBODY) as session:
        standing = await settlements.standing(session, due.webhook.id)
        if standing is None:
            return  # deleted meanwhile, with its deliveries
        tries = verdicts.tried(due, this.answer, this.began)
        verdict = verdicts.judge(
            due, this.answer, tries, standing, schedule=schedule, now=this.ended, random=random
        )
        ended = None if verdict.status is DeliveryStatus.PENDING else this.ended
        ours = await settlements.record(
            session,
            due,
            status=verdict.status,
            reason=verdict.reason,
            attempts=due.attempts + 1,
            tries=tries,
            next_attempt_at=verdict.again_at,
            ended_at=ended,
        )
        stopped = ours and await _follow(session, due, this, verdict, standing)
    if ours:
        WEBHOOK_TRIES.labels(_outcome(verdict)).inc()
    if stopped:
        _tell(due, verdict)


async def cancel(database: Database, due: Due, reason: str, now: datetime) -> None:
    """Nothing is sent. Raises DependencyDown."""
    async with database.transaction(EVERYBODY) as session:
        await settlements.record(
            session,
            due,
            status=DeliveryStatus.CANCELLED,
            reason=reason,
            attempts=due.attempts,
            tries=due.tries,
            next_attempt_at=None,
            ended_at=now,
        )
    WEBHOOK_TRIES.labels("cancelled").inc()


async def _follow(session: Session, due: Due, this: Try, verdict: Verdict, standing: Standing) -> bool:
    """What it means for the webhook; True where it stops."""
    if standing.url != due.webhook.url:
        return False  # it was another address that answered
    if this.answer.ok:
        await settlements.arrived(session, due.webhook.id, this.ended)
        return False
    await settlements.failed(session, due.webhook.id, this.began)
    if verdict.webhook is None or verdict.webhook == standing.status:
        return False
    await _stop(session, due, this, verdict.webhook, standing)
    return True


async def _stop(session: Session, due: Due, this: Try, status: WebhookStatus, standing: Standing) -> None:
    reason = verdicts.told(this.answer)
    await settlements.stop(session, due.webhook.id, status=status, reason=reason)
    if status is WebhookStatus.DISABLED:
        await webhooks.cancel_pending(session, due.webhook.id, this.ended)
        notice = notices.disabled(due, reason, this.ended)
    else:
        notice = notices.paused(due, reason, standing.failing_since or this.began, this.ended)
    if due.webhook.job is None:  # a job's is no webhook that anybody looks after
        settlements.notify(session, notice)


def _outcome(verdict: Verdict) -> str:
    return "retry" if verdict.status is DeliveryStatus.PENDING else verdict.status.value


def _tell(due: Due, verdict: Verdict) -> None:
    WEBHOOKS_STOPPED.labels(str(verdict.webhook)).inc()
    log.warning("webhook stopped", webhook=str(due.webhook.id), tenant=due.tenant, status=verdict.webhook)
