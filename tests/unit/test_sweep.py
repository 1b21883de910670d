"""Which recordings without a job may go."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from result_writer.main import sweeps
from result_writer.orphans import Decision, Guard, Orphan, begun_at
from result_writer.settings import WriterSettings
from scribeline.storage import keys
from scribeline.storage.database import Database
from tests.support.stores import MemoryStore

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def job_of(minute: float) -> UUID:
    """A job whose upload began so many minutes after noon."""
    moment = NOON + timedelta(minutes=minute)
    milliseconds = round(moment.timestamp() * 1000)
    return UUID(int=(milliseconds << 80) | 7 << 76 | 2 << 62)


def decide(
    orphans: Sequence[float], rows: Sequence[float], *, looked_at: int = 100, **given: object
) -> Decision:
    """Of orphans and jobs with a row, each named by its minute."""
    jobs = sorted(map(job_of, rows))
    before = {job_of(at): max((job for job in jobs if job < job_of(at)), default=None) for at in orphans}
    guard = Guard(**given)  # type: ignore[arg-type]  # whatever the test says
    found = [Orphan("acme", job_of(at)) for at in orphans]
    return guard.decide(found, looked_at=looked_at, newest=jobs[-1] if jobs else None, preceding=before)


def removed(decision: Decision) -> list[UUID]:
    return [orphan.job for orphan in decision.remove]


def test_a_jobs_age_is_in_its_name() -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    assert before <= begun_at(uuid7()) <= datetime.now(UTC)
    assert begun_at(job_of(3)) == NOON + timedelta(minutes=3)


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("acme/01a1ff5a-db9f-70bc-a07e-6ead63682d68/", True),
        ("acme/01a1ff5a-db9f-70bc-a07e-6ead63682d68/source", True),
        ("acme/01a1ff5a-db9f-70bc-a07e-6ead63682d68", False),
        ("acme/01A1FF5A-DB9F-70BC-A07E-6EAD63682D68/", False),
        ("acme/01a1ff5adb9f70bca07e6ead63682d68/", False),
        ("acme/35154e99-9cef-4548-978d-56fe52a742c7/source", False),
        ("Acme/01a1ff5a-db9f-70bc-a07e-6ead63682d68/", False),
        ("a/b/01a1ff5a-db9f-70bc-a07e-6ead63682d68/", False),
        ("01a1ff5a-db9f-70bc-a07e-6ead63682d68/source", False),
        ("acme/ffffffff-ffff-7fff-bfff-ffffffffffff/", False),
        ("backup.tar", False),
        ("acme/", False),
        ("", False),
    ],
)
def test_only_what_a_job_of_ours_would_be_named_is_ours(name: str, *, ours: bool) -> None:
    assert keys.job_of(name) == (("acme", UUID(name[5:41])) if ours else None)


def test_every_object_of_a_job_is_told_by_its_name() -> None:
    job = uuid7()
    assert {keys.job_of(key) for key in keys.all_of("acme", job, 2)} == {("acme", job)}
    assert keys.is_tenants("acme/")
    assert not keys.is_tenants("acme")
    assert not keys.is_tenants("Our Backups/")


@pytest.mark.parametrize(
    ("orphans", "rows", "gone"),
    [
        ([], [1, 2], []),
        ([5], [1, 9], [5]),
        ([5, 6], [1, 9], [5, 6]),
        ([0], [1], [0]),
        ([3, 5, 7], [2, 4, 6, 8], [3, 5, 7]),
        # younger than every job: it may be one that the database forgot
        ([3, 9], [2, 4], [3]),
        ([9], [1], []),
        ([9], [], []),
    ],
)
def test_what_dead_gateways_left_goes(orphans: list[float], rows: list[float], gone: list[float]) -> None:
    decision = decide(orphans, rows)
    assert removed(decision) == [job_of(at) for at in gone]
    assert decision.kept == len(orphans) - len(gone)
    assert decision.suspicion is None


@pytest.mark.parametrize(
    ("orphans", "rows", "looked_at"),
    [
        ([7, 8, 9], [1, 2, 3], 100),  # restored, nothing new yet
        ([7, 8, 9], [1, 2, 3, 20], 100),  # restored, and it goes on
        ([7, 8, 9], [1, 2, 3, 20], 1_000_000),  # of however many
        ([0.5, 7, 8, 9], [0, 1, 2, 3, 20], 100),  # with another one from before
        ([1, 2, 3], [], 3),  # another database
        ([n + 0.5 for n in range(21)], list(range(30)), 300),  # many
    ],
)
def test_of_a_database_that_may_be_older_than_the_bucket_nothing_goes(
    orphans: list[float], rows: list[float], looked_at: int
) -> None:
    decision = decide(orphans, rows, looked_at=looked_at)
    assert decision.remove == []
    assert decision.kept == len(orphans)
    assert decision.suspicion


@pytest.mark.parametrize(("count", "looked_at"), [(20, 40), (30, 600)])
def test_few_go_and_so_do_many_where_they_are_few_beside_all(count: int, looked_at: int) -> None:
    decision = decide([n + 0.5 for n in range(count)], list(range(count + 1)), looked_at=looked_at)
    assert len(decision.remove) == count


def test_what_somebody_confirmed_goes_and_nothing_younger() -> None:
    confirmed = NOON + timedelta(minutes=9)
    decision = decide([6, 7, 8, 9], [1, 2], confirmed=confirmed)
    assert removed(decision) == [job_of(6), job_of(7), job_of(8)]
    assert decision.suspicion is None
    again = decide([6, 10, 11, 12], [1, 2], confirmed=confirmed)
    assert removed(again) == [job_of(6)]
    assert again.suspicion


async def test_nothing_is_swept_where_it_is_turned_off(monkeypatch: pytest.MonkeyPatch) -> None:
    database = Database("postgresql://127.0.0.1:9/none")
    assert len(sweeps(WriterSettings(), database, MemoryStore())) == 1
    monkeypatch.setenv("SCRIBELINE_SWEEP_HOURS", "0")
    assert sweeps(WriterSettings(), database, MemoryStore()) == []
