"""Any image model of the timm library, without its classifier."""

from typing import Any

from torch import Tensor

from lightning_contrast.config.ranges import Count
from lightning_contrast.config.trusted import is_rebuilt
from lightning_contrast.encoders.encoder import Encoder
from lightning_contrast.errors import InputError, missing_extra
from lightning_contrast.files.hub import asked_once


class Timm(Encoder):
    """A timm model as encoder: ``(r, channels, H, W) -> (r, its feature width)``.

    Features are the model's pooled output; with ``dense`` the cells of its last map, or its patches
    without class tokens, row by row, ``(r, h w, width)``. timm (Wightman 2019,
    doi:10.5281/zenodo.4414861) is an optional extra; ``timm.list_models()`` names what ``name`` may
    be.

    Args:
        channels: of the images; pretrained weights are adapted by timm.
        image_size: height or width in pixels, for the models that need to know it.
        name: of the model.
        pretrained: load its published weights (a download).
        dense: a vector for each cell.

    Raises:
        InputError: timm is not installed, or has no such model.

    >>> Timm(channels=3, image_size=32, name="resnet18")  # doctest: +SKIP
    """

    modality = "image"

    def __init__(
        self,
        channels: Count,
        image_size: Count,
        name: str = "resnet18",
        pretrained: bool = False,
        dense: bool = False,
    ) -> None:
        super().__init__()
        try:
            import timm
        except ImportError as error:
            raise missing_extra("timm", "timm") from error
        self.channels, self.image_size = channels, image_size
        self.name, self.pretrained, self.dense = name, pretrained, dense
        if not timm.is_model(name):
            raise InputError(
                f"encoder.name {name!r} is not a model of timm {timm.__version__}; "
                "timm.list_models() lists them: set encoder.name=resnet18"
            )
        arguments = {
            "pretrained": pretrained and not is_rebuilt(),
            "in_chans": channels,
            "num_classes": 0,
        }
        try:
            with asked_once(name):
                self.model = _made(timm, name, image_size, arguments)
        except OSError as error:
            raise InputError(
                f"the weights of encoder.name={name!r} can't be fetched from here: set "
                "encoder.pretrained=false"
            ) from error
        # Of the last map; behind the pooling some models have a layer of another width.
        of_map = self.model.num_features
        pooled = getattr(self.model, "head_hidden_size", None) or of_map
        self.out_features = int(of_map if dense else pooled)

    def forward(self, inputs: Tensor) -> Tensor:
        if not self.dense:
            return self.model(inputs)
        found = self.model.forward_features(inputs)
        if found.ndim == 3:  # patches of a transformer, behind its class tokens
            class_token = getattr(self.model, "cls_token", None) is not None  # VOLO says no more
            return found[:, getattr(self.model, "num_prefix_tokens", int(class_token)) :]
        channels_last = found.shape[-1] == self.out_features != found.shape[1]  # as of Swin
        return found.flatten(1, 2) if channels_last else found.flatten(2).transpose(1, 2)


def _made(timm: Any, name: str, size: int, arguments: dict[str, Any]) -> Any:
    try:  # transformers must know the size of the images, convolutions refuse to hear it
        return timm.create_model(name, img_size=size, **arguments)
    except TypeError:
        return timm.create_model(name, **arguments)
