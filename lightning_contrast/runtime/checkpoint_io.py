"""Atomic writes of Lightning's checkpoints; a file apart, as Lightning is slow to import."""

from pathlib import Path
from typing import Any

from lightning_fabric.plugins.io.torch_io import TorchCheckpointIO

from lightning_contrast.runtime.checkpoint_file import save


class AtomicCheckpointIO(TorchCheckpointIO):
    """Replaces each checkpoint atomically: the old file stays until the new one is complete.

    >>> from tempfile import mkdtemp
    >>> path = Path(mkdtemp()) / "a.ckpt"
    >>> AtomicCheckpointIO().save_checkpoint({"step": 1}, path)
    >>> AtomicCheckpointIO().load_checkpoint(path, weights_only=True)
    {'step': 1}
    """

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None
    ) -> None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        save(checkpoint, path)
