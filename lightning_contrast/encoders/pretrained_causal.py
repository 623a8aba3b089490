"""Any Hugging Face causal language model as an encoder."""

import inspect
import json
from collections.abc import Mapping
from copy import copy
from typing import Annotated, Any

import torch
from torch import Tensor, nn

from lightning_contrast.config.ranges import Range
from lightning_contrast.config.trusted import is_rebuilt
from lightning_contrast.encoders._causal_encoder import CausalEncoder
from lightning_contrast.encoders._hugging_face import load, rebuild
from lightning_contrast.encoders._layers import frozen
from lightning_contrast.encoders._pooling import pool
from lightning_contrast.errors import InputError

Past = tuple[Tensor, Any]
"""Which tokens were there, bool ``(r, T)``, and the cache of transformers."""


class PretrainedCausal(CausalEncoder):
    """A pretrained causal language model; its last states are the features, ``(r, T, f)``.

    Args:
        name_or_path: a folder, an installed package that ships weights, or a hub name.
        trainable_layers: the top n layers learn, and what stands behind them; 0 none, -1 all.
        config: the model's own configuration as a plain dict: the architecture is built from it
            with random weights, as a checkpoint (it stores the dict) is loaded; None: the weights.
        dense: False: the mean over the tokens, ``(r, f)``.

    Raises:
        InputError: no such model, or one that is not causal; a model that does more than one
            linear layer between its last states and its logits; a text longer than the model reads.

    >>> small = {"model_type": "gpt2", "n_embd": 8, "n_layer": 1, "n_head": 2, "vocab_size": 9}
    >>> encoder, ids = PretrainedCausal("small", config=small), torch.tensor([[3, 1, 4]])
    >>> encoder({"input_ids": ids, "attention_mask": torch.ones_like(ids)}).shape
    torch.Size([1, 3, 8])
    """

    def __init__(
        self,
        name_or_path: str,
        trainable_layers: Annotated[int, Range(least=-1)] = -1,
        config: Mapping[str, Any] | None = None,
        dense: bool = True,
    ) -> None:
        super().__init__()
        self.name_or_path, self.trainable_layers = name_or_path, trainable_layers
        self.dense = dense
        if config is None and is_rebuilt():
            raise InputError("encoder.config is missing, of which the model is to be built")
        self.model = load(name_or_path, causal=True) if config is None else rebuild(config, True)
        self.config: dict[str, Any] = json.loads(self.model.config.to_json_string(use_diff=True))
        self.out_features: int = self.model.config.hidden_size
        self._most = getattr(self.model.config, "max_position_embeddings", None)
        read = inspect.signature(self.model.base_model.forward).parameters
        self._places = "position_ids" in read
        self._frozen = frozen(self.model, trainable_layers)
        self._check_output()
        self.train()

    def train(self, mode: bool = True) -> "PretrainedCausal":
        super().train(mode)
        for part in self._frozen:
            part.training = False
        return self

    def forward(self, inputs: dict[str, Tensor]) -> Tensor:
        ids, mask = inputs["input_ids"], inputs["attention_mask"]
        self._check_length(ids.shape[1])
        states = self.model.base_model(input_ids=ids, attention_mask=mask, use_cache=False)
        states = states.last_hidden_state
        return states * mask[..., None] if self.dense else pool(states, mask, "mean")

    def go_on(self, inputs: dict[str, Tensor], past: Past | None = None) -> tuple[Tensor, Past]:
        new = inputs["attention_mask"].bool()
        there, kept = (new, None) if past is None else (torch.cat((past[0], new), 1), past[1])
        self._check_length(there.shape[1])
        place = (there.long().cumsum(1) - 1).clamp_min(0)[:, -new.shape[1] :]
        places = {"position_ids": place} if self._places else {}
        found = self.model.base_model(
            input_ids=inputs["input_ids"],
            attention_mask=there.long(),
            past_key_values=_copied(kept),
            use_cache=True,
            **places,
        )
        return found.last_hidden_state * new[..., None], (there, found.past_key_values)

    def chosen(self, past: Past, rows: Tensor) -> Past:
        kept = _copied(past[1])
        kept.reorder_cache(rows)
        return past[0][rows], kept

    def output_layer(self) -> nn.Linear:
        return self.model.get_output_embeddings()

    def token_vectors(self) -> Tensor:
        """The vector of each entry of the vocabulary, ``(V, f)``."""
        return self.model.get_input_embeddings().weight.detach()

    def _check_length(self, tokens: int) -> None:
        if self._most is not None and tokens > self._most:
            raise InputError(
                f"encoder.name_or_path={self.name_or_path!r} reads at most {self._most} tokens, "
                f"got {tokens}: set datamodule.max_length={self._most}"
            )

    @torch.no_grad()
    def _check_output(self) -> None:
        """Some models scale or cap their logits; the head would not."""
        self.model.eval()
        token = torch.ones(1, 1, dtype=torch.long)  # 0 may be padding, which has no vector
        states = self.model.base_model(input_ids=token).last_hidden_state
        own, logits = self.output_layer()(states), self.model(input_ids=token).logits
        if (own - logits).abs().max() > 1e-3 * own.abs().max():
            raise InputError(
                f"encoder.name_or_path={self.name_or_path!r} changes its logits behind the last "
                "layer (it scales or caps them), which is not supported: take another model"
            )


def _copied(cache: Any) -> Any:
    """A cache that can be gone on with, while the given one stays; the tensors are shared."""
    if cache is None:
        return None
    new = copy(cache)
    new.layers = [copy(layer) for layer in cache.layers]
    return new
