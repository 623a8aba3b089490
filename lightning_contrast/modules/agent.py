"""Contrastive agent: the critic of where its moves lead to, and an actor where actions are many."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from lightning_contrast.batch import Batch
from lightning_contrast.config.part import Run, name_of
from lightning_contrast.errors import InputError
from lightning_contrast.modules.acting import nearness
from lightning_contrast.modules.classifier import ContrastiveClassifier
from lightning_contrast.types import Answer


class ContrastiveAgent(ContrastiveClassifier):
    r"""Trains an encoder of moves and goals in the loop of every classifier.

    Anchors are moves, an observation with an action; the positive of each is a place that its
    trajectory came to later, and the places of the other moves are negatives. The critic ``f`` that
    ranks actions is the similarity itself (``modules.acting``); the data module acts between
    epochs, when it is shown the network.

    Where actions are vectors an actor proposes them (``heads.actor``), whose loss is the head's.
    Each observation has two goals, its own positive and that of the row before:

    .. math:: \overline{\alpha \log \pi(a \mid s, g) - f(s, a, g)}, \qquad a \sim \pi(s, g)

    Its gradient moves the actor alone. ``alpha`` is ``head.entropy``.

    Source: Eysenbach et al. 2022 (arXiv 2206.07568).
    """

    modality = "moment"

    @classmethod
    def check(cls, run: Run) -> None:
        super().check(run)
        head = run.head.answer in (Answer.NOTHING, Answer.ACTION)
        served = {
            "positives": ("future", run.positives.follows_time),
            "sampler": ("shuffled", name_of(run.sampler) == "ShuffledSampler"),
            "negatives": ("in_batch", not run.drawn_negatives),
            "view": ("identity", name_of(run.view) == "Identity"),
            "mix": ("none", not run.mix.changes),
            "head": ("none, or head=actor where actions are vectors", head),
            "strategy": ("single", run.trainer.get("strategy", "auto") == "auto"),
        }
        for group, (mend, well) in served.items():
            if not well:
                raise InputError(
                    "an agent can't be trained so: take recipe=contrastive_rl, or set "
                    f"{group}={mend}"
                )

    def on_fit_start(self) -> None:
        super().on_fit_start()
        continuous = self.network.preprocess.continuous
        if continuous != (self.network.head.answer is Answer.ACTION):
            what, mend = ("vectors", "actor") if continuous else ("numbers", "none")
            raise InputError(f"actions of the environment are {what}: set head={mend}")

    def classify(self, features: Tensor, target: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """The actor's loss on the moves of a batch, sum and number; 0 without one."""
        network, parts = self.network, batch.inputs.parts
        if network.head.answer is not Answer.ACTION:
            return super().classify(features, target, batch)
        reader, seen = network.preprocess, torch.cat([parts["move"]["observation"]] * 2)
        goal = torch.cat((parts["goal"], parts["goal"].roll(1, 0)))
        with _fixed(network.encoder, network.projector):
            action, density = network.head.drawn(reader.asked(seen, goal))
            move = network.encoder.of("move", reader.move(seen, action))
            near = nearness(network, move, network.encoder.of("goal", reader.goal(goal)))
        value = network.head.entropy * density - near
        return value.sum(), value.new_tensor(len(value))

    def validation_step(self, batch: Batch, batch_index: int = 0) -> None:
        """Validation is by play (``callbacks.play``)."""


@contextmanager
def _fixed(*parts: nn.Module) -> Iterator[None]:
    """No gradient reaches the weights of these parts from what is computed here."""
    learning = [p for part in parts for p in part.parameters() if p.requires_grad]
    for parameter in learning:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in learning:
            parameter.requires_grad_(True)
