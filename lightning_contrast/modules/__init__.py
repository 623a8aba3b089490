"""A classifier: the network, and the loop that trains it."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lightning_contrast.modules.network import Network


def load(path: Any, trust: tuple[str, ...] = ()) -> "Network":
    """The network of a checkpoint, of whatever modality, ready to predict, on the CPU.

    ``load("best.ckpt").predict(["Shares fell on Monday."])``

    Args:
        path: a ``.ckpt`` file of a run.
        trust: package prefixes beyond this one that the checkpoint may import.

    Raises:
        InputError: no such file, or not a checkpoint of this package.
    """
    from lightning_contrast.modules.checkpoint import load as load_checkpoint

    return load_checkpoint(path, trust)
