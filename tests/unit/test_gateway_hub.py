"""Events in one process: to everyone they concern, and never held up by one who is slow."""

import asyncio
from contextlib import ExitStack
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from gateway.hub import ROOM, Hub, Listener
from gateway.places import Places
from gateway.problems import Problem
from scribeline.contracts.codes import Code
from scribeline.contracts.envelope import Envelope, message_id, wrap
from scribeline.contracts.job import JobAccepted, JobStatus

JOB = uuid7()


def hub_of(most: int) -> Hub:
    return Hub(Places(most, Code.TOO_MANY_STREAMS, 1))


def accepted(job: UUID = JOB, *, tenant: str = "acme", owner: str | None = None) -> Envelope:
    data = JobAccepted(job=job, status=JobStatus.QUEUED, sequence=1)
    id_ = message_id(job, "job.accepted")
    return wrap(data, id=id_, job=job, tenant=tenant, owner=owner, source="test")


async def heard(listener: Listener) -> list[Envelope | None]:
    """All that has come by now."""
    found: list[Envelope | None] = []
    try:
        async with asyncio.timeout(0.01):
            while True:
                found.append(await listener.next())
    except TimeoutError:
        return found


async def test_who_follows_a_job_hears_of_that_job_alone() -> None:
    hub = hub_of(9)
    with hub.job(JOB, "acme") as one, hub.job(JOB, "acme") as other:
        hub.hear(accepted())
        hub.hear(accepted(uuid7()))
        assert await heard(one) == await heard(other)
        hub.hear(accepted())
        assert len(await heard(one)) == 1


async def test_a_tenant_hears_of_its_own_jobs_and_a_user_of_that_users() -> None:
    hub = hub_of(9)
    with hub.all("acme", None) as tenant, hub.all("acme", "ann") as ann, hub.all("other", None) as other:
        for event in (accepted(owner="ann"), accepted(owner="bob"), accepted()):
            hub.hear(event)
        assert [len(await heard(listener)) for listener in (tenant, ann, other)] == [3, 1, 0]


async def test_a_job_of_another_tenant_is_not_heard_even_by_its_id() -> None:
    hub = hub_of(9)
    with hub.job(JOB, "acme") as listener:
        hub.hear(accepted(tenant="other"))
        assert await heard(listener) == []


async def test_who_is_too_slow_is_cut_off_and_nobody_else() -> None:
    hub = hub_of(9)
    with hub.job(JOB, "acme") as slow, hub.job(JOB, "acme") as quick:
        for _ in range(ROOM + 1):
            hub.hear(accepted())
            await quick.next()
        assert (slow.over, quick.over) == (True, False)


async def test_everyone_looks_again_when_something_may_have_been_missed() -> None:
    hub = hub_of(9)
    with hub.job(JOB, "acme") as one, hub.all("acme", "ann") as other:
        hub.missed()
        assert [await heard(one), await heard(other)] == [[None], [None]]


async def test_a_process_that_ends_keeps_nobody_waiting() -> None:
    hub = hub_of(9)
    with hub.job(JOB, "acme") as before:
        hub.close()
        with hub.all("acme", None) as after:
            assert (before.over, after.over) == (True, True)
        assert await heard(before) == [None]


def test_there_are_no_more_listeners_than_allowed_and_those_who_leave_make_room() -> None:
    hub = hub_of(2)
    with hub.job(JOB, "acme"), hub.all("acme", None):
        with pytest.raises(Problem, match="too_many_streams"), hub.job(uuid7(), "acme"):
            pass
        with pytest.raises(Problem, match="too_many_streams"), hub.all("acme", None):
            pass
    for _ in range(3):
        with hub.job(uuid7(), "acme"), hub.all("acme", None):
            pass
    assert not hub._of_job


def test_one_tenant_cannot_take_every_place() -> None:
    hub = hub_of(8)
    with ExitStack() as held:
        for _ in range(7):
            held.enter_context(hub.all("acme", None))
        with pytest.raises(Problem, match="too_many_streams"):
            held.enter_context(hub.all("acme", None))
        held.enter_context(hub.all("other", None))
