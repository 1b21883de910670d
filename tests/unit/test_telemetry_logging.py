"""One JSON object per line, with the job's context, without secrets."""

import json
import logging
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
import structlog

from scribeline.contracts.codes import Code
from scribeline.contracts.envelope import Envelope, wrap
from scribeline.contracts.job import JobAccepted, JobStatus
from scribeline.contracts.unit import Error, Stage, UnitFailed, UnitRef
from scribeline.telemetry.logging import bound, configure, context_of, mask_text

log = structlog.get_logger("scribeline.test")
JOB = UUID("01890a5d-ac96-774b-bcce-b302099a8057")


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_an_event_is_one_line_with_time_level_event_and_service(capsys: pytest.CaptureFixture[str]) -> None:
    configure("gateway", "INFO")
    log.info("upload accepted", bytes=3)
    [line] = lines(capsys)
    assert (
        line.items()
        >= {"event": "upload accepted", "level": "info", "service": "gateway", "bytes": 3}.items()
    )
    assert str(line["timestamp"]).endswith("Z")
    assert list(line)[:4] == ["timestamp", "level", "event", "service"]


def test_a_librarys_log_looks_like_ours(capsys: pytest.CaptureFixture[str]) -> None:
    configure("gateway")
    logging.getLogger("aio_pika.connection").warning("lost %s", "amqp://me:hidden@host/")
    [line] = lines(capsys)
    assert line["event"] == "lost amqp://me:***@host/"
    assert line.items() >= {"logger": "aio_pika.connection", "level": "warning", "service": "gateway"}.items()


def test_configuring_twice_does_not_log_twice(capsys: pytest.CaptureFixture[str]) -> None:
    configure("first")
    configure("second")
    log.info("once")
    assert [line["service"] for line in lines(capsys)] == ["second"]


def test_bound_context_is_on_every_line_inside_and_on_none_after(capsys: pytest.CaptureFixture[str]) -> None:
    configure("transcriber")
    with bound(job=JOB, unit=None):
        log.info("inside")
        logging.getLogger("faster_whisper").warning("from a library")
    log.info("after")
    inside, library, after = lines(capsys)
    assert inside["job"] == library["job"] == str(JOB)
    assert "unit" not in inside
    assert "job" not in after


def envelope(data: JobAccepted | UnitFailed) -> Envelope:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    return wrap(data, id=uuid4(), job=JOB, tenant="acme", owner=None, source="test", traceparent=trace)


def test_a_message_gives_its_job_unit_trace_and_tenant() -> None:
    failed = UnitFailed(unit=UnitRef(job=JOB, stage=Stage.CHUNK, index=3), error=Error.of(Code.UNIT_DIED))
    assert context_of(envelope(failed)) == {
        "job": str(JOB),
        "unit": "chunk/3/1",
        "trace_id": "0af7651916cd43dd8448eb211c80319c",
        "tenant": "acme",
    }
    assert context_of(envelope(JobAccepted(job=JOB, status=JobStatus.QUEUED, sequence=1)))["unit"] is None


def connect(url: str) -> None:
    raise ConnectionError(f"no answer from {url}")


def test_an_exception_is_text_in_the_same_line_and_holds_no_password(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure("gateway")
    try:
        connect("postgresql://app:hidden@db/x")
    except ConnectionError as error:
        log.exception("cannot connect", error=error)
        logging.getLogger("sqlalchemy").exception("cannot connect")
    ours, theirs = lines(capsys)
    for line in (ours, theirs):
        assert "Traceback" in str(line["exception"])
    assert ours["error"] == "ConnectionError: no answer from postgresql://app:***@db/x"
    assert "hidden" not in json.dumps([ours, theirs])


@pytest.mark.parametrize(
    "name", ["s3_secret_key", "api_key", "apikey", "password", "Authorization", "x-token"]
)
def test_the_value_of_a_key_that_names_a_secret_is_masked(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configure("gateway")
    log.info("started", **{name: "hidden"}, settings={name: "hidden", "also": [{name: "hidden"}]})
    assert "hidden" not in capsys.readouterr().out


@pytest.mark.parametrize("name", ["key", "routing_key", "idempotency_key", "tokens"])
def test_what_only_sounds_like_a_secret_is_shown(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    configure("gateway")
    log.info("stored", **{name: "shown"})
    assert lines(capsys)[0][name] == "shown"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("amqp://u:p@h:5672/v", "amqp://u:***@h:5672/v"),
        ("redis://:p@ss@h/0 and http://h:80/x", "redis://:***@h/0 and http://h:80/x"),
        ("Authorization: Bearer sl_abcdefgh123", "Authorization: Bearer ***"),
        ("PUT /b/k?partNumber=1&X-Amz-Signature=abc&x=1", "PUT /b/k?partNumber=1&X-Amz-Signature=***&x=1"),
        ("http://localhost:8000/v1/jobs", "http://localhost:8000/v1/jobs"),
    ],
)
def test_secrets_inside_a_text_are_masked(text: str, masked: str) -> None:
    assert mask_text(text) == masked


def test_values_that_json_does_not_know_do_not_break_the_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure("gateway")
    log.info("odd", nan=float("nan"), job=JOB, set={1}, surrogate="\ud800", newline="a\nb")
    [line] = lines(capsys)
    assert line.items() >= {"nan": "nan", "job": str(JOB), "set": [1], "newline": "a\nb"}.items()


def test_a_line_below_the_level_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    configure("gateway", "warning")
    log.info("quiet")
    logging.getLogger("alembic").info("quiet")
    assert lines(capsys) == []


def test_requests_of_http_libraries_are_shown_only_when_debugging(capsys: pytest.CaptureFixture[str]) -> None:
    configure("analyzer", "INFO")
    logging.getLogger("httpx").info("POST /api/chat")
    configure("analyzer", "DEBUG")
    logging.getLogger("httpx").info("POST /api/chat")
    assert len(lines(capsys)) == 1


def test_an_unknown_level_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="DEBUG, INFO, WARNING, ERROR, CRITICAL, not 'loud'"):
        configure("gateway", "loud")
