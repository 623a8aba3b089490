"""The smallest use of a part of each group: what a part that was made must be able to do."""

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader

from lightning_contrast.batch import Batch, Counts, Examples
from lightning_contrast.data.moments import MomentDataModule
from lightning_contrast.data.play import at_random, play
from lightning_contrast.data.prepare import prepare
from lightning_contrast.distributions.distribution import shape
from lightning_contrast.engine.contrast import Contrast
from lightning_contrast.rows.refreshed import Refreshed
from lightning_contrast.rows.vocabulary import Vocabulary
from lightning_contrast.sources.digits import Digits
from lightning_contrast.testing.rows import ScoredLabels, batch_for, rows, teacher_of
from lightning_contrast.types import Answer, Embedded, Mixed
from tests.batches import joined
from tests.callbacks.tiny import Tiny, trainer
from tests.choices import build
from tests.made_rows import made_rows
from tests.modules.test_classifier import token_batch
from tests.told import LABELS, READS, TEXTS, WORDS


def use(group: str, part: Any, folder: Path) -> None:
    """Lets a part do once what it is for; fails where that is not finite or not of its shape."""
    USES.get(group, lambda part, folder: None)(part, folder)


def score(part: Any, folder: Path) -> None:
    chosen = {"pairing": ScoredLabels(), "miner": build("miner", "keep_all")}
    made = {"loss": build("loss", "supcon"), **chosen, part.group: part}
    contrast = Contrast(**made, compile=False, teacher=teacher_of)
    total, weight = contrast(*batch_for(contrast.loss, rows([0, 0, 1, 1, 2, 2, 0])))
    assert total.isfinite() and weight.isfinite()


def draw_batch(part: Any, folder: Path) -> None:
    if isinstance(part, Refreshed):
        part.refresh(_embedded(), epoch=1)
    assert len(next(iter(part)).index) > 0


def draw_partners(part: Any, folder: Path) -> None:
    for _ in range(2):
        found = part(np.arange(4), np.random.default_rng(0))
        assert np.all((found >= 0) & (found < 2 * len(LABELS)))
        if isinstance(part, Refreshed):
            part.refresh(_embedded(), epoch=1)


def _embedded() -> Embedded:
    points = rows(LABELS.tolist(), dtype=torch.float32)
    logits = points.embedding[:, :4]
    return Embedded(points.embedding, points.embedding, logits, points.label, points.index)


def reshape(part: Any, folder: Path) -> None:
    shaped, _ = shape(made_rows({0: 60, 1: 40, 2: 20}), part)
    assert len(shaped.row) > 0


def see(part: Any, folder: Path) -> None:
    if part.modality == "image":
        for images in (torch.rand(6, 3, 8, 8), torch.rand(6, 1, 12, 9)):
            seen = part(images, (6, 0, 0)) if part.sees_parts else part(images)
            assert seen.shape == images.shape and seen.isfinite().all()
            assert seen.min() >= 0 and seen.max() <= 1
        return
    inputs = WORDS.batch(TEXTS)
    part.prepare(Vocabulary(WORDS.json))
    for epoch in range(2):
        part.follow(build("encoder", "bag", **READS), epoch)
    seen = part(inputs)
    assert seen["input_ids"].shape == inputs["input_ids"].shape
    assert seen["attention_mask"].any(dim=1).all()


def blend(part: Any, folder: Path) -> None:
    torch.manual_seed(0)
    images, target = part(torch.rand(64, 1, 8, 8), torch.arange(64) % 3, 3)
    assert images.isfinite().all() and target.isfinite().all()


def penalise(part: Any, folder: Path) -> None:
    taught = [torch.rand(5, 3)] if part.needs_teacher else []
    assert part(torch.rand(2, 5, 4), *taught).isfinite()


def follow_rate(part: Any, folder: Path) -> None:
    factors = [part.factor(step, steps=7) for step in range(8)]
    assert all(0 <= factor <= 1 for factor in factors) and max(factors) > 0


def inputs_of(modality: str) -> Any:
    images, tokens = torch.rand(2, 3, 8, 8), WORDS.batch(TEXTS)
    places = {"image": np.arange(2), "text": np.arange(2, 2 + len(TEXTS))}
    mixed = Mixed({"image": images, "text": tokens}, places)
    parts = {"move": torch.rand(2, 9), "goal": torch.rand(1, 5)}
    moments = Mixed(parts, {"move": np.arange(2), "goal": np.arange(2, 3)})
    return {"image": images, "text": tokens, "mixed": mixed, "moment": moments}[modality]


def encode(part: Any, folder: Path) -> None:
    features = part(inputs_of(part.modality))
    features = features.mean(1) if part.dense else features
    assert features.shape[1:] == (part.out_features,) and features.isfinite().all()
    assert features.detach().abs().max() > 0


def project(part: Any, folder: Path) -> None:
    embedding = part(torch.rand(4, 6))
    assert embedding.shape == (4, part.out_features) and embedding.isfinite().all()


def classify(part: Any, folder: Path) -> None:
    generator = torch.Generator().manual_seed(0)
    shape = (3, 4) if part.answer.of_places else (12,)
    features, label = torch.rand(*shape, 6, generator=generator), torch.arange(12).view(shape) % 4
    if part.answer is Answer.ACTION:
        label = torch.rand(12, 4, generator=generator)
    if part.answer is Answer.BOXES:
        label = torch.tensor([[[0, 0.1, 0.1, 0.6, 0.9]], [[3, 0.5, 0, 1, 1]], [[-1, 0, 0, 0, 0]]])
    total, _ = part.loss(features, label)
    if part.refit:
        part.fit(features, label)
    assert total.isfinite() and part(features).isfinite().all()


def read(part: Any, folder: Path) -> None:
    if isinstance(part, Digits):
        assert prepare(part).counts["train"] > 0
    if type(part).__name__ == "Folder":
        for name in ("a/1", "a/2", "a/3", "b/1", "b/2", "b/3"):
            (folder / name).parent.mkdir(exist_ok=True)
            Image.new("RGB", (1, 1), (9 * int(name[-1]), ord(name[0]), 0)).save(
                folder / f"{name}.png"
            )
        images = part.loaded().raw
        assert images[np.arange(2)].shape == (2, 3, part.size, part.size)


def watch(part: Any, folder: Path) -> None:
    loader = DataLoader([torch.ones(2)] * 4, batch_size=2)
    model = Tiny(0.5, 0.6)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trainer([part], epochs=2).fit(model, [loader], [loader])
    assert model.layer.weight.isfinite().all()


def damage(part: Any, folder: Path) -> None:
    for severity in (1, 5):
        if part.modality == "text":
            damaged, _ = part.damaged(TEXTS, np.arange(5), severity, 0)
            assert all(text.strip() for text in damaged)
            continue
        for size in ((3, 8, 8), (1, 12, 9)):
            images = part(torch.rand(3, *size), severity, torch.Generator().manual_seed(0))
            assert images.shape[1:] == size and images.isfinite().all()
            assert images.min() > -1e-3 and images.max() < 1 + 1e-3


def load_batch(part: Any, folder: Path) -> None:
    part.setup()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        part.num_workers = 0
        assert len(next(iter(part.train_dataloader())).index) > 0


def train_step(part: Any, folder: Path) -> None:
    images = Examples(torch.rand(4, 1, 8, 8), torch.tensor([0, 0, 1, 1]), torch.arange(4))
    batch = token_batch(part) if part.modality == "text" else joined(images, images, None)
    if part.modality == "mixed":
        inputs = part.network.preprocess.batch([*images.inputs, *TEXTS[:4]])
        batch = Batch(inputs, images.label.repeat(2), images.index.repeat(2), Counts(4, 1, 0))
    if part.modality == "moment":
        data = MomentDataModule(build("environment", "four_rooms"), batch_size=4)
        data.setup()
        batch = next(iter(data.train_dataloader()))
    automatic = part.automatic_optimization
    losses = [part.training_step(batch)] if automatic else [*both_losses(part, batch)]
    for loss in losses:
        loss.backward()
        assert loss.isfinite()


def both_losses(part: Any, batch: Batch) -> Iterator[torch.Tensor]:
    """Those of a discriminator and of its generator."""
    real = batch.alone()
    made = part.made(real)
    yield part.critic_loss(real, made)[0]
    yield part.generator_loss(made)[0]


def act(part: Any, folder: Path) -> None:
    moments, outcome = play(
        part, at_random(part, np.random.default_rng(0)), 3, np.random.default_rng(0)
    )
    assert len(moments.length) == 3 and (outcome.steps <= part.horizon).all()


def make(part: Any, folder: Path) -> None:
    images = part(torch.randn(4, part.latent), torch.arange(4))
    assert images.shape == (4, 1, 8, 8) and images.isfinite().all()
    assert images.min() >= 0 and images.max() <= 1


USES: dict[str, Any] = {
    **dict.fromkeys(("loss", "miner", "pairing"), score),
    "sampler": draw_batch,
    **dict.fromkeys(("positives", "negatives"), draw_partners),
    "distribution": reshape,
    "view": see,
    "mix": blend,
    "regulariser": penalise,
    "schedule": follow_rate,
    "encoder": encode,
    "projector": project,
    "head": classify,
    "source": read,
    "callbacks": watch,
    "corruption": damage,
    "datamodule": load_batch,
    "module": train_step,
    "generator": make,
    "environment": act,
}
