"""Models small enough for tests: the right file names, a few bytes in them."""

import hashlib
import zipfile
from pathlib import Path

from scribeline.weights.names import Part

FILES = {
    "model.bin": b"weights " * 64,
    "config.json": b"{}",
    "tokenizer.json": b"{}",
    "vocabulary.txt": b"a\nb\n",
}


def make_model(folder: Path, **contents: bytes) -> Path:
    """A folder that looks like a model; `contents` replaces files by stem, b"" leaves one out."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, default in FILES.items():
        if content := contents.get(name.split(".")[0], default):
            (folder / name).write_bytes(content)
    return folder


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def make_wheel(index: Path, project: str, files: dict[str, bytes]) -> Part:
    """A wheel that pip can download from the folder `index`."""
    module = project.replace("-", "_")
    index.mkdir(exist_ok=True)
    wheel = index / f"{module}-1.0.0-py3-none-any.whl"
    info = f"{module}-1.0.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"{module}/data/{name}", content)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {project}\nVersion: 1.0.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return Part(project, "1.0.0", sha256(wheel.read_bytes()), wheel.stat().st_size)
