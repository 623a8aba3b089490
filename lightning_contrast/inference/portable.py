"""A classifier as one plain module, from inputs to probabilities, embedding and logits."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from lightning_contrast.modules.network import Network
from lightning_contrast.modules.reading import of_rows
from lightning_contrast.types import Answer

OUTPUTS = ("probabilities", "embedding", "logits")


class Portable(nn.Module):
    """The parts of a classifier that predict, with plain tensors as inputs, for export.

    ``probabilities (n, classes)`` use the fitted temperature, or are sigmoids where rows have
    several labels; ``embedding (n, d)`` is that of ``Network.project``; ``logits (n, classes)`` are
    those of the head. A tagger gives all three for each token: ``(n, T, classes)``, ``(n, T, d)``.
    So does a detector for each cell, with sigmoids for probabilities, and ``boxes (n, T, 4)``
    beside them: left, top, right and bottom as shares of the image. A network whose head knows no
    classes, such as one that writes texts, gives the embedding alone.
    """

    inputs: tuple[str, ...]
    names: tuple[str, ...]

    def __init__(self, network: Network) -> None:
        super().__init__()
        encoder = network.eval().encoder.merged()
        parts = (network.projector, network.head, network.preprocess, network.classes)
        self.network = Network(encoder, *parts).eval()
        self.network.similarity = network.similarity
        self.temperature = network.temperature or 1.0
        answer = network.head.answer
        self.names = OUTPUTS if answer.of_classes else ("embedding",)
        if answer is Answer.BOXES:
            self.names = (*OUTPUTS, "boxes")

    def outputs(self, inputs: Any) -> tuple[Tensor, ...]:
        features, head = self.network(inputs).float(), self.network.head
        features = features if head.answer.of_places else of_rows(features)
        embedding = self.network.project(features)
        if not head.answer.of_classes:
            return (embedding,)
        logits = head(features)
        if head.answer is Answer.BOXES:
            return logits.sigmoid(), embedding, logits, head.boxes(features)
        if head.answer is Answer.LABELS:
            return logits.sigmoid(), embedding, logits
        return (logits / self.temperature).softmax(-1), embedding, logits


class PortableTexts(Portable):
    """``input_ids``, ``attention_mask``, each int64 ``(n, T)``, T from 0 up.

    A text without tokens becomes one unknown token, as in ``data.tokenizer``.
    """

    inputs = ("input_ids", "attention_mask")

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, ...]:
        # Two columns of padding do not change the outputs. Without them a tracer would specialise
        # on texts of one token.
        reader = self.network.preprocess
        ids = pad(input_ids, (0, 2), value=reader.padding_index)
        mask = pad(attention_mask, (0, 2))
        empty = mask.sum(1, keepdim=True) == 0
        there = empty & (torch.arange(ids.shape[1]) == 0)
        ids = ids.masked_fill(there, reader.unknown_index)
        found = self.outputs({"input_ids": ids, "attention_mask": mask.masked_fill(there, 1)})
        if not self.network.head.answer.of_places:
            return found
        chances, embedding, logits = (each[:, : input_ids.shape[1]] for each in found)
        return chances, embedding, logits

    def example(self, rows: int, tokens: int) -> tuple[Tensor, ...]:
        """Random inputs: texts of ``tokens`` tokens and fewer, down to none."""
        generator = torch.Generator().manual_seed(rows)
        ids = torch.randint(
            self.network.preprocess.vocabulary_size, (rows, tokens), generator=generator
        )
        length = torch.randint(tokens + 1, (rows, 1), generator=generator)
        length[0] = tokens
        mask = (torch.arange(tokens) < length).long()
        return torch.where(mask > 0, ids, self.network.preprocess.padding_index), mask

    def examples(self) -> list[tuple[Tensor, ...]]:
        """Inputs for the check of an export: one row and several; no token, one and many."""
        most = self.network.preprocess.max_length
        return [
            self.example(rows, min(tokens, most))
            for rows, tokens in ((1, 0), (1, 1), (2, 300), (5, 9))
        ]


class PortableImages(Portable):
    """``images (n, C, H, W)``, float32 from 0 to 1; the module normalises them."""

    inputs = ("images",)

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        return self.outputs(images)

    def examples(self) -> list[tuple[Tensor, ...]]:
        """Inputs for the check of an export: one image and several."""
        reader = self.network.preprocess
        generator = torch.Generator().manual_seed(0)
        shape = (reader.channels, *reader.size)
        return [(torch.rand(rows, *shape, generator=generator),) for rows in (1, 2, 5)]


def portable(network: Network) -> Any:
    """The portable module of a classifier."""
    return {"text": PortableTexts, "image": PortableImages}[network.modality](network)
