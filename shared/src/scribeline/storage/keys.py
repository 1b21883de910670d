"""The names of objects. The server makes them; nothing a client sends ever gets into one."""

import re
from uuid import UUID

TENANT_FOLDER = re.compile(r"([a-z0-9-]{1,40})/")
UUID7 = re.compile(r"([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})/")

BEYOND = "e677d21fdc00"
"""First digits of an id of the year 10000, which no clock of ours can tell."""


def prefix(tenant: str, job: UUID) -> str:
    """`{tenant}/{job}/`: everything a job owns in the store lies under it."""
    return f"{tenant}/{job}/"


def is_tenants(folder: str) -> bool:
    """Whether a folder of the bucket may be a tenant's, by its name."""
    return TENANT_FOLDER.fullmatch(folder) is not None


def job_of(name: str) -> tuple[str, UUID] | None:
    """Tenant and job whose folder this is or lies below; None for a name that is none of ours."""
    tenant = TENANT_FOLDER.match(name)
    job = UUID7.match(name, tenant.end()) if tenant else None
    if tenant is None or job is None or job[1].replace("-", "") >= BEYOND:
        return None
    return tenant[1], UUID(job[1])


def source(tenant: str, job: UUID) -> str:
    """The recording as it was uploaded."""
    return prefix(tenant, job) + "source"


def audio(job_prefix: str, run: int) -> str:
    """The normalised recording of the job with that prefix: 16 kHz mono PCM in one WAV.

    Each run that makes one has its own: another run may hear another part of the recording, and a message of
    an earlier one that comes again must not write over it.
    """
    return f"{job_prefix}audio{_of(run)}.wav"


def recordings_of(tenant: str, job: UUID, runs: int) -> list[str]:
    """What is heard when a job is played that has had so many runs."""
    folder = prefix(tenant, job)
    return [source(tenant, job), *(audio(folder, run) for run in range(1, runs + 1))]


def all_of(tenant: str, job: UUID, runs: int) -> list[str]:
    """Every object that a job can have that has had so many runs."""
    folder = prefix(tenant, job)
    return [*recordings_of(tenant, job, runs), *(cancelled(folder, run) for run in range(1, runs + 1))]


def cancelled(job_prefix: str, run: int) -> str:
    """An object whose presence says that nobody waits for that run of the job any more. However late it is
    written, it cannot cancel the next one."""
    return f"{job_prefix}cancelled{_of(run)}"


def _of(run: int) -> str:
    return "" if run == 1 else f"-{run}"
