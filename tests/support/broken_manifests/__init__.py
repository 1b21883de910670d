"""Manifests with one thing wrong: what it is -> the rule that must refuse it, and how it is made.

By the folder of `deploy/k8s` that is rendered.
"""

from collections.abc import Mapping

from tests.support.broken_manifests.jobs import JOBS
from tests.support.broken_manifests.lanes import LANES
from tests.support.broken_manifests.neighbours import NEIGHBOURS
from tests.support.broken_manifests.objects import Mutation
from tests.support.broken_manifests.pods import PODS
from tests.support.broken_manifests.scaling import SCALING

BROKEN: Mapping[str, Mapping[str, tuple[str, Mutation]]] = {
    "small": {**PODS, **LANES, **NEIGHBOURS},
    "production": SCALING,
    "provision": JOBS,
}
