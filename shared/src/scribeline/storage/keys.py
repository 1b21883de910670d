"""The names of objects. The server makes them; nothing a client sends ever gets into one."""

from uuid import UUID


def prefix(tenant: str, job: UUID) -> str:
    """`{tenant}/{job}/`: everything a job owns in the store lies under it."""
    return f"{tenant}/{job}/"


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
