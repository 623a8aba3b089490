"""What a trained classifier makes of raw rows: texts, or images in whatever form they come."""

from collections.abc import Sequence
from typing import Any

import torch
from lightning_fabric.utilities import move_data_to_device
from torch import Tensor
from torch.nn.functional import normalize

from lightning_contrast.modules.prediction import Prediction, predictions


class RawRows:
    """The side of a classifier that faces its users: ``predict``, ``embed`` and their steps."""

    encoder: Any
    projector: Any
    head: Any
    preprocess: Any
    classes: list[str]
    device: Any
    eval: Any
    prepare: Any
    temperature: float | None = None
    """Of the probabilities, where one was fitted on validation rows (see ``calibrate``)."""

    @torch.inference_mode()
    def predict(
        self,
        raw: Sequence[Any],
        batch_size: int = 64,
        first_row: int = 0,
        abstain_below: float | None = None,
    ) -> list[Prediction]:
        """Label and probabilities of each raw row; errors count rows from ``first_row``.

        ``abstain_below``: no label (None) where even the best class is less probable.

        Raises:
            InputError: the rows are not what this classifier reads; the row is named.
        """
        return self.decide(self.features(raw, batch_size, first_row), abstain_below)

    @torch.inference_mode()
    def embed(self, raw: Sequence[Any], batch_size: int = 64) -> Tensor:
        """Unit embeddings ``(n, d)`` of raw rows."""
        return self.project(self.features(raw, batch_size))

    @torch.inference_mode()
    def features(self, raw: Sequence[Any], batch_size: int = 64, first_row: int = 0) -> Tensor:
        """Encoder features ``(n, f)`` of raw rows."""
        self.check(raw, first_row)
        starts = range(0, len(raw), batch_size)
        batches = (self.preprocess.batch(raw[start : start + batch_size]) for start in starts)
        return torch.cat([self.features_of(inputs) for inputs in batches])

    def features_of(self, inputs: Any) -> Tensor:
        """Encoder features ``(n, f)`` of inputs as ``preprocess.batch`` gives them."""
        self.eval()
        return self.encoder(self.prepare(move_data_to_device(inputs, self.device))).float()

    def decide(self, features: Tensor, abstain_below: float | None = None) -> list[Prediction]:
        """What the head says of features ``(n, f)``, at the fitted temperature if there is one."""
        return predictions(self.head(features), self.classes, self.temperature, abstain_below)

    def project(self, features: Tensor) -> Tensor:
        """Unit embeddings ``(n, d)`` of features ``(n, f)``."""
        return normalize(self.projector(features), dim=1, eps=1e-6)

    def check(self, raw: Sequence[Any], first_row: int = 0) -> None:
        """Raises ``InputError`` for rows that this classifier does not read."""
