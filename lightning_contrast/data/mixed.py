"""The data module of images and texts in one batch."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar, cast

import numpy as np

from lightning_contrast.data.datamodule import ContrastiveDataModule
from lightning_contrast.data.dataset import Writer
from lightning_contrast.data.image import ImageDataModule
from lightning_contrast.data.mixed_reader import MixedReader
from lightning_contrast.data.prepare import Splits
from lightning_contrast.data.text import TextDataModule, written
from lightning_contrast.rows.partners import partners_of
from lightning_contrast.rows.parts import Parts
from lightning_contrast.types import Inputs, Mixed
from lightning_contrast.views.by_modality import ByModality


class MixedDataModule(TextDataModule):
    """Batches of ``Mixed`` inputs: images as ``ImageDataModule`` gives them, texts as tokens.

    The rows of the source are ``rows.parts.Parts``. The arguments are those of
    ``TextDataModule``; ``view`` is best a ``views.by_modality.ByModality``.
    """

    modality: ClassVar[str] = "mixed"
    most_epochs: ClassVar[int] = 20
    enough_rows: ClassVar[int] = 1_000_000

    def read(self, splits: Splits) -> Callable[[np.ndarray], Inputs]:
        raw = cast(Parts, splits.labelled.raw)
        partners = partners_of(splits.labelled, splits.train, extra=True)
        train = splits.train if partners is None else np.union1d(splits.train, partners.row)
        readers, preprocess = {}, {} if self.preprocess is None else self.preprocess.parts
        self.derived = {}
        for name, (_, own) in raw.of(train).items():
            part = self._part(name)
            part.preprocess = preprocess.get(name)
            rows = raw.numbers(name)
            labelled = splits.labelled._replace(
                raw=raw.parts[name], label=splits.labelled.label[rows], identity=None
            )
            readers[name] = part.read(splits._replace(labelled=labelled, train=own))
            self.derived |= part.derived
            self.unseen |= part.unseen
            preprocess = {**preprocess, name: part.preprocess}
        if self.preprocess is None:
            self.preprocess = MixedReader(preprocess)

        return partial(_inputs, raw, readers)

    def writer(self) -> Writer:
        return partial(_written, cast(Parts, self._ready().labelled.raw), self.preprocess)

    def facts(self, rows: np.ndarray) -> dict[str, Any]:
        return {}

    def _part(self, name: str) -> ContrastiveDataModule:
        """The data module that reads the rows of one modality."""
        view: Any = None
        if isinstance(self.view, ByModality) and name in self.view.views:
            view = self.view.views[name]
        if name == "image":
            return ImageDataModule(self.source, view=view)
        return TextDataModule(
            self.source,
            view=view,
            tokenizer=self.tokenizer,
            max_vocabulary=self.max_vocabulary,
            max_length=self.max_length,
        )


def _written(
    raw: Parts, preprocess: MixedReader, rows: np.ndarray, change: Callable[[str], str]
) -> tuple[Mixed, np.ndarray]:
    texts = rows - raw.starts["text"]
    made, new = written(preprocess.parts["text"], raw.parts["text"], texts, change)
    return Mixed({"text": cast(dict, made)}, {"text": np.arange(len(rows))}), new


def _inputs(raw: Parts, readers: Mapping[str, Any], rows: np.ndarray) -> Mixed:
    # A function of the module, as workers that are spawned are sent it.
    found = raw.of(rows)
    parts: dict[str, Any] = {name: readers[name](own) for name, (_, own) in found.items()}
    return Mixed(parts, {name: places for name, (places, _) in found.items()})
