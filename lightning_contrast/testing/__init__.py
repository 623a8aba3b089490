"""The package's shared checks of parts, for parts of one's own: called in a test of three lines.

>>> from lightning_contrast.testing import check_sampler
>>> from lightning_contrast.samplers.shuffled import ShuffledSampler
>>> check_sampler(ShuffledSampler, drop_last=False)
"""

from lightning_contrast.testing.loss import check_loss
from lightning_contrast.testing.miner import check_miner
from lightning_contrast.testing.pairing import check_pairing
from lightning_contrast.testing.sampler import check_sampler

__all__ = ["check_loss", "check_miner", "check_pairing", "check_sampler"]
