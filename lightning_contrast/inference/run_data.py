"""The data of the run that a checkpoint comes from."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lightning_contrast.errors import InputError

if TYPE_CHECKING:
    from lightning_contrast.data.datamodule import ContrastiveDataModule
    from lightning_contrast.modules.classifier import ContrastiveClassifier


def run_data(
    model: "ContrastiveClassifier", source: Mapping[str, Any] | None = None
) -> "ContrastiveDataModule":
    """The run's data module, set up, or that of another ``source`` (a config) of its classes.

    Raises:
        InputError: the classifier was trained from Python, so that nothing is known of its data; a
            source that can't be read, or has classes that the classifier does not know.
    """
    from lightning_contrast.build.parts import build_datamodule
    from lightning_contrast.data.relabel import relabel

    if not model.run:
        raise InputError(
            "the checkpoint was trained from Python and holds no config of its data: search from "
            "Python too, with Index.of(model, datamodule)"
        )
    other = {} if source is None else {"source": source, "distribution": None}
    datamodule = build_datamodule({**model.run, **other}, preprocess=model.preprocess)
    relabel(datamodule, model.classes)
    return datamodule
