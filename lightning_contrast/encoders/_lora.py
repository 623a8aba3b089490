"""Low-rank adapters of a pretrained model, by ``peft``."""

from collections.abc import Sequence
from copy import deepcopy
from hashlib import blake2b
from typing import Any

import torch
from torch import Tensor, nn

from lightning_contrast.errors import InputError, listing, missing_extra

OWN = "lora_"  # begins the name of each part of an adapter
SCALE = 2  # of what an adapter adds
SEPARATE = ("query", "value", "q_proj", "v_proj", "q_lin", "v_lin", "q", "v")
WITH_KEYS = ("c_attn", "Wqkv", "qkv", "qkv_proj", "query_key_value")
TARGETS = (*SEPARATE, *WITH_KEYS)
"""Queries and values, as the models of transformers call them."""


def add_lora(
    model: Any, frozen: Sequence[nn.Module], rank: int, targets: Sequence[str] | None
) -> None:
    """Puts an adapter beside each target that is not in a frozen part; the adapters alone learn."""
    try:
        import peft
    except ImportError as error:
        raise missing_extra("peft", "lora") from error
    from transformers.pytorch_utils import Conv1D

    wanted = TARGETS if targets is None else targets
    still = set(map(id, frozen))
    matrices = {
        name: part
        for name, part in model.named_modules()
        if isinstance(part, nn.Linear | Conv1D) and id(part) not in still
    }
    chosen = [name for name in matrices if name.rpartition(".")[2] in wanted]
    if not matrices:
        raise InputError(
            "encoder.adapter learns in the trainable layers, and there are none: set "
            "encoder.trainable_layers=-1"
        )
    if not chosen:
        names = dict.fromkeys(name.rpartition(".")[2] for name in matrices)
        raise InputError(
            f"encoder.adapter_targets={targets and list(targets)} names no matrix of this model, "
            f"whose layers have {listing(list(names))}: set "
            f"encoder.adapter_targets=[{next(iter(names))}]"
        )
    transposed = isinstance(matrices[chosen[0]], Conv1D)
    settings = peft.LoraConfig(
        r=rank, lora_alpha=SCALE * rank, target_modules=chosen, fan_in_fan_out=transposed
    )
    peft.inject_adapter_in_model(settings, model)


def merged(model: Any) -> Any:
    """A copy of the model with its adapters added to its own weights."""
    from peft.tuners.tuners_utils import BaseTunerLayer

    model = deepcopy(model)
    for name, part in list(model.named_modules()):
        if isinstance(part, BaseTunerLayer):
            part.merge()
            model.set_submodule(name, part.get_base_layer())
    return model


def keep_apart(encoder: nn.Module) -> None:
    """Leaves the model's own weights, as they are now, out of the states of the encoder.

    A state holds their hash instead, and is loaded only where they are the same.
    """
    encoder.register_buffer("base", _digest(encoder.model))  # type: ignore[arg-type]
    encoder.register_state_dict_post_hook(_leave_out)
    encoder.register_load_state_dict_pre_hook(_fill_in)


def _digest(model: nn.Module) -> Tensor:
    found = blake2b(digest_size=16)
    for value in model.state_dict().values():
        found.update(value.cpu().contiguous().view(-1).view(torch.uint8).numpy())
    return torch.frombuffer(bytearray(found.digest()), dtype=torch.uint8)


def _own(encoder: Any) -> dict[str, Tensor]:
    """The model's own weights and buffers, by name in the encoder."""
    held = encoder.model.state_dict().items()
    return {f"model.{name}": value for name, value in held if OWN not in name}


def _leave_out(encoder: Any, state: dict[str, Tensor], prefix: str, *_: Any) -> None:
    for name in _own(encoder):
        state.pop(prefix + name, None)


def _fill_in(encoder: Any, state: dict[str, Tensor], prefix: str, *_: Any) -> None:
    if not torch.equal(state.get(f"{prefix}base", encoder.base).cpu(), encoder.base.cpu()):
        raise InputError(
            f"encoder.name_or_path={encoder.name_or_path!r} has other weights than the model that "
            "the adapter was trained with: take that model"
        )
    state.update(
        {
            prefix + name: value
            for name, value in _own(encoder).items()
            if prefix + name not in state
        }
    )
