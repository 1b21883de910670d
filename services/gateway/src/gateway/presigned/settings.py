"""Settings of uploads in parts."""

from pydantic import Field

from scribeline.settings import Settings


class UploadSettings(Settings):
    s3_public_endpoint: str | None = Field(default=None, pattern=r"^https?://[^/?#@\s]+$")
    """The object store as clients reach it (`https://store.example.com`), where that is not
    `SCRIBELINE_S3_ENDPOINT`: they send the parts of an upload straight to it. It must pass on the `Host`
    that it was asked for, which is signed."""
    upload_keep_hours: float = Field(default=24.0, gt=0, le=720)
    """Hours after which an upload in parts that became no job is given up, with what came of it."""
    upload_url_seconds: int = Field(default=3600, ge=1, le=604_800)
    """How long the address of one part is good; the upload's own page gives new ones."""
    uploads_open_max: int = Field(default=100, ge=0, le=10_000)
    """Most uploads in parts that one tenant may have open; more are answered 429 `too_many_open_uploads`."""
