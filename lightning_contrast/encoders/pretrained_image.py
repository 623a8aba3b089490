"""Any Hugging Face vision model as an encoder."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from lightning_contrast.config.ranges import Range
from lightning_contrast.config.trusted import is_rebuilt
from lightning_contrast.encoders._hugging_face import imported, own_settings
from lightning_contrast.encoders._layers import frozen
from lightning_contrast.encoders.encoder import Encoder
from lightning_contrast.errors import InputError
from lightning_contrast.files.pretrained import locate

SETTINGS = "preprocessor_config.json"
WHOLE = {"clip", "metaclip_2", "perceiver", "shieldgemma2", "siglip", "siglip2", "timm_wrapper"}
"""Types that classify images, and are more than a vision model."""
Pooling = Literal["own", "first", "mean"]


class PretrainedImage(Encoder):
    """A pretrained vision model; ``(r, 3, H, W) -> features (r, f)``.

    ViT, DINOv2, ConvNeXt, ResNet, Swin and so on, and the vision towers of CLIP and SigLIP: what
    ``AutoModel`` of ``transformers`` loads, without torchvision. Images come normalised by
    the data's own statistics; here they get the normalisation that the model was trained with, and
    are resized to the size that it knows, where it knows one.

    Args:
        name_or_path: a folder with a model, or a name on the hub.
        pooling: ``own``: what the model itself gives for an image; ``first``: its first token;
            ``mean``: the mean of its tokens, or of its map.
        trainable_layers: the top n layers learn, 0 none, -1 all.
        channel_mean, channel_std: by which the images were normalised.
        config: the model's own configuration as a plain dict; where it is given, the architecture
            is built from it with random weights. A checkpoint stores it.
        normalisation: the mean and the deviation of each channel that the model expects; None: what
            its ``preprocessor_config.json`` says, and 0.5 without one.

    Raises:
        InputError: no such model, one without a pooling of its own, or images that are grey.

    >>> PretrainedImage("facebook/dinov2-small", [0.5] * 3, [0.25] * 3)  # doctest: +SKIP
    """

    modality = "image"
    shift: Tensor
    scale: Tensor

    def __init__(
        self,
        name_or_path: str,
        channel_mean: Sequence[float],
        channel_std: Sequence[float],
        pooling: Pooling = "own",
        trainable_layers: Annotated[int, Range(least=-1)] = 0,
        config: Mapping[str, Any] | None = None,
        normalisation: Sequence[Sequence[float]] | None = None,
    ) -> None:
        super().__init__()
        if len(channel_mean) != 3:
            raise InputError(
                "encoder PretrainedImage reads colours, and the images have "
                f"{len(channel_mean)} channel: set source.channels=3"
            )
        self.name_or_path, self.pooling = name_or_path, pooling
        self.trainable_layers = trainable_layers
        self.channel_mean, self.channel_std = list(channel_mean), list(channel_std)
        self.model: Any = load(name_or_path) if config is None else rebuild(config)
        pooler = getattr(self.model, "pooler", None)
        if pooling != "own" and pooler is not None and any(True for _ in pooler.parameters()):
            self.model.pooler = None  # kept, its parameters would get no gradient
        self.config: dict[str, Any] = json.loads(self.model.config.to_json_string(use_diff=True))
        if normalisation is None:
            normalisation = normalisation_of(name_or_path) if config is None else [[0.5] * 3] * 2
        self.normalisation = [list(map(float, column)) for column in normalisation]
        # (x std + mean - their mean) / their std, as one multiplication and one addition.
        own, given = (
            torch.tensor([self.channel_mean, self.channel_std]),
            torch.tensor(self.normalisation),
        )
        scale, shift = own[1] / given[1], (own[0] - given[0]) / given[1]
        self.register_buffer("scale", scale.view(3, 1, 1), persistent=False)
        self.register_buffer("shift", shift.view(3, 1, 1), persistent=False)
        size = getattr(self.model.config, "image_size", None)
        self.side = (size, size) if isinstance(size, int) else size and tuple(size)
        self._frozen = frozen(self.model, trainable_layers)
        self.train()
        with torch.no_grad():
            height, width = self.side or (64, 64)
            self.eval()
            self.out_features = self(torch.zeros(1, 3, height, width)).shape[1]
            self.train()

    def train(self, mode: bool = True) -> "PretrainedImage":
        super().train(mode)
        for part in self._frozen:
            part.training = False
        return self

    def forward(self, inputs: Tensor) -> Tensor:
        images = inputs * self.scale + self.shift
        if self.side is not None and tuple(images.shape[-2:]) != self.side:
            shrinks = images.shape[-1] > self.side[1]
            images = interpolate(images, self.side, mode="bilinear", antialias=shrinks)
        output = self.model(pixel_values=images)
        if self.pooling == "own":
            if (pooled := getattr(output, "pooler_output", None)) is None:
                raise InputError(
                    f"the model {self.name_or_path} has no pooling of its own: set "
                    "encoder.pooling=first or encoder.pooling=mean"
                )
            return pooled.flatten(1)
        states = output.last_hidden_state
        if states.ndim == 4:  # a map
            if self.pooling == "first":
                raise InputError(
                    f"the model {self.name_or_path} gives a map, which has no first token: set "
                    "encoder.pooling=mean"
                )
            return states.mean((2, 3))
        return states[:, 0] if self.pooling == "first" else states.mean(1)


def load(name_or_path: str) -> Any:
    """The model with its weights, in float32; of a model of pictures and texts the vision tower."""
    if is_rebuilt():
        raise InputError("encoder.config is missing, of which the model is to be built")
    transformers = imported()
    place = locate(name_or_path)
    try:
        config = transformers.AutoConfig.from_pretrained(place, trust_remote_code=False)
        config = getattr(config, "vision_config", config)
        return transformers.AutoModel.from_pretrained(
            place, config=config, dtype="float32", trust_remote_code=False
        )
    except (OSError, ValueError) as error:
        raise InputError(
            f"encoder.name_or_path={name_or_path!r} is neither a folder with a vision model, nor "
            "on the Hugging Face hub as seen from here"
        ) from error


def rebuild(config: Mapping[str, Any]) -> Any:
    """The architecture that ``config`` describes, with random weights; only settings that a vision
    model of its type knows by itself are taken over."""
    transformers = imported()
    auto = transformers.models.auto.modeling_auto
    towers = {kind for kind in auto.MODEL_MAPPING_NAMES if kind.endswith("_vision_model")}
    images = {*auto.MODEL_FOR_IMAGE_CLASSIFICATION_MAPPING_NAMES, "dinov3_vit"}
    if (kind := config.get("model_type")) not in (images | towers) - WHOLE:
        raise InputError(f"encoder.config is of no vision model: its model_type is {kind!r}")
    return transformers.AutoModel.from_config(own_settings(config), trust_remote_code=False)


def normalisation_of(name_or_path: str) -> list[list[float]]:
    """The mean and the deviation of each channel that a model was trained with."""
    from transformers.utils import cached_file

    found = cached_file(locate(name_or_path), SETTINGS, _raise_exceptions_for_missing_entries=False)
    if found is None:
        return [[0.5] * 3] * 2
    with open(found, encoding="utf-8") as file:
        settings = json.load(file)
    return [settings.get(name, [0.5] * 3) for name in ("image_mean", "image_std")]
