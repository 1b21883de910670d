"""What each service may do in the object store, as pure data: policies in S3's language.

Listing is what tells an object that is missing from one that is forbidden. Analyzer and notifier have no
user there at all. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
"""

from collections.abc import Mapping
from typing import Any

SEES = ("s3:ListBucket", "s3:GetBucketLocation")
OBJECTS = ("s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts")

BUCKET_ACTIONS: Mapping[str, tuple[str, ...]] = {
    "gateway": SEES,
    "transcriber": SEES,
    "result-writer": (*SEES, "s3:ListBucketMultipartUploads"),
}
OBJECT_ACTIONS: Mapping[str, tuple[str, ...]] = {
    # the loser of two births removes its own recording, and a run its earlier pieces
    "gateway": (*OBJECTS, "s3:DeleteObject"),
    "transcriber": OBJECTS,
    # retention and the sweep: it reads and writes no recording
    "result-writer": ("s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"),
}


def policy(service: str, bucket: str) -> dict[str, Any]:
    """Of one service, for this bucket."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            _allow(BUCKET_ACTIONS[service], f"arn:aws:s3:::{bucket}"),
            _allow(OBJECT_ACTIONS[service], f"arn:aws:s3:::{bucket}/*"),
        ],
    }


def _allow(actions: tuple[str, ...], resource: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": [resource]}
