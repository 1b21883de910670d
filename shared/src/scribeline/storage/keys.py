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


def audio(job_prefix: str) -> str:
    """The normalised recording of the job with that prefix: 16 kHz mono PCM in one WAV."""
    return job_prefix + "audio.wav"


def recordings_of(tenant: str, job: UUID) -> list[str]:
    """What is heard when a job is played."""
    return [source(tenant, job), audio(prefix(tenant, job))]


def all_of(tenant: str, job: UUID) -> list[str]:
    """Every object that a job can have."""
    return [*recordings_of(tenant, job), cancelled(prefix(tenant, job))]


def cancelled(job_prefix: str) -> str:
    """An object whose presence says that nobody waits for the job with that prefix any more."""
    return job_prefix + "cancelled"
