"""What a checkpoint carries beside the weights: plain values, enough to predict from it alone."""

import warnings
from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, get_args

import torch

from lightning_contrast.config.construct import construct
from lightning_contrast.config.description import describe
from lightning_contrast.config.plain import check_plain, opened, sealed
from lightning_contrast.config.trusted import OF_RUN, check_trusted, rebuilding
from lightning_contrast.errors import InputError
from lightning_contrast.metrics.matching import Matching
from lightning_contrast.metrics.similarity import Kind
from lightning_contrast.modules.network import Network
from lightning_contrast.runtime.checkpoint_file import check_size, save

KEY = "lightning_contrast"
FORMAT = 1
TESTED = "tested"
PREFIX = "network."
PARTS = ("encoder", "projector", "head", "preprocess", "generator")
OPTIONAL = ("generator",)


def pack(network: Network, checkpoint: dict[str, Any]) -> None:
    """Adds the network's description (every part with its arguments), the config of its run, and
    the numbers of its probabilities where they were fitted."""
    parts = {name: describe(getattr(network, name)) for name in (*PARTS, "classes")}
    kept = {"format": FORMAT, "network": parts, "run": describe(network.run)}
    kept["similarity"] = network.similarity
    if network.temperature is not None:
        kept["temperature"] = network.temperature
    if network.matching is not None:
        kept["matching"] = list(network.matching)
    checkpoint[KEY] = sealed(kept)


def read(path: Any, mmap: bool = False) -> dict[str, Any]:
    """A checkpoint of this package as a dict of plain values and tensors, on the CPU.

    ``mmap`` leaves its tensors on the disk until they are looked at.

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
        check_size(path)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Detected pickle protocol")  # told below
            checkpoint = torch.load(path, map_location="cpu", weights_only=True, mmap=mmap)
    except InputError:
        raise
    except UnpicklingError as error:
        raise InputError(
            f"{path} can't be read as a checkpoint: it is damaged, or holds more than plain values "
            "and tensors, which might run code; take another one, of an origin that you trust"
        ) from error
    except Exception as error:  # torch raises many kinds for a damaged file
        raise InputError(
            f"{path} can't be read as a checkpoint ({type(error).__name__}): it is damaged, or no "
            "PyTorch file; take another one of the run's checkpoints"
        ) from error
    if not isinstance(checkpoint, dict) or not isinstance(checkpoint.get(KEY), dict):
        raise InputError(
            f"{path} is not a checkpoint of lightning_contrast: it has no {KEY!r} part"
        )
    check_plain(checkpoint[KEY])
    checkpoint[KEY] = opened(checkpoint[KEY])
    return checkpoint


def load(path: Any, trust: tuple[str, ...] = ()) -> Network:
    """Rebuilds the network of a checkpoint and loads its weights; see ``modules.load``."""
    checkpoint = read(path)
    kept = checkpoint[KEY]
    if kept.get("format") != FORMAT:
        raise InputError(
            f"{path} is a checkpoint of format {kept.get('format')}, this version reads {FORMAT}: "
            "install the version of lightning_contrast that wrote it"
        )
    described, run, temperature = (kept.get(n) for n in ("network", "run", "temperature"))
    try:
        held = [part for part in PARTS if part not in OPTIONAL or described.get(part) is not None]
        beside = [described, {group: run.get(group) for group in OF_RUN}]
        for part in held:
            check_trusted(part, described[part], trust, beside)
        with rebuilding():
            made = {part: construct(described[part]) for part in held}
        network = Network(**made, classes=_texts(described["classes"]))
        network.load_state_dict(weights(checkpoint))
        check_finite(network)
        network.run = dict(run)
        network.similarity = _kind(kept.get("similarity", "cosine"))
        network.temperature = None if temperature is None else _positive(temperature)
        if (matching := kept.get("matching")) is not None:
            network.matching = Matching(*map(float, matching))
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    except Exception as error:  # what the parts make of values that no run wrote
        reason = " ".join(str(error).split())
        raise InputError(
            f"{path} does not hold what it describes ({reason}): take another one of the run's "
            "checkpoints"
        ) from error
    return network.eval()


def check_finite(network: Network) -> None:
    """Raises ``InputError`` for a weight that is NaN or infinite: nothing could be told from it."""
    for name, weight in network.named_parameters():
        if not weight.isfinite().all():
            raise InputError(
                f"the weights of {name} are not finite: take another one of the run's checkpoints"
            )


def _texts(classes: Any) -> list[str]:
    if not isinstance(classes, list) or not all(isinstance(name, str) for name in classes):
        raise TypeError("classes are no texts")
    return classes


def _kind(similarity: Any) -> Kind:
    if similarity not in get_args(Kind):
        raise ValueError(f"a similarity {similarity!r}")
    return similarity


def _positive(temperature: Any) -> float:
    if not 0 < float(temperature) < float("inf"):
        raise ValueError(f"a temperature of {temperature}")
    return float(temperature)


def weights(checkpoint: Mapping[str, Any]) -> dict[str, Any]:
    """The network's share of what a checkpoint holds: the training loop calls it ``network``."""
    state = checkpoint["state_dict"]
    return {k.removeprefix(PREFIX): v for k, v in state.items() if k.startswith(PREFIX)}


def restore(network: Network, path: Path) -> None:
    """Loads the weights of a checkpoint of this very network."""
    network.load_state_dict(weights(read(path)))


def save_weights(network: Network, path: Path) -> None:
    """Replaces weights and temperature in a checkpoint by the network's, at once or not at all.

    Training does not go on from it: its head may have been fitted anew.
    """
    checkpoint = read(path)
    state = {PREFIX + name: value for name, value in network.state_dict().items()}
    checkpoint |= {"state_dict": checkpoint["state_dict"] | state, TESTED: True}
    pack(network, checkpoint)
    save(checkpoint, path)
