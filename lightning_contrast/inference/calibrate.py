"""Calibrates probabilities with a temperature that is fitted on validation rows."""

from typing import TYPE_CHECKING, Any

from lightning_contrast.data.sides import embed_sides
from lightning_contrast.metrics.matching import Matching
from lightning_contrast.metrics.temperature import fit_temperature
from lightning_contrast.types import Answer

if TYPE_CHECKING:
    from lightning_contrast.modules.network import Network
    from lightning_contrast.types import Embedded


def calibrate(network: "Network", validation: "Embedded") -> dict[str, float]:
    """Fits ``network.temperature`` on validation rows; gives it as ``calibration/temperature``.

    ``predict`` divides logits by it, and checkpoints keep it. It changes probabilities, never the
    order of the classes of a row. Without labelled rows it is None, nothing is divided, and no
    figure comes back. A head that decides each label gets the thresholds with the best F1 instead;
    one that decides nothing, or finds boxes, gets neither.
    """
    network.temperature = None
    answer = network.head.answer
    if answer is Answer.LABELS:
        network.head.choose_thresholds(
            validation.logits, network.head.members.cpu()[validation.label]
        )
        return {}
    if answer in (Answer.CLASS, Answer.SPANS):
        network.temperature = fit_temperature(validation.logits, validation.label)
    if network.temperature is None:
        return {}
    return {"calibration/temperature": network.temperature}


def calibrate_pairs(network: "Network", datamodule: Any, quiet: bool = True) -> dict[str, float]:
    """Fits ``network.matching`` on the validation rows and their partners, such as captions.

    ``search`` and ``predict classes=[...]`` then say how likely two rows belong together;
    checkpoints keep it. Gives ``calibration/match_threshold``, a cosine. Without such rows it is
    None, and no figure comes back.
    """
    sides = embed_sides(network, datamodule, datamodule.splits.validation, quiet)
    network.matching = None
    if sides is not None:
        network.matching = Matching.fit(*sides.pairs(datamodule.splits.labelled))
    if network.matching is None:
        return {}
    return {"calibration/match_threshold": network.matching.threshold}
