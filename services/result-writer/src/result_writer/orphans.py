"""Which recordings without a job may go: pure rules.

An orphan is a folder of the bucket that is old enough, holds only objects that are old enough, and whose
job has no row. Mostly its gateway died after the recording was stored and before the job was committed:
nobody was told 202, so nobody misses it. But the same picture is seen when the database was restored from
an older backup, or is not the bucket's, and then every orphan is somebody's recording. Told apart by this:

- Gateways die singly, at moments among the jobs of others. Jobs that a restored database forgot were begun
  one after the other, with none between them that it knows. More than `in_a_row` of those are suspicious.
- So are many at once: more than `many`, and more than `share` of all that is in the bucket.
- An orphan that is younger than every job is kept until there is a younger job: nothing shows yet that this
  database has seen its time.

While anything is suspicious, nothing is removed, and people decide: a database that went away under several
commits at once leaves the same picture. A backup that lacks one or two jobs cannot be told from dead
gateways: whoever restores one turns the sweep off first, until the jobs are back or are given up.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID


def begun_at(job: UUID) -> datetime:
    """When its upload began: a UUIDv7 starts with the milliseconds since 1970."""
    return datetime.fromtimestamp((job.int >> 80) / 1000, UTC)


@dataclass(frozen=True)
class Orphan:
    tenant: str
    job: UUID


@dataclass(frozen=True)
class Decision:
    remove: Sequence[Orphan]
    kept: int
    """Orphans that stay, for whatever reason."""
    suspicion: str | None = None
    """Why nothing is removed that was not confirmed."""


@dataclass(frozen=True)
class Guard:
    """Decides what a round may remove."""

    many: int = 20
    share: float = 0.05
    in_a_row: int = 2
    confirmed: datetime | None = None
    """Somebody looked at what was begun before this moment: it may go."""

    def decide(
        self,
        orphans: Sequence[Orphan],
        *,
        looked_at: int,
        newest: UUID | None,
        preceding: Mapping[UUID, UUID | None],
    ) -> Decision:
        """`looked_at` folders of jobs were seen in the bucket; `newest` is the youngest job with a row, and
        `preceding` the youngest before each orphan."""
        open_ = [orphan for orphan in orphans if not self._is_confirmed(orphan)]
        gone = [orphan for orphan in orphans if self._is_confirmed(orphan)]
        suspicion = self._suspicion(open_, looked_at, preceding)
        if suspicion is None and newest is not None:
            gone += [orphan for orphan in open_ if orphan.job < newest]
        return Decision(gone, len(orphans) - len(gone), suspicion)

    def _is_confirmed(self, orphan: Orphan) -> bool:
        return self.confirmed is not None and begun_at(orphan.job) < self.confirmed

    def _suspicion(
        self, orphans: Sequence[Orphan], looked_at: int, preceding: Mapping[UUID, UUID | None]
    ) -> str | None:
        rows = Counter(preceding[orphan.job] for orphan in orphans)
        longest = max(rows.values(), default=0)
        if longest > self.in_a_row:
            return f"{longest} were begun one after the other, without any job between them"
        if len(orphans) > self.many and len(orphans) > self.share * looked_at:
            return f"{len(orphans)} of {looked_at} recordings have no job"
        return None
