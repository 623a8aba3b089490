"""What a checkpoint carries beside the weights: plain values, enough to predict from it alone."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from lightning_contrast.config.construct import construct
from lightning_contrast.config.description import check_trusted, describe
from lightning_contrast.errors import InputError
from lightning_contrast.runtime.checkpoint_file import save

if TYPE_CHECKING:
    from lightning_contrast.modules.classifier import ContrastiveClassifier

KEY = "lightning_contrast"
FORMAT = 1
TESTED = "tested"


def pack(model: "ContrastiveClassifier", checkpoint: dict[str, Any]) -> None:
    """Adds the model's description (every part with its arguments), the config of its run, and the
    temperature of its probabilities where one was fitted."""
    checkpoint[KEY] = {"format": FORMAT, "model": describe(model), "run": model.run}
    if model.temperature is not None:
        checkpoint[KEY]["temperature"] = model.temperature


def read(path: Any) -> dict[str, Any]:
    """A checkpoint of this package as a dict of plain values and tensors, on the CPU.

    Raises:
        InputError: no such file, unreadable, or not written by this package.
    """
    path = Path(path)
    if not path.is_file():
        near = (
            ", ".join(str(p) for p in sorted(path.glob("**/*.ckpt"))[:3]) if path.is_dir() else ""
        )
        raise InputError(
            f"no checkpoint at {path}"
            + (f": it is a folder that holds {near}" if near else "")
            + ": give the path of a .ckpt file, such as runs/.../checkpoints/best.ckpt"
        )
    try:
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises many kinds for a damaged file
        raise InputError(
            f"{path} can't be read as a checkpoint ({type(error).__name__}): it is damaged, or no "
            "PyTorch file; take another one of the run's checkpoints"
        ) from error
    if not isinstance(checkpoint, dict) or KEY not in checkpoint:
        raise InputError(
            f"{path} is not a checkpoint of lightning_contrast: it has no {KEY!r} part"
        )
    return checkpoint


def unpack(cls: Any, path: Any, trust: tuple[str, ...] = ()) -> Any:
    """Rebuilds the classifier of a checkpoint and loads its weights; see ``load``."""
    checkpoint = read(path)
    kept = checkpoint[KEY]
    if kept.get("format") != FORMAT or not {"model", "run"} <= kept.keys():
        raise InputError(
            f"{path} is a checkpoint of format {kept.get('format')}, this version reads {FORMAT}: "
            "install the version of lightning_contrast that wrote it"
        )
    config = kept["model"]
    check_trusted(config, trust)
    model: Any = construct(config)
    if not isinstance(model, cls):
        raise InputError(
            f"{path} holds a {type(model).__name__}, not a {cls.__name__}: "
            f"load it with {type(model).__name__}.load, or give a checkpoint of the other modality"
        )
    try:
        model.load_state_dict(checkpoint["state_dict"])
    except (KeyError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        raise InputError(
            f"{path} has weights of another classifier than it describes ({reason}): take another "
            "one of the run's checkpoints"
        ) from error
    model.run, model.temperature = kept["run"], kept.get("temperature")
    return model.eval()


def restore(model: "ContrastiveClassifier", path: Path) -> None:
    """Loads the weights of a checkpoint of this very model."""
    model.load_state_dict(read(path)["state_dict"])


def save_weights(model: "ContrastiveClassifier", path: Path) -> None:
    """Replaces weights and temperature in a checkpoint by the model's, at once or not at all.

    Training does not go on from it: its head may have been fitted anew.
    """
    checkpoint = read(path) | {"state_dict": model.state_dict(), TESTED: True}
    pack(model, checkpoint)
    save(checkpoint, path)
