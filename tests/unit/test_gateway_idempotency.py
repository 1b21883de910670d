"""What makes two requests with one key the same."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from gateway.idempotency import fingerprint
from gateway.options.model import JobOptions
from gateway.uploads import Received
from scribeline.contracts.transcription import AudioObject
from scribeline.storage.models import UploadRow

AUDIO = AudioObject(key="jobs/1/audio", bytes=3, sha256="5" * 64)
IN_PARTS = UploadRow(
    id=UUID(int=1),
    tenant="acme",
    key="uploads/1",
    store_id="1",
    bytes=3,
    part_bytes=3,
    content_type="audio/mpeg",
    expires_at=datetime.now(UTC),
)
ASKED: dict[str, Any] = {
    "language": "en",
    "metadata": {"ticket": 7},
    "tags": ["weekly"],
    "delete_after": "P30D",
}
URL = "https://hooks.example.com/jobs"


def received(upload: UploadRow | None = None, **asked: Any) -> Received:
    return Received(AUDIO, JobOptions.model_validate(asked), None, "talk.mp3", "audio/mpeg", upload)


@pytest.mark.parametrize(
    ("request_", "golden"),
    [
        (received(), "9b3a3df6d2c368bd41236d307af37d84661e2cdd03ae1684e76c109238cf80d0"),
        (received(**ASKED), "d40581f11938f74ecf4eb387f66ec7ac6e58382cd6fc234e9998fb476c6a938f"),
        (received(IN_PARTS), "9e9dc49f3202927e79ce51812702291bcd9e9b028dd9fe2b88ba65e8b3e0a154"),
    ],
)
def test_a_request_is_the_same_to_every_version(request_: Received, golden: str) -> None:
    """As they were noted down before there was webhook_url: keys live for 24 hours, and gateways are
    replaced one by one."""
    assert fingerprint(request_) == golden


def test_where_a_jobs_events_go_is_part_of_the_request() -> None:
    asked: list[dict[str, Any]] = [
        {},
        {"webhook_url": URL},
        {"webhook_url": f"{URL}/2"},
        {"webhook_url": URL, "webhook_events": ["job.failed"]},
    ]
    assert len({fingerprint(received(**each)) for each in asked}) == len(asked)
