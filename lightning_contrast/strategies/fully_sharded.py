"""Shards weights, gradients and optimiser states of the encoder among the ranks."""

import copy
from collections.abc import Iterator, Mapping
from typing import Any

import torch.distributed as dist
from pytorch_lightning import Trainer
from pytorch_lightning.strategies import DDPStrategy
from pytorch_lightning.trainer.states import TrainerFn, TrainerStatus
from torch import Tensor, nn

from lightning_contrast.callbacks.weight_average import WeightAverage
from lightning_contrast.candidates.momentum import Momentum
from lightning_contrast.errors import InputError


class FullySharded(DDPStrategy):
    """Each rank keeps a shard of every weight of the encoder. It gathers the whole weights of one
    block (an entry of a ``ModuleList`` or ``Sequential``) only while it computes with that block.

    It is for encoders that fill a device. It uses torch's ``fully_shard``, which works on any
    device. Lightning's own ``fsdp`` refuses CPUs, and shards parts that the contrast reads outside
    of a ``forward``. Projector, head and prototypes are small: they stay whole, and their gradients
    are averaged. Checkpoints hold whole weights, so a run can be resumed with any strategy. After
    the fit the classifier is whole again.

    Raises:
        InputError: the run has a part that reads the encoder's weights itself: a momentum encoder,
            averaged weights, clipped gradients, or a view that follows the encoder.

    Source: Zhao et al. 2023 (PyTorch FSDP, arXiv 2304.11277).
    """

    _whole: nn.Module | None = None  # the encoder before it was sharded

    def setup(self, trainer: Trainer) -> None:
        if trainer.state.fn == TrainerFn.FITTING:
            _check(trainer)
        super().setup(trainer)

    def configure_ddp(self) -> None:
        from torch.distributed.device_mesh import init_device_mesh
        from torch.distributed.fsdp import fully_shard

        module: Any = self.model
        for tensor in (*module.parameters(), *module.buffers()):
            dist.broadcast(tensor.detach(), 0)
        encoder = module.network.encoder
        self._whole = copy.deepcopy(encoder).cpu()
        mesh = init_device_mesh(self.root_device.type, (self.world_size,))
        for block in _blocks(encoder):
            fully_shard(block, mesh=mesh)
        fully_shard(encoder, mesh=mesh)
        for parameter in module.parameters():
            if parameter.requires_grad and not _is_part(parameter):
                parameter.register_post_accumulate_grad_hook(_average)

    def setup_optimizers(self, trainer: Trainer) -> None:
        super().setup_optimizers(trainer)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                # Neither of them takes shards and whole weights in one call.
                group |= {key: False for key in ("foreach", "fused") if key in group}

    def lightning_module_state_dict(self) -> dict[str, Any]:
        return {key: whole(value) for key, value in super().lightning_module_state_dict().items()}

    def optimizer_state(self, optimizer: Any) -> dict[str, Any]:
        kept: dict[str, Any] = super().optimizer_state(optimizer)
        state = {
            number: {name: whole(value) for name, value in values.items()}
            for number, values in kept["state"].items()
        }
        return {**kept, "state": state}

    def load_optimizer_state_dict(self, checkpoint: Mapping[str, Any]) -> None:
        states = [
            {**saved, "state": dict(_parts(optimizer, saved["state"]))}
            for optimizer, saved in zip(
                self.optimizers, checkpoint["optimizer_states"], strict=True
            )
        ]
        super().load_optimizer_state_dict({"optimizer_states": states})

    def teardown(self) -> None:
        module: Any = self.lightning_module
        if module is not None and self._whole is not None:
            # After an error other ranks may be gone: a gather would wait forever.
            if module.trainer.state.status != TrainerStatus.INTERRUPTED:
                state = module.network.encoder.state_dict()
                self._whole.load_state_dict({key: whole(value) for key, value in state.items()})
            self._whole.train(module.network.encoder.training)
            module.network.encoder, self._whole = self._whole.to(self.root_device), None
        super().teardown()


def whole(value: Any) -> Any:
    """The whole of a sharded tensor, gathered on every rank; any other value unchanged.

    >>> whole(3)
    3
    """
    return value.full_tensor() if _is_part(value) else value


def _is_part(value: Any) -> bool:
    from torch.distributed.tensor import DTensor

    return isinstance(value, DTensor)


def _parts(optimizer: Any, state: Mapping[int, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    """This rank's shards of whole optimiser states."""
    from torch.distributed.tensor import distribute_tensor

    parameters = [each for group in optimizer.param_groups for each in group["params"]]
    for number, values in state.items():
        own = parameters[number]
        yield (
            number,
            {
                name: distribute_tensor(value.to(own.device), own.device_mesh, own.placements)
                if _is_part(own) and isinstance(value, Tensor) and value.shape == own.shape
                else value
                for name, value in values.items()
            },
        )


def _average(parameter: Tensor) -> None:
    """Averages a gradient over the ranks; gradients accumulated before are equal on all ranks."""
    assert parameter.grad is not None
    dist.all_reduce(parameter.grad)
    parameter.grad /= dist.get_world_size()


def _blocks(encoder: nn.Module) -> list[nn.Module]:
    """The outermost entries of lists of modules that have weights to shard."""
    lists = (nn.ModuleList, nn.Sequential)
    found: list[nn.Module] = []
    for child in encoder.children():
        parts = list(child) if isinstance(child, lists) else None
        found += _blocks(child) if parts is None else parts
    return [part for part in found if any(True for _ in part.parameters())]


def _check(trainer: Trainer) -> None:
    module: Any = trainer.lightning_module
    datamodule: Any = getattr(trainer, "datamodule", None)
    refused = {
        "candidates=momentum": any(isinstance(part, Momentum) for part in module.modules()),
        "callbacks=weight_average": any(isinstance(c, WeightAverage) for c in trainer.callbacks),  # type: ignore[attr-defined]
        "trainer.gradient_clip_val": trainer.gradient_clip_val is not None,
        "a view that follows the encoder": bool(datamodule) and datamodule.view.follows_encoder,
    }
    for what, there in refused.items():
        if there:
            raise InputError(
                f"strategy=fsdp does not work with {what}, which reads whole weights: set "
                "strategy=ddp, or leave it out"
            )
