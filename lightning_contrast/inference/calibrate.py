"""Calibrates probabilities with a temperature that is fitted on validation rows."""

from typing import TYPE_CHECKING

from lightning_contrast.metrics.temperature import fit_temperature

if TYPE_CHECKING:
    from lightning_contrast.modules.network import Network
    from lightning_contrast.types import Embedded


def calibrate(network: "Network", validation: "Embedded") -> dict[str, float]:
    """Fits ``network.temperature`` on validation rows; gives it as ``calibration/temperature``.

    ``predict`` divides logits by it, and checkpoints keep it. It changes probabilities, never the
    order of the classes of a row. Without labelled rows it is None, nothing is divided, and no
    figure comes back. A head that decides each label gets the thresholds with the best F1 instead;
    one that decides nothing gets neither.
    """
    network.temperature = None
    if network.head.decides_sets:
        network.head.choose_thresholds(
            validation.logits, network.head.members.cpu()[validation.label]
        )
        return {}
    if network.head.decides:
        network.temperature = fit_temperature(validation.logits, validation.label)
    if network.temperature is None:
        return {}
    return {"calibration/temperature": network.temperature}
