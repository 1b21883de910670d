"""What the S3 client can raise, told in the project's own three kinds of failure."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from xml.etree.ElementTree import ParseError

from minio.error import MinioException, S3Error
from urllib3.exceptions import HTTPError

from scribeline.contracts.codes import Code
from scribeline.contracts.failures import DependencyDown, Fail
from scribeline.trust import refusal

GONE = frozenset({"NoSuchKey", "NoSuchUpload"})
"""Error codes that speak of one object; any other (also a missing bucket) is the store's own trouble."""
SKEW = timedelta(minutes=1)
"""Worth telling. S3 refuses signatures of a clock that differs by 15 minutes (RequestTimeTooSkewed), but its
answer to HEAD has no room for a reason."""


@contextmanager
def translated() -> Iterator[None]:
    """Raise Fail(AUDIO_MISSING) for an object that is gone, DependencyDown("store") for all else."""
    try:
        yield
    except S3Error as error:
        if error.code in GONE:
            raise Fail(Code.AUDIO_MISSING) from error
        raise DependencyDown("store", f"{error.code}{skew(error.response.headers)}") from error
    except (MinioException, HTTPError, ParseError) as error:
        told = refusal(error) or f"{type(error).__name__}: {error}"
        raise DependencyDown("store", told[:300]) from error


def skew(headers: Mapping[str, str]) -> str:
    """How far our clock is from that of the store that answered so; empty where that explains nothing."""
    try:
        theirs = parsedate_to_datetime(headers.get("Date", ""))
    except ValueError:
        return ""
    ours = datetime.now(UTC)
    if abs(ours - theirs) < SKEW:
        return ""
    return f"; our clock says {ours:%Y-%m-%d %H:%M:%S} and the store's {theirs:%Y-%m-%d %H:%M:%S} (UTC)"
