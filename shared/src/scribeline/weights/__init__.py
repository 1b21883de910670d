"""Whisper weights in CTranslate2's format: find them, or get them and check them.

A model is a folder `models_dir/NAME` with `model.bin`, `config.json`, `tokenizer.json` and a vocabulary.
It comes from the first of: a local directory, the model hub, the pinned mirror. What was checked is
remembered in the folder's `manifest.json`, so a start-up costs a `stat` per file and no hashing.
"""

from scribeline.weights.installed import Installed, installed, locate
from scribeline.weights.names import DEFAULT_MODEL
from scribeline.weights.progress import Progress
from scribeline.weights.pulling import ensure, pull
from scribeline.weights.settings import WeightsSettings, default_models_dir

__all__ = [
    "DEFAULT_MODEL",
    "Installed",
    "Progress",
    "WeightsSettings",
    "default_models_dir",
    "ensure",
    "installed",
    "locate",
    "pull",
]
