"""What the S3 client can raise, told in the project's own three kinds of failure."""

from collections.abc import Iterator
from contextlib import contextmanager
from xml.etree.ElementTree import ParseError

from minio.error import MinioException, S3Error
from urllib3.exceptions import HTTPError

from scribeline.contracts.codes import Code
from scribeline.contracts.failures import DependencyDown, Fail

GONE = frozenset({"NoSuchKey", "NoSuchUpload"})
"""Error codes that speak of one object; any other (also a missing bucket) is the store's own trouble."""


@contextmanager
def translated() -> Iterator[None]:
    """Raise Fail(AUDIO_MISSING) for an object that is gone, DependencyDown("store") for all else."""
    try:
        yield
    except S3Error as error:
        if error.code in GONE:
            raise Fail(Code.AUDIO_MISSING) from error
        raise DependencyDown("store", str(error.code)) from error
    except (MinioException, HTTPError, ParseError) as error:
        raise DependencyDown("store", f"{type(error).__name__}: {error}"[:300]) from error
