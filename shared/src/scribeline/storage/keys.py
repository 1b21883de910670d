"""The names of objects. The server makes them; nothing a client sends ever gets into one."""

from uuid import UUID


def prefix(tenant: str, job: UUID) -> str:
    """`{tenant}/{job}/`: everything a job owns in the store lies under it."""
    return f"{tenant}/{job}/"


def source(tenant: str, job: UUID) -> str:
    """The recording as it was uploaded."""
    return prefix(tenant, job) + "source"


def audio(tenant: str, job: UUID) -> str:
    """The normalised recording: 16 kHz mono PCM in one WAV."""
    return prefix(tenant, job) + "audio.wav"
