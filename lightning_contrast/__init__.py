"""Contrastive classifiers for text and images: what is used from Python, by name.

``import lightning_contrast`` imports none of it; a name is imported when it is asked for.

>>> import lightning_contrast
>>> lightning_contrast.Contrast.__module__
'lightning_contrast.engine.contrast'
"""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lightning_contrast.commands.evaluate import evaluate
    from lightning_contrast.data.image import ImageDataModule
    from lightning_contrast.data.text import TextDataModule
    from lightning_contrast.engine.contrast import Contrast
    from lightning_contrast.errors import InputError
    from lightning_contrast.modules.classifier import ContrastiveClassifier
    from lightning_contrast.modules.image import ImageContrastiveClassifier
    from lightning_contrast.modules.text import TextContrastiveClassifier
    from lightning_contrast.training.run import train

__all__ = [
    "Contrast",
    "ImageContrastiveClassifier",
    "ImageDataModule",
    "InputError",
    "TextContrastiveClassifier",
    "TextDataModule",
    "evaluate",
    "load",
    "train",
]

_HOMES = {
    "Contrast": "engine.contrast",
    "ImageContrastiveClassifier": "modules.image",
    "ImageDataModule": "data.image",
    "InputError": "errors",
    "TextContrastiveClassifier": "modules.text",
    "TextDataModule": "data.text",
    "evaluate": "commands.evaluate",
    "train": "training.run",
}


def load(path: str | Path, trust: tuple[str, ...] = ()) -> "ContrastiveClassifier":
    """The classifier of a checkpoint, of any modality, ready to predict, on the CPU.

    ``trust``: packages beside this one whose classes the checkpoint may name. Raises ``InputError``
    for a file that is no checkpoint of this package.
    """
    from lightning_contrast.modules.classifier import ContrastiveClassifier

    return ContrastiveClassifier.load(path, trust)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
