"""Every object against the schema of its kind, where an unknown field is an error.

Kubernetes' own come with `kubernetes-validate`, KEDA's with `cloudcoil-models-keda` (generated from the CRDs
of KEDA 2.16; what newer ones add is refused here, so that what we write works on all since).
"""

from collections.abc import Iterator

import kubernetes_validate
from cloudcoil.models.keda import v1alpha1 as keda
from pydantic import BaseModel, ValidationError

from deploy.k8s.check.objects import Object, Objects

VERSIONS = ("1.31.0", "1.37.0")
"""The oldest Kubernetes that we write for, and the newest that is described."""
KEDA: dict[str, type[BaseModel]] = {
    "ScaledObject": keda.ScaledObject,
    "TriggerAuthentication": keda.TriggerAuthentication,
}


def problems(objects: Objects) -> Iterator[str]:
    """One sentence for each error."""
    for each in objects:
        name = f"{each.get('kind')} {each.get('metadata', {}).get('name')}"
        found = _keda(each) if each.get("apiVersion") == "keda.sh/v1alpha1" else _kubernetes(each)
        yield from (f"{name}: {problem}" for problem in found)


def _kubernetes(each: Object) -> Iterator[str]:
    for version in VERSIONS:
        try:
            kubernetes_validate.validate(each, version, strict=True)
        except kubernetes_validate.ValidationError as error:
            yield f"{'.'.join(map(str, error.path))}: {error.message} (Kubernetes {version})"
        except kubernetes_validate.SchemaNotFoundError as error:
            yield error.message


def _keda(each: Object) -> Iterator[str]:
    model = KEDA.get(each["kind"])
    if model is None:
        yield "no schema of it is known here"
        return
    try:
        # Strict: a trigger's values are strings, and KEDA's CRD refuses a number in their place, too.
        model.model_validate(each, strict=True, extra="forbid", by_alias=True, by_name=False)
    except ValidationError as error:
        yield from (f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
