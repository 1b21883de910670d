"""What is looked at in the composed stack. Each step tells what it saw, or raises Disappointed."""

import time
import wave
from pathlib import Path

from deploy.local.program import CannotRun
from deploy.local.state import ROOT
from deploy.verify.composition import SERVICES, TRANSCRIBERS, URL, Composition, Container, Disappointed
from scribeline.client import Scribeline

SAMPLE = ROOT / "tests" / "data" / "jfk.wav"
WORDS = "ask not what your country can do for you"
TIMES = 30
"""The sample again and again: five and a half minutes, six pieces or more."""
IN_HAND = 'scribeline_in_flight{queue="transcriber.chunks"} 1.0'
METRICS = "import urllib.request as u; print(u.urlopen('http://127.0.0.1:8081/metrics').read().decode())"
CONNECT = "import socket; socket.create_connection(('{}', {}), timeout=5); print('reached')"
DEFAULT_ROUTE = (
    "import socket; print(*(socket.inet_ntoa(bytes.fromhex(way)[::-1]) for _, to, way, *_ in "
    "map(str.split, open('/proc/net/route')) if to == '00000000'))"
)
BUSY_SECONDS = 120
JOB_SECONDS = 900


def say(sentence: str) -> None:
    print(f"- {sentence}", flush=True)


def expect(right: bool, otherwise: str) -> None:
    if not right:
        raise Disappointed(otherwise)


def look_at_containers(stack: Composition) -> None:
    """Nobody is root, may anything, or can write but where it is meant to."""
    for service in SERVICES:
        containers = stack.containers(service)
        expect(
            len(containers) == (TRANSCRIBERS if service == "transcriber" else 1),
            f"{len(containers)} containers of {service} run.",
        )
        for container in containers:
            _look_at(stack, container)
        say(f"{len(containers)} of {service}: healthy, user 10001, root read-only, no capabilities")


def _look_at(stack: Composition, container: Container) -> None:
    uid, writable, capabilities = stack.python(
        container,
        "import os; print(os.getuid(), os.access('/opt', os.W_OK), "
        "[l.split()[1] for l in open('/proc/self/status') if l.startswith('CapEff')][0])",
    ).split()
    expect(uid == "10001", f"{container.name} runs as user {uid}.")
    expect(writable == "False", f"{container.name} can write into /opt.")
    expect(int(capabilities, 16) == 0, f"{container.name} has capabilities: {capabilities}.")
    limits = stack.inspected(container)["HostConfig"]
    expect(isinstance(limits, dict) and limits["ReadonlyRootfs"], f"{container.name}'s root can be written.")
    expect(isinstance(limits, dict) and limits["Memory"] > 0, f"{container.name} has no limit of memory.")


def look_at_networks(stack: Composition) -> None:
    """A transcriber, which decodes what strangers send, reaches the broker and the store, and no database."""
    transcriber = stack.containers("transcriber")[0]
    for host, port in (("rabbitmq", 5672), ("store", 9000)):
        expect(_reaches(stack, transcriber, host, port), f"A transcriber does not reach {host}.")
    expect(not _reaches(stack, transcriber, "postgres", 5432), "A transcriber reaches postgres.")
    gateway = stack.containers("gateway")[0]
    expect(_reaches(stack, gateway, "postgres", 5432), "The gateway does not reach postgres.")
    say("a transcriber reaches rabbitmq and store, but not postgres, which the gateway does reach")
    way = stack.python(gateway, DEFAULT_ROUTE)
    expect(way == stack.way_out(gateway), f"The gateway's default route is by {way or 'nobody'}.")
    say(f"the gateway's default route is by {way}, which leads to the internet")


def _reaches(stack: Composition, container: Container, host: str, port: int) -> bool:
    try:
        return stack.python(container, CONNECT.format(host, port)) == "reached"
    except CannotRun:
        return False


def transcribe_a_short_one(api: Scribeline) -> None:
    job = api.jobs.create(SAMPLE, wait=60)
    job = api.jobs.wait(job, timeout=JOB_SECONDS)
    text = api.jobs.transcript_as(job, "txt")
    expect(WORDS in plain(text), f"The short recording's transcript is {text!r}.")
    say(f"a recording of {job.duration:.0f} s is {job.status}: {' '.join(text.split())}")


def transcribe_a_long_one_while_a_container_is_killed(
    stack: Composition, api: Scribeline, scratch: Path
) -> None:
    job = api.jobs.create(_long(scratch / "long.wav"), analyze=True)
    say(f"a recording of {TIMES} times the sample was handed in")
    victim = _busy(stack)
    stack.client.ask("kill", victim.id)
    progress = api.jobs.get(job).progress
    say(f"docker kill {victim.name}, which had a piece in hand; the job was at {progress} %")
    expect(progress < 100, "The job had ended before the container was killed.")
    job = api.jobs.wait(job, timeout=JOB_SECONDS)
    state = stack.client.ask("inspect", "--format", "{{.State.Status}} {{.State.ExitCode}}", victim.id)
    expect(state == "exited 137", f"The killed container is {state}.")
    left = len(stack.containers("transcriber"))
    expect(left == TRANSCRIBERS - 1, f"{left} transcribers are left.")
    heard = plain(api.jobs.transcript_as(job, "txt")).count("your country can do for you")
    expect(heard >= TIMES - 1, f"The sentence was heard {heard} times of {TIMES}.")
    say(f"the job is {job.status}, with {left} transcribers left: {_stages(job)}; heard {heard} times")
    analysis = api.jobs.analysis(job)
    expect(bool(analysis.summary), "The analysis has no summary.")
    say(f"its analysis is there, made by the engine {analysis.engine}")


def _long(place: Path) -> Path:
    with wave.open(str(SAMPLE)) as source, wave.open(str(place), "wb") as target:
        target.setparams(source.getparams())
        frames = source.readframes(source.getnframes())
        target.writeframes((frames + bytes(source.getframerate() * 2)) * TIMES)
    return place


def _busy(stack: Composition) -> Container:
    """A transcriber that has a piece of the long recording in hand."""
    deadline = time.monotonic() + BUSY_SECONDS
    while time.monotonic() < deadline:
        for one in stack.containers("transcriber"):
            if IN_HAND in stack.python(one, METRICS):
                return one
        time.sleep(0.2)
    raise Disappointed("No transcriber began with a piece of the long recording.")


def plain(text: str) -> str:
    return " ".join("".join(c for c in text.lower() if c.isalpha() or c.isspace()).split())


def _stages(job: object) -> str:
    return ", ".join(
        f"{one.name} {one.status} ({one.units_done} of {one.units_total} units)"
        for one in getattr(job, "stages", [])
    )


def client(key: str) -> Scribeline:
    return Scribeline(URL, key)
