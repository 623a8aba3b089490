"""Models of Hugging Face transformers: with their weights, or the architecture alone."""

import logging
from collections.abc import Mapping
from typing import Any

from lightning_contrast.errors import InputError, missing_extra
from lightning_contrast.files.hub import asked_once
from lightning_contrast.files.pretrained import locate


def load(name_or_path: str, fetch: bool = True, causal: bool = False) -> Any:
    """The model with its weights, in float32; without ``fetch`` it must be on this machine.

    ``causal``: with the layer that predicts the next token; raises for a model that has none.
    """
    transformers = imported()
    place = locate(name_or_path)
    try:
        with asked_once(place):
            if causal:
                told = transformers.AutoConfig.from_pretrained(place)
                check_causal(told.model_type, f"encoder.name_or_path={name_or_path!r}")
            auto = transformers.AutoModelForCausalLM if causal else transformers.AutoModel
            return auto.from_pretrained(
                place,
                dtype="float32",
                trust_remote_code=False,
                local_files_only=not fetch,
                use_safetensors=None if fetch else True,
            )
    except InputError:
        raise
    except (OSError, ValueError) as error:
        raise InputError(
            f"encoder.name_or_path={name_or_path!r} is neither a folder with a model, nor an "
            "installed package that ships one, nor "
            + ("on the Hugging Face hub as seen from here" if fetch else "downloaded from the hub")
        ) from error


def rebuild(config: Mapping[str, Any], causal: bool = False) -> Any:
    """The architecture that ``config`` describes, with random weights; ``causal`` as of ``load``.

    Only the settings that a language model of its type knows by itself are taken over: others
    could have code or weights fetched.
    """
    transformers = imported()
    auto = transformers.models.auto.modeling_auto
    kind = config.get("model_type")
    if kind not in auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES | auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES:
        raise InputError(f"encoder.config is of no language model: its model_type is {kind!r}")
    if causal:
        check_causal(kind, "encoder.config")
    model = transformers.AutoModelForCausalLM if causal else transformers.AutoModel
    return model.from_config(own_settings(config), trust_remote_code=False)


def own_settings(config: Mapping[str, Any]) -> Any:
    """The configuration of a model, of the settings that its type knows by itself."""
    auto = imported().AutoConfig
    own = auto.for_model(config["model_type"])
    known = own.to_dict().keys() - own.sub_configs.keys()
    settings = {key: value for key, value in config.items() if key in known and key[0] != "_"}
    return auto.for_model(**settings)


def check_causal(kind: Any, what: str) -> None:
    """Raises ``InputError`` for a kind of model that predicts no next token, or shows each token
    those behind it."""
    auto = imported().models.auto.modeling_auto
    both_ways = auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES.keys()
    if kind not in auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES.keys() - both_ways:
        raise InputError(
            f"{what} is a model of type {kind}, which is not causal: take one such as gpt2, or "
            "set encoder=causal"
        )


def imported() -> Any:
    """``transformers``, imported late (it takes seconds) and without its progress bars."""
    try:
        import transformers
    except ImportError as error:
        raise missing_extra("transformers", "text") from error
    transformers.utils.logging.disable_progress_bar()
    # What these two say of every load means nothing to a person who fine-tunes on one machine.
    for noisy in ("modeling_utils", "distributed.tensor_parallel"):
        logging.getLogger(f"transformers.{noisy}").setLevel(logging.ERROR)
    return transformers
