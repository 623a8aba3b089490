"""Contrastive classifiers for text and images: what is used from Python, by name.

``import lightning_contrast`` imports none of it; a name is imported when it is asked for.

>>> import lightning_contrast
>>> lightning_contrast.Contrast.__module__
'lightning_contrast.engine.contrast'
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lightning_contrast.commands.evaluate import evaluate
    from lightning_contrast.data.image import ImageDataModule
    from lightning_contrast.data.text import TextDataModule
    from lightning_contrast.engine.contrast import Contrast
    from lightning_contrast.errors import InputError
    from lightning_contrast.modules import load
    from lightning_contrast.modules.image import ImageContrastiveClassifier
    from lightning_contrast.modules.network import Network
    from lightning_contrast.modules.text import TextContrastiveClassifier
    from lightning_contrast.training.run import train

__all__ = [
    "Contrast",
    "ImageContrastiveClassifier",
    "ImageDataModule",
    "InputError",
    "Network",
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
    "Network": "modules.network",
    "TextContrastiveClassifier": "modules.text",
    "TextDataModule": "data.text",
    "evaluate": "commands.evaluate",
    "load": "modules",
    "train": "training.run",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
