"""Silences warnings of libraries that a user can't act on."""

import logging
import warnings

REMARKS = (
    r".*does not have many workers.*",  # rows in memory need none
    r".*isinstance\(treespec, LeafSpec\).*",  # between Lightning and torch
    r".*number of training batches .* smaller than the logging interval.*",
    r".*Experiment logs directory .* exists and is not empty.*",
    r".*Found \d+ module\(s\) in eval mode.*",  # frozen layers of a pretrained encoder
    r".*recommended to use .*sync_dist=True.*",  # the running metrics do so by themselves
    r".*`srun` command is available.*",  # on a login node, or in a job of one process
    r".*Checkpoint directory .* exists and is not empty.*",
)


def quieten() -> None:
    """Mutes Lightning's notes on devices and products, and a few warnings a user can't act on.

    Other warnings are printed in one line.
    """
    for name in ("pytorch_lightning", "lightning_fabric", "lightning.pytorch"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)  # it warns of each retry
    for remark in REMARKS:
        warnings.filterwarnings("ignore", message=remark)
    warnings.formatwarning = _one_line


def _one_line(message: Warning | str, *_: object, **__: object) -> str:
    return f"warning: {message}\n"
