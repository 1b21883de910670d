"""Who may do what in the object store."""

import pytest

from scribeline.storage.store_policies import OBJECT_ACTIONS, policy


def actions(service: str, resource: str) -> set[str]:
    return {
        action
        for statement in policy(service, "calls")["Statement"]
        if statement["Resource"] == [resource]
        for action in statement["Action"]
    }


def who_may(action: str) -> set[str]:
    return {service for service in OBJECT_ACTIONS if action in actions(service, "arn:aws:s3:::calls/*")}


def test_the_transcriber_cannot_delete_and_the_result_writer_cannot_read() -> None:
    assert who_may("s3:DeleteObject") == {"gateway", "result-writer"}
    assert who_may("s3:GetObject") == {"gateway", "transcriber"}
    assert who_may("s3:PutObject") == {"gateway", "transcriber"}


@pytest.mark.parametrize("service", OBJECT_ACTIONS)
def test_everything_is_about_this_one_bucket_and_named_one_by_one(service: str) -> None:
    for statement in policy(service, "calls")["Statement"]:
        assert statement["Effect"] == "Allow"
        assert all(each.startswith("arn:aws:s3:::calls") for each in statement["Resource"])
        assert not any("*" in action for action in statement["Action"])


def test_the_analyzer_and_the_notifier_have_nothing_there() -> None:
    assert set(OBJECT_ACTIONS) == {"gateway", "transcriber", "result-writer"}
