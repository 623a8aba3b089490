"""Writes an encoder of texts as transformers and sentence-transformers load it."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from lightning_contrast.data.tokenizer import Tokenizer
from lightning_contrast.errors import InputError
from lightning_contrast.inference.hub_card import hub_card

if TYPE_CHECKING:
    from lightning_contrast.modules.network import Network

TOLERANCE = 1e-5
TEXTS = ["A striker scored twice.", "shares fell; then, they ROSE", "é ñ 中文 🙂", "word " * 700]
SPECIAL = {
    "cls_token": ("[CLS]", "<s>"),
    "sep_token": ("[SEP]", "</s>"),
    "mask_token": ("[MASK]", "<mask>"),
}
MODULES = "sentence_transformers.models"  # every version of the library knows this name
POOLINGS = ("cls_token", "mean_tokens", "max_tokens")


def write_transformers(network: "Network", folder: Path, card: str | None = None) -> float:
    """The model and its tokenizer, for ``AutoModel`` and ``AutoTokenizer``; and a model card.

    Returns the largest difference between its states, once it is loaded again, and the encoder's.

    Raises:
        InputError: the encoder is no model of transformers, or the files differ from it.
    """
    from transformers import AutoModel, AutoTokenizer

    model = network.encoder.merged().transformer()
    most = longest(network)
    model.save_pretrained(folder)
    tokenizer_of(network.preprocess, most).save_pretrained(folder)
    readme = hub_card(network, most, "transformers", card)
    Path(folder, "README.md").write_text(readme, encoding="utf-8")
    tokens = AutoTokenizer.from_pretrained(folder)(
        TEXTS, padding=True, truncation=True, max_length=most, return_tensors="pt"
    )
    ours = Tokenizer(network.preprocess.json, most).batch(TEXTS)
    if not torch.equal(tokens["input_ids"], ours["input_ids"]):
        raise InputError(
            "the tokenizer of the checkpoint can't be written for transformers, which would cut "
            "texts into other tokens: formats=[pt2,onnx] write it"
        )
    with torch.inference_mode():
        loaded = AutoModel.from_pretrained(folder, dtype="float32").eval()
        states = [each(**ours).last_hidden_state for each in (loaded, model.eval())]
    difference = float((states[0] - states[1]).abs().max())
    if not difference <= TOLERANCE:
        raise InputError(
            f"model.safetensors differs from the encoder by {difference:.1g}, but at most "
            f"{TOLERANCE:g} is allowed: formats=[pt2,onnx] write it"
        )
    return difference


def write_sentence_transformers(network: "Network", folder: Path, card: str | None = None) -> float:
    """As ``write_transformers``, with pooling and projector: ``SentenceTransformer(folder)`` gives
    the embeddings of ``network.embed``, of texts that are no longer than the encoder reads.

    Raises:
        InputError: as there, or pooling or projector have no counterpart.
    """
    pooling = network.encoder.pooled_by()
    layers = [*dense(network.projector.steps())]
    difference = write_transformers(network, folder, card)
    most, width = longest(network), network.encoder.out_features
    modules = ["Transformer", "Pooling", *["Dense"] * len(layers), "Normalize"]
    paths = [f"{number}_{kind}" if number else "" for number, kind in enumerate(modules)]
    entries = [
        {"idx": number, "name": str(number), "path": path, "type": f"{MODULES}.{kind}"}
        for number, (kind, path) in enumerate(zip(modules, paths, strict=True))
    ]
    modes = {f"pooling_mode_{kind}": kind.startswith(pooling) for kind in POOLINGS}
    _write(folder / "modules.json", entries)
    _write(folder / "sentence_bert_config.json", {"max_seq_length": most, "do_lower_case": False})
    _write(folder / "config_sentence_transformers.json", {"similarity_fn_name": "cosine"})
    _write(folder / paths[1] / "config.json", {"word_embedding_dimension": width, **modes})
    for path, (linear, activation) in zip(paths[2:-1], layers, strict=True):
        _write_dense(folder / path, linear, activation)
    readme = hub_card(network, most, "sentence-transformers", card)
    Path(folder, "README.md").write_text(readme, encoding="utf-8")
    return difference


def longest(network: "Network") -> int:
    """Tokens that the encoder reads of a text."""
    return min(network.encoder.context, network.preprocess.max_length)


def tokenizer_of(tokenizer: Any, most: int) -> Any:
    """The tokenizer as one of transformers, which cuts texts after ``most`` tokens."""
    from tokenizers import Tokenizer as Pipeline
    from transformers import PreTrainedTokenizerFast

    pipeline = Pipeline.from_str(tokenizer.json)
    name = pipeline.id_to_token
    special = {
        kind: next((token for token in tokens if pipeline.token_to_id(token) is not None), None)
        for kind, tokens in SPECIAL.items()
    }
    return PreTrainedTokenizerFast(
        tokenizer_object=pipeline,
        model_max_length=most,
        model_input_names=["input_ids", "attention_mask"],
        pad_token=name(tokenizer.padding_index),
        unk_token=name(tokenizer.unknown_index),
        **{kind: token for kind, token in special.items() if token is not None},
    )


def dense(steps: Sequence[nn.Module]) -> Iterator[tuple[nn.Linear, str]]:
    """The linear layers of a projector, batch norm folded in, and what follows each.

    >>> from lightning_contrast.projectors.mlp import MLPProjector
    >>> steps = MLPProjector(4, batch_norm=True).eval().steps()
    >>> [activation for _, activation in dense(steps)]
    ['activation.ReLU', 'linear.Identity']
    """
    for place, step in enumerate(steps):
        if isinstance(step, nn.Linear):
            norm, *behind = [*steps[place + 1 : place + 3], None]
            active = any(isinstance(one, nn.ReLU) for one in (norm, *behind))
            if isinstance(norm, nn.BatchNorm1d):
                step = nn.utils.fuse_linear_bn_eval(step, norm)
            yield step, "activation.ReLU" if active else "linear.Identity"


def _write_dense(folder: Path, linear: nn.Linear, activation: str) -> None:
    from safetensors.torch import save_file

    settings = {
        "in_features": linear.in_features,
        "out_features": linear.out_features,
        "bias": True,
        "activation_function": f"torch.nn.modules.{activation}",
    }
    _write(folder / "config.json", settings)
    held = {f"linear.{name}": value.contiguous() for name, value in linear.state_dict().items()}
    save_file(held, folder / "model.safetensors")


def _write(path: Path, value: Any) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
