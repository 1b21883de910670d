"""What a lane is given, against what its code needs: time to leave, threads, memory and disk."""

from analyzer.settings import AnalyzerSettings
from deploy.k8s.check.objects import Objects, Workload, amount
from deploy.k8s.check.rules.pods import Found
from deploy.k8s.check.rules.told import told as lanes_told
from gateway.main import ABORT_SECONDS
from gateway.settings import GatewaySettings
from notifier.settings import NotifierSettings
from scribeline.messaging.service import GRACE_SECONDS
from scribeline.messaging.worker import CANCEL_SECONDS
from scribeline.settings import Settings
from transcriber.main import STEPS
from transcriber.settings import TranscriberSettings

MIB, GIB = 2**20, 2**30
CLOSING = GRACE_SECONDS + 2 * CANCEL_SECONDS
"""Seconds after the budget in which a service closes its connections."""
UPLOAD_BYTES = 25 * MIB
"""Memory of one upload (docs/configuration.md), beside what a gateway takes by itself:"""
GATEWAY_BYTES = 256 * MIB


def budget(objects: Objects) -> Found:
    """A pod that is told to leave ends the unit in hand: nothing of it is done twice because of us."""
    for work, settings in lanes_told(objects):
        needed = worst(settings)
        if settings.shutdown_seconds < needed:
            yield (
                work.object,
                f"its budget of {settings.shutdown_seconds:.0f} s is below the {needed:.0f} s of a unit",
            )
        pause = _pause(work)
        grace = work.pod.get("terminationGracePeriodSeconds", 30)
        least = settings.shutdown_seconds + pause + CLOSING
        if grace < least:
            yield work.object, f"is killed after {grace} s, and may need {least:.0f} s to leave"


def worst(settings: Settings) -> float:
    """Seconds of a service's slowest unit; where units have no deadline, of its longest single act."""
    match settings:
        case TranscriberSettings():
            return max(STEPS[lane].hard_deadline for lane in settings.transcriber_lanes)
        case AnalyzerSettings():
            return settings.longest_unit + 120.0
        case GatewaySettings():
            return ABORT_SECONDS
        case NotifierSettings():
            return settings.webhook_seconds
    return 0.0


def _pause(work: Workload) -> float:
    return max(
        (
            each.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
            for each in work.containers
        ),
        default=0,
    )


def threads(objects: Objects) -> Found:
    """A process counts the node's cores: more threads than its limit are only throttled."""
    for work, told in lanes_told(objects):
        if isinstance(told, TranscriberSettings):
            cores = amount(work.pod["containers"][0].get("resources", {}).get("limits", {}).get("cpu", 0))
            used = told.cpu_threads * sum(told.slots.values())
            if not 0 < used <= cores:
                yield work.object, f"computes with {used or 'all the node has of'} threads on {cores:g} cores"


def recordings_in_hand(told: TranscriberSettings, largest: int) -> int:
    """Bytes: of recordings, one of them ahead, and a WAV of 16 bit at 16 kHz for each in work."""
    return (told.plan_slots + 1) * largest + told.plan_slots * int(told.max_audio_seconds) * 32_000


def room(objects: Objects) -> Found:
    """What a process is allowed to take in fits into its memory and disk."""
    largest = GatewaySettings.model_fields["upload_max_bytes"].default
    for work, told in lanes_told(objects):
        limits = work.pod["containers"][0].get("resources", {}).get("limits", {})
        if isinstance(told, GatewaySettings):
            largest = told.upload_max_bytes
            needed = told.uploads_max * UPLOAD_BYTES + GATEWAY_BYTES
            if amount(limits.get("memory", 0)) < needed:
                yield work.object, f"{told.uploads_max} uploads need {needed // MIB} MiB"
    for work, told in lanes_told(objects):
        if isinstance(told, TranscriberSettings) and "plan" in told.transcriber_lanes:
            needed = recordings_in_hand(told, largest)
            sizes = {
                each["name"]: amount(each["emptyDir"].get("sizeLimit", 0))
                for each in work.pod["volumes"]
                if each.get("emptyDir")
            }
            if sizes.get("tmp", 0) < needed:
                yield work.object, f"recordings may need {needed / GIB:.1f} GiB of /tmp"
