"""Loads the classifier and the rows of a command."""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from lightning_contrast.config.arguments import check_arguments
from lightning_contrast.errors import InputError
from lightning_contrast.files.lines import STDIN
from lightning_contrast.files.row import Row
from lightning_contrast.inference.shard import shard_of
from lightning_contrast.inference.unlabelled import unlabelled_rows
from lightning_contrast.modalities import modality_of

if TYPE_CHECKING:
    from lightning_contrast.modules.network import Network


def load_network(
    checkpoint: str, trust: Any, device: str, max_pixels: int | None = None
) -> "Network":
    """The network of a checkpoint on a device; ``auto`` is the accelerator if there is one.

    ``max_pixels``: limit for the pixels of an image; None: as in training. Raises ``InputError``
    for a file that is no checkpoint, a device that does not exist, and a limit that is out of range
    or given for a network that reads no images.
    """
    import torch

    from lightning_contrast.config.trusted import prefixes
    from lightning_contrast.modules import load
    from lightning_contrast.runtime.quiet import quieten

    quieten()
    network = load(checkpoint, prefixes(trust))
    if max_pixels is not None:
        _limit(network, max_pixels)
    if device == "auto":
        device = str(torch.accelerator.current_accelerator(check_available=True) or "cpu")
    try:
        return network.to(device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"device={device} can't be used ({reason}): set device=auto") from error


def _limit(network: "Network", max_pixels: Any) -> None:
    from lightning_contrast.files.decoding import MAX_PIXELS, PILLOWS_LIMIT

    readers = modality_of(network.modality).image_readers(network.preprocess)
    if not readers:
        raise InputError(
            f"max_pixels is for images, and the checkpoint reads {network.modality}: leave it out"
        )
    if type(max_pixels) is not int or not 1 <= max_pixels <= PILLOWS_LIMIT:
        raise InputError(
            f"max_pixels must be from 1 to {PILLOWS_LIMIT}, which is Pillow's limit, got "
            f"{max_pixels!r}: set max_pixels={MAX_PIXELS}"
        )
    for reader in readers:
        reader.max_pixels = max_pixels


def rows_of(config: Any, modality: str) -> Iterator[Row]:
    """The rows of a command: its ``input``, read as other keys of its config say; of its ``shard``.

    Raises ``InputError`` for a shard of the standard input, which can be read only once.
    """
    names = ("text_column", "id_column", "encoding", "kind", "separator", "quote")
    given = {name: config[name] for name in names}
    columns = {name: str(given[name]) for name in names[:2] if given[name] is not None}
    settings = given | columns  # a column may be called 1
    check_arguments(unlabelled_rows, settings, partial=True)
    read = partial(unlabelled_rows, str(config["input"]), modality, **settings)
    if config.get("shard") is None:
        return read()
    if str(config["input"]) == STDIN:
        raise InputError(
            "shard needs the rows twice, and the standard input has them once: "
            "write them to a file, and give input=FILE"
        )
    return shard_of(str(config["shard"])).rows(read, config["batch_size"])
