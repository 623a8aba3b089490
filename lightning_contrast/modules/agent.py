"""Contrastive agent: the critic of where its moves lead to."""

from lightning_contrast.config.part import Run, name_of
from lightning_contrast.errors import InputError
from lightning_contrast.modules.classifier import ContrastiveClassifier
from lightning_contrast.types import Answer


class ContrastiveAgent(ContrastiveClassifier):
    """Trains an encoder of moves and goals in the loop of every classifier.

    Anchors are moves, an observation with an action; the positive of each is a place that its
    trajectory came to later, and the places of the other moves are negatives. The critic that
    ranks actions is the similarity itself (``modules.acting``); the data module acts between
    epochs, when it is shown the network.

    Source: Eysenbach et al. 2022 (arXiv 2206.07568).
    """

    modality = "moment"

    @classmethod
    def check(cls, run: Run) -> None:
        super().check(run)
        served = {
            "positives": ("future", run.positives.follows_time),
            "sampler": ("shuffled", name_of(run.sampler) == "ShuffledSampler"),
            "negatives": ("in_batch", not run.drawn_negatives),
            "view": ("identity", name_of(run.view) == "Identity"),
            "mix": ("none", not run.mix.changes),
            "head": ("none", run.head.answer is Answer.NOTHING),
            "strategy": ("single", run.trainer.get("strategy", "auto") == "auto"),
        }
        for group, (mend, well) in served.items():
            if not well:
                raise InputError(f"an agent can't be trained so: set {group}={mend}")
