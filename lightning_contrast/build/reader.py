"""A network that reads texts with a pretrained model, as it is."""

from typing import TYPE_CHECKING

from lightning_contrast.config.construct import construct
from lightning_contrast.errors import InputError

if TYPE_CHECKING:
    from lightning_contrast.modules.network import Network

ENCODER = "lightning_contrast.encoders.pretrained.Pretrained"
PROJECTOR = "lightning_contrast.projectors.identity.IdentityProjector"
HEAD = "lightning_contrast.heads.none.NoHead"


def pretrained_reader(
    model: str, key: str, max_length: int = 256, pooling: str = "mean", words: bool = False
) -> "Network":
    """The network of a pretrained model of texts; a mistake names the setting ``key``."""
    from lightning_contrast.data.tokenizer import Tokenizer
    from lightning_contrast.modules.network import Network

    arguments = {"pooling": pooling, "words": words, "context": max_length}
    described = {"_target_": ENCODER, "name_or_path": model, "trainable_layers": 0}
    try:
        encoder = construct({**described, **arguments})
    except InputError as error:
        raise InputError(str(error).replace("encoder.name_or_path", key)) from error
    sizes = {"in_features": encoder.out_features, "classes": 0}
    projector, head = (construct({"_target_": part}, **sizes) for part in (PROJECTOR, HEAD))
    return Network(encoder, projector, head, Tokenizer.pretrained(model, max_length), [])
