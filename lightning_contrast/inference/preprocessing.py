"""Describes how a text or an image is prepared for an exported classifier."""

import json
from typing import TYPE_CHECKING

from lightning_contrast.modalities import modality_of
from lightning_contrast.types import Answer

if TYPE_CHECKING:
    from lightning_contrast.modules.network import Network


BOXES = (
    "float32 (batch, cells, 4): left, top, right and bottom as shares of the image. An object is "
    "where a class is most probable among the 3 x 3 cells around; of such boxes of a class that "
    "overlap by more than a half, the surest stays"
)


def preprocessing_files(network: "Network") -> dict[str, str]:
    """The text files beside the models, by name: ``preprocessing.json``, and a tokenizer of texts.

    ``preprocessing.json`` holds classes, inputs, outputs, and how to make the inputs.
    """
    answer, width = network.head.answer, network.projector.out_features
    finds, tags = (answer is one for one in (Answer.BOXES, Answer.SPANS))
    rows = "batch, cells" if finds else "batch, tokens" if tags else "batch"
    described, files = modality_of(network.modality).exported(network.preprocess)
    whole = {"modality": network.modality, **described}
    outputs = {"embedding": f"float32 ({rows}, {width}), of unit norm"}
    if answer.of_classes:
        each = f"float32 ({rows}, {len(network.classes)})"
        outputs = {"probabilities": f"{each}, in the order of classes", **outputs, "logits": each}
        whole |= {
            "classes": network.classes,
            "temperature": network.temperature,
            "temperature_means": "probabilities = sigmoid(logits), of each class"
            if finds or answer is Answer.LABELS
            else "probabilities = softmax(logits / temperature); null: not calibrated",
        }
    whole["outputs"] = outputs | ({"boxes": BOXES} if finds else {})
    return {"preprocessing.json": json.dumps(whole, indent=2) + "\n", **files}
