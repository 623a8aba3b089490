"""The network of a classifier: it predicts, embeds and is exported without the training loop."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import torch
from torch import Tensor, nn

from lightning_contrast.batch import Batch, apply, normalized
from lightning_contrast.errors import InputError
from lightning_contrast.metrics.matching import Matching
from lightning_contrast.metrics.similarity import OF_UNIT_VECTORS, Kind
from lightning_contrast.modules.by_length import by_length
from lightning_contrast.modules.finding import FoundBox, found_boxes
from lightning_contrast.modules.marking import MarkedSpan, marked
from lightning_contrast.modules.prediction import NO_CLASSES, Prediction, decisions
from lightning_contrast.modules.prompt_head import TEMPLATES, PromptHead, prompt_head
from lightning_contrast.modules.reading import of_rows, read
from lightning_contrast.modules.writing import written
from lightning_contrast.types import Answer, Embedded


class Network(nn.Module):
    """Encoder, projector and head, with what turns raw rows into the encoder's inputs.

    The encoder gives the features ``(n, f)`` of a row, the head its logits ``(n, classes)`` from
    the features, the projector its embedding ``(n, d)``, which is made a unit vector here, where
    the ``similarity`` asks for it.

    Args:
        encoder: inputs to features; has ``out_features``.
        projector: features to embedding; has ``out_features``.
        head: features to logits; has ``loss(features, label) -> (sum, weight)``.
        preprocess: ``batch(raw rows) -> inputs``, and what is left to do on the device when called.
        classes: names of the classes, in label order.
        generator: noise and labels to images, where the network was trained beside one.

    ``similarity``: what embeddings are compared by, as the contrast was trained
    (``metrics.similarity``); with ``dot`` and ``euclidean`` they are no unit vectors.
    ``temperature`` divides the logits of predictions, where one was fitted (``calibrate``);
    ``matching`` says how likely two rows of two sides belong together, likewise. ``run``
    is the config of the run that trained the network, empty where it was trained from Python.
    """

    similarity: Kind = "cosine"
    temperature: float | None = None
    matching: Matching | None = None

    def __init__(
        self,
        encoder: Any,
        projector: Any,
        head: Any,
        preprocess: Any,
        classes: Sequence[str],
        generator: Any = None,
    ) -> None:
        super().__init__()
        self.encoder, self.projector, self.head = encoder, projector, head
        self.preprocess, self.generator = preprocess, generator
        self.classes = [str(name) for name in classes]
        head.adopt(encoder)
        self.run: Mapping[str, Any] = {}

    @property
    def modality(self) -> str:
        return self.preprocess.modality

    @property
    def makes(self) -> str | None:
        """What the network can make: ``images``, ``texts``, or None."""
        if self.generator is not None:
            return "images"
        return "texts" if self.head.answer is Answer.TOKEN else None

    @property
    def device(self) -> torch.device:
        return next(chain(self.parameters(), self.buffers()), torch.empty(0)).device

    def forward(self, inputs: Any) -> Tensor:
        """Features ``(n, f)`` of inputs as a batch holds them, on the network's device; those of
        each place, ``(n, t, f)``, of a dense encoder."""
        return self.encoder(self.preprocess(inputs))

    def project(self, features: Tensor) -> Tensor:
        """Embeddings ``(n, d)`` of features ``(n, f)``: unit vectors, unless the contrast compared
        vectors of any length."""
        projected = self.projector(features)
        return normalized(projected) if self.similarity in OF_UNIT_VECTORS else projected

    def decide(self, features: Tensor, abstain_below: float | None = None) -> list[Prediction]:
        """What the head says of features ``(n, f)``, at the fitted temperature if there is one; no
        label where it decides nothing."""
        return decisions(self, features, abstain_below)

    @torch.inference_mode()
    def predict(
        self,
        raw: Sequence[Any],
        batch_size: int = 256,
        first_row: int = 0,
        abstain_below: float | None = None,
    ) -> list[Prediction]:
        """Label and probabilities of each raw row; errors count rows from ``first_row``.

        ``abstain_below``: no label (None) where even the best class is less probable.

        Raises:
            InputError: it knows no classes, or a row, which is named, is not what it reads.
        """
        if self.head.answer is Answer.BOXES:
            raise InputError(
                "the network finds boxes in images, and has no label for a whole one: call "
                "boxes(images)"
            )
        if self.head.answer is Answer.SPANS:
            raise InputError(
                "the network marks spans in texts, and has no label for a whole one: "
                "call spans(texts)"
            )
        if not self.head.answer.of_classes:
            raise InputError(NO_CLASSES)
        return self.decide(self.features(raw, batch_size, first_row), abstain_below)

    @torch.inference_mode()
    def spans(
        self, raw: Sequence[str], batch_size: int = 256, first_row: int = 0, least: float = 0.0
    ) -> list[list[MarkedSpan]]:
        """The spans that a tagger marks in each text, those that are at least so probable.

        Raises:
            InputError: the rows are no texts, or the head is no tagger.
        """
        if self.head.answer is not Answer.SPANS:
            raise InputError("the network marks no spans in texts: call predict(rows)")
        batches = self._batches(raw, batch_size, first_row)
        return [row for texts, dense in batches for row in marked(self, texts, dense, least)]

    @torch.inference_mode()
    def boxes(
        self, raw: Sequence[Any], batch_size: int = 256, first_row: int = 0, least: float = 0.0
    ) -> list[list[FoundBox]]:
        """The boxes that a detector finds in each image, those that are at least so probable, the
        surest first.

        Raises:
            InputError: the rows are no images, or the head finds no boxes.
        """
        batches = self._batches(raw, batch_size, first_row)
        return [row for _, dense in batches for row in found_boxes(self, dense, least)]

    def prompted(
        self,
        classes: Sequence[str],
        templates: Sequence[str] = TEMPLATES,
        words: Mapping[str, Sequence[str]] | None = None,
    ) -> "Network":
        """The network with a head that knows classes by their names: zero-shot.

        The prototype of a class is the mean of the embeddings of its prompts, ``{}`` standing for
        its name (Radford et al. 2021, arXiv:2103.00020, section 3.1.4). A class with ``words`` has
        a prototype for each, and those that are near count (``PromptHead``).

        Raises:
            InputError: the network reads no texts, fewer than two classes, or a template without
                a place for the name.
        """
        head = prompt_head(self, classes, templates, words)
        named = Network(self.encoder, self.projector, head, self.preprocess, classes)
        named.matching, named.similarity = self.matching, self.similarity
        return named

    def of_task(self, task: str) -> "Network":
        """The network with the head of one task alone, of a run with ``head=tasks``.

        Raises:
            InputError: it has no such task.
        """
        head, classes = self.head.alone(task)
        found = Network(self.encoder, self.projector, head, self.preprocess, classes)
        found.run, found.temperature = self.run, self.temperature
        found.similarity = self.similarity
        return found

    def alone(self, name: str) -> "Network":
        """The network of one modality among several, without a head."""
        head = PromptHead(self.projector, torch.empty(0, self.projector.out_features))
        head.answer = Answer.NOTHING
        preprocess = self.preprocess.parts[name]
        found = Network(self.encoder.alone(name), self.projector, head, preprocess, []).eval()
        found.similarity = self.similarity
        return found

    @torch.inference_mode()
    def generate(self, label: Sequence[int], seed: int = 0, batch_size: int = 256) -> Tensor:
        """Made images ``(n, C, H, W)``, from 0 to 1, on the CPU, of classes by their numbers.

        The noise of an image depends on the seed and its place alone.

        Raises:
            InputError: the network has no generator.
        """
        if self.generator is None:
            raise InputError(
                "the network has no generator: give the checkpoint of a run with recipe=contragan, "
                "recipe=reacgan or recipe=gan_projection"
            )
        self.eval()
        source = torch.Generator().manual_seed(seed)
        noise = torch.randn(len(label), self.generator.latent, generator=source)
        batches = zip(noise.split(batch_size), torch.tensor(label).split(batch_size), strict=True)
        device = self.device
        return torch.cat([self.generator(n.to(device), y.to(device)).cpu() for n, y in batches])

    def write(
        self, prompts: Sequence[str], decoding: Any, tokens: int = 64, seed: int = 0
    ) -> list[str]:
        """What the network writes behind each prompt, with a decoding such as
        ``decodings.contrastive.Contrastive()``; ``modules.writing.stream`` gives it as it comes.

        Raises:
            InputError: the network writes no texts, or a prompt is empty or too long.
        """
        return written(self, prompts, decoding, tokens, seed)

    @torch.inference_mode()
    def embed(self, raw: Sequence[Any], batch_size: int = 256) -> Tensor:
        """Embeddings ``(n, d)`` of raw rows, see ``project``."""
        return self.project(self.features(raw, batch_size))

    @torch.inference_mode()
    def features(self, raw: Sequence[Any], batch_size: int = 256, first_row: int = 0) -> Tensor:
        """Encoder features ``(n, f)`` of raw rows."""
        batches = self._batches(raw, batch_size, first_row)
        return torch.cat([of_rows(features) for _, features in batches])

    @torch.inference_mode()
    def encode(self, inputs: Any) -> Tensor:
        """Encoder features ``(n, f)`` of inputs as ``preprocess.batch`` gives them; of a dense
        encoder the mean over the places."""
        return of_rows(self.encode_as_trained(inputs))

    @torch.inference_mode()
    def encode_as_trained(self, inputs: Any) -> Tensor:
        """What the contrast reads its rows of: ``(n, f)``, or ``(n, t, f)`` of a dense encoder."""
        self.eval()
        device = self.device
        return by_length(self, apply(lambda rows: rows.to(device), inputs)).float()

    @torch.inference_mode()
    def read(self, batch: Batch) -> Embedded:
        """Features, embedding and logits of the rows of a batch, on the CPU; where the head is of
        places, those of each place with a label, and the index of the row that it is in; where rows
        have boxes, those of the cell of each box's centre."""
        return read(self, batch)

    def _batches(
        self, raw: Sequence[Any], batch_size: int, first_row: int
    ) -> Iterator[tuple[list[Any], Tensor]]:
        """Raw rows, a batch at a time, with what ``encode_as_trained`` gives of them."""
        self.preprocess.refuse(raw, first_row)
        for start in range(0, len(raw), batch_size):
            rows = list(raw[start : start + batch_size])
            yield rows, self.encode_as_trained(self.preprocess.batch(rows))
