"""DeepSpeed, if it is installed."""

from importlib.util import find_spec
from typing import Any, Literal

from lightning_contrast.errors import missing_extra


def deepspeed(stage: Literal[1, 2, 3] = 2, offload_optimizer: bool = False) -> Any:
    """Lightning's DeepSpeed strategy: ZeRO ``stage`` 1 to 3, on GPUs.

    This project does not test it. Raises ``InputError`` if the package is missing.

    Source: Rajbhandari et al. 2019 (ZeRO, arXiv 1910.02054).
    """
    if find_spec("deepspeed") is None:
        raise missing_extra("deepspeed", "deepspeed")
    from pytorch_lightning.strategies import DeepSpeedStrategy

    return DeepSpeedStrategy(stage=stage, offload_optimizer=offload_optimizer)
