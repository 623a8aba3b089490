"""The training loop of a generator and its discriminator: two optimisers, one contrast."""

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from lightning_contrast.batch import Batch, rows_of, viewed
from lightning_contrast.config.arguments import checked
from lightning_contrast.config.part import Run, name_of
from lightning_contrast.config.ranges import Count, NotNegative
from lightning_contrast.errors import InputError
from lightning_contrast.modules.classifier import ContrastiveClassifier
from lightning_contrast.modules.network import Network
from lightning_contrast.modules.parameters import make_optimizer
from lightning_contrast.runtime.distributed import mean_over_ranks
from lightning_contrast.types import Answer

GENERATOR = "network.generator."


class ImageGenerator(ContrastiveClassifier):
    r"""Trains a network as a discriminator, and beside it the generator that is to deceive it.

    With ``D`` the score of the network's head (``heads.realness``), ``x`` real and ``g`` made rows
    of the same classes, and ``C`` the contrast of rows with their candidates:

    .. math::
        L_D = h (\overline{[1 - D(x)]_+} + \overline{[1 + D(g)]_+}) + c\, C(x) \qquad
        L_G = -h\, \overline{D(g)} + c\, C(g)

    Real rows come through the view of the data module, and made rows pass through the same one,
    with a gradient (Zhao et al. 2020, arXiv 2006.10738: DiffAugment). The first optimizer is the
    discriminator's: prototypes and projector learn with it. What a checkpoint counts as steps are
    its steps.

    Args:
        network: encoder, projector and a head that scores realness; it is given the generator.
        contrast, candidates, optimizer, schedule: as of ``ContrastiveClassifier``.
        generator: a ``generators.generator.Generator``.
        view: the data module's, for made rows; None: as they are.
        contrast_weight: weight ``c`` of the contrast; 0 leaves it out.
        head_weight: weight ``h`` of the game between the two.
        contrast_lr_factor: learning rate of projector and prototypes, relative to the rest of the
            discriminator's.
        generator_lr_factor: learning rate of the generator, relative to the discriminator's.
        critic_steps: steps of the discriminator for each of the generator.

    Raises:
        InputError: the network's head scores no realness; a number is out of range.

    The hinge is that of Lim and Ye 2017 (arXiv 1705.02894). Needs labels.
    """

    modality = "image"

    @checked
    def __init__(
        self,
        network: Network,
        contrast: Any,
        candidates: Any,
        optimizer: Callable,
        schedule: Callable | None,
        generator: nn.Module,
        view: Any = None,
        contrast_weight: NotNegative = 1.0,
        head_weight: NotNegative = 1.0,
        contrast_lr_factor: NotNegative = 1.0,
        generator_lr_factor: NotNegative = 1.0,
        critic_steps: Count = 1,
    ) -> None:
        parts = (network, contrast, candidates, optimizer, schedule)
        weights = {"contrast_weight": contrast_weight, "head_weight": head_weight}
        super().__init__(*parts, **weights)
        self.automatic_optimization = False
        network.generator = generator
        self.view = view
        self.contrast_lr_factor, self.generator_lr_factor = contrast_lr_factor, generator_lr_factor
        self.critic_steps = critic_steps

    @classmethod
    def check(cls, run: Run) -> None:
        if run.generator is None:
            raise InputError("module=generator needs a generator: set generator=upsampling")
        if run.head.answer is not Answer.REALNESS:
            raise InputError(
                f"module=generator needs a head that scores realness, and {name_of(run.head)} does "
                "not: set head=realness"
            )
        if run.takes_lengths:
            raise InputError(
                "module=generator contrasts unit vectors: set engine.similarity=cosine, got "
                f"{run.similarity}"
            )
        if not run.view.has_slopes:
            raise InputError(
                f"module=generator needs a view that a gradient passes through, and "
                f"{name_of(run.view)} has none: set view=weak or view=identity"
            )
        served = {
            "mix": ("none", not run.mix.changes),
            "regulariser": ("[]", not run.regularisers),
            "trainer.grad_cache": ("null", run.grad_cache is None),
            "trainer.gradient_clip_val": ("null", run.trainer.get("gradient_clip_val") is None),
            "trainer.accumulate_grad_batches": ("1", run.trainer["accumulate_grad_batches"] == 1),
            "trainer.precision": ("bf16-mixed", str(run.trainer["precision"]) != "16-mixed"),
            "strategy": ("single", run.trainer.get("strategy", "auto") == "auto"),
        }
        for key, (mend, well) in served.items():
            if not well:
                raise InputError(f"module=generator can't be trained so: set {key}={mend}")

    def on_fit_start(self) -> None:
        super().on_fit_start()
        splits = getattr(getattr(self.trainer, "datamodule", None), "splits", None)
        label = splits.labelled.label[splits.train] if splits is not None else np.zeros(0)
        if unlabelled := int(np.count_nonzero(label < 0)):
            raise InputError(
                f"{unlabelled} of {len(label)} training rows have no label, and a generator needs "
                "one of each: leave these rows out of the source"
            )

    def training_step(self, batch: Batch, batch_index: int = 0) -> Tensor:
        critic, maker = cast(list[Any], self.optimizers())
        schedules = cast(list[Any], self.lr_schedulers() or [])
        real, both = batch.alone(), (self.trainer.global_step + 1) % self.critic_steps == 0
        with torch.set_grad_enabled(both):
            made = self.made(real)  # both sides see the same ones
        loss, parts = self.critic_loss(real, made)
        critic.zero_grad()
        self.manual_backward(loss)
        critic.step()
        if both:
            self.toggle_optimizer(maker)  # the discriminator has no gradient
            deceived, of_maker = self.generator_loss(made)
            maker.zero_grad()
            self.manual_backward(deceived)
            maker.optimizer.step()  # Lightning counts the steps of the other one alone
            self.untoggle_optimizer(maker)
            parts |= {f"train/generator_{k.partition('/')[2]}": v for k, v in of_maker.items()}
        for schedule in schedules if both else schedules[:1]:
            schedule.step()
        self.log_now_and_then(parts)
        return loss

    def critic_loss(self, real: Batch, made: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """The discriminator's loss on real rows and made ones of their classes, and its parts."""
        count, head = len(real.label), self.network.head
        features = self.encode(torch.cat((real.inputs, made.inputs.detach())))
        score = head.score(features, real.label.repeat(2))
        game = (1 - score[:count]).relu().mean() + (1 + score[count:]).relu().mean()
        return self.joined(game, features[:count], real)

    def generator_loss(self, made: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """The generator's loss on rows that it made, and its parts."""
        features = self.encode(made.inputs)
        return self.joined(-self.network.head.score(features, made.label).mean(), features, made)

    def made(self, like: Batch) -> Batch:
        """Made rows of the classes of a batch, seen through the view."""
        generator: Any = self.network.generator
        noise = torch.randn(len(like.label), generator.latent, device=like.label.device)
        made = like._replace(inputs=generator(noise, like.label))
        return made if self.view is None else viewed(made, self.view)

    def joined(
        self, game: Tensor, features: Tensor, batch: Batch
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """The loss of one side: its share of the game, and the contrast of its rows."""
        loss, parts = self.head_weight * game, {"train/game": game}
        if self.contrast_weight:
            rows = rows_of(batch, self.network.projector(features))
            contrast = mean_over_ranks(*self.contrast(*self.candidates(rows, rows)))
            loss = loss + self.contrast_weight * contrast
            parts |= {"train/contrast": contrast}
        return loss, {"train/loss": loss, **parts}

    def configure_optimizers(self) -> Any:
        parameters = list(self.named_parameters())
        sides = [
            [named for named in parameters if named[0].startswith(GENERATOR) == made]
            for made in (False, True)
        ]
        optimizers = [
            make_optimizer(self.optimizer, side, self.lr_factor, clipped=False) for side in sides
        ]
        if self.schedule is None:
            return optimizers
        every = int(self.trainer.estimated_stepping_batches)
        steps = (every, max(1, every // self.critic_steps))
        return optimizers, [self.schedule(*each) for each in zip(optimizers, steps, strict=True)]

    def lr_factor(self, parameter: str) -> float:
        if parameter.startswith(GENERATOR):
            return self.generator_lr_factor
        own = parameter.startswith(("network.encoder.", "network.head."))
        return 1.0 if own else self.contrast_lr_factor
