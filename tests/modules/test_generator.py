"""A generator's training: both losses against plain loops, what learns when, what is refused."""

import math

import pytest
import torch
from pytorch_lightning import seed_everything
from pytorch_lightning.callbacks import Callback

from lightning_contrast.batch import as_float
from lightning_contrast.build.parts import build_datamodule, build_module, build_trainer
from lightning_contrast.errors import InputError
from lightning_contrast.modules import load
from lightning_contrast.modules.checkpoint import pack
from lightning_contrast.runtime.quiet import quieten
from tests.runs import composed
from tests.surviving.broken_off import differing, fit

RECIPES = ("gan_projection", "contragan", "reacgan")
SMALL = ("modality=image", "source.per_class=6", "datamodule.batch_size=15", "logger=none")
TINY = (*SMALL, "generator.widths=[8,4]", "encoder.widths=[6,8]", "trainer.accelerator=cpu")


def parts(*words):
    run = composed(*TINY, *words)
    seed_everything(0, verbose=False)
    datamodule = build_datamodule(run)
    return build_module(run, datamodule), datamodule, run


def unit(vector):
    return vector / vector.norm()


def contrast_by_hand(recipe, rows, label, prototypes, temperature):
    """The paper's formula, row by row; None for the baseline."""
    losses = []
    for i, (row, of) in enumerate(zip(rows, label, strict=True)):
        near = row @ prototypes[of]
        others = [j for j in range(len(rows)) if j != i]
        alike = [j for j in others if label[j] == of]
        apart = [j for j in others if label[j] != of]
        if recipe == "contragan":
            e = {j: (row @ rows[j] / temperature).exp() for j in others}
            own = (near / temperature).exp()
            pulled = own + sum(e[j] for j in alike)
            every = own + sum(e.values())
            losses.append(-(pulled / (1 + len(alike)) / every).log())
        else:
            pulled = (((near - 0.98).clamp(max=0)) / temperature).exp()
            pushed = sum((((row @ rows[j]) - 0.02).clamp(min=0) / temperature).exp() for j in apart)
            losses.append(-(pulled / (pulled + pushed)).log())
    return sum(losses) / len(losses)


def side_by_hand(recipe, module, images, label):
    """The score of each row, and the contrast of rows with prototypes and each other."""
    network = module.network
    features = network(images)
    scores = network.head.linear(features)[:, 0]
    if recipe == "gan_projection":
        vectors = network.head.vectors.weight
        scores = scores + torch.stack(
            [f @ vectors[y] for f, y in zip(features, label, strict=True)]
        )
        return scores, 0.0
    rows = [unit(row) for row in network.projector(features)]
    prototypes = [unit(row) for row in module.candidates.stores["prototypes"].weight]
    return scores, contrast_by_hand(
        recipe, rows, label.tolist(), prototypes, module.contrast.loss.temperature
    )


@pytest.mark.parametrize("recipe", RECIPES)
def test_both_losses_and_their_gradients_are_those_of_a_plain_loop(recipe, monkeypatch):
    module, datamodule, _ = parts(f"recipe={recipe}")
    module = module.double().eval()  # the spectral norms stand still
    batch = next(iter(datamodule.train_dataloader()))
    batch = batch._replace(inputs=as_float(batch.inputs).double())
    noise = torch.randn(len(batch.label), 64, dtype=torch.float64)
    monkeypatch.setattr(torch, "randn", lambda *_, **__: noise)
    network, label = module.network, batch.label

    def gradient(loss, within):
        module.zero_grad()
        loss.backward()
        return {
            n: p.grad.clone()
            for n, p in module.named_parameters()
            if within(n) and p.grad is not None
        }

    rows = module.made(batch.alone())
    made = network.generator(noise, label)
    torch.testing.assert_close(rows.inputs, made)
    real_scores, contrast = side_by_hand(recipe, module, batch.inputs, label)
    made_scores, _ = side_by_hand(recipe, module, made.detach(), label)
    hinge = [max(0, 1 - s) + max(0, 1 + t) for s, t in zip(real_scores, made_scores, strict=True)]
    expected = sum(hinge) / len(hinge) + contrast
    critic = gradient(expected, lambda name: "generator" not in name)
    loss, _ = module.critic_loss(batch.alone(), rows)
    torch.testing.assert_close(loss, expected.detach().to(loss), check_dtype=False)
    torch.testing.assert_close(gradient(loss, lambda name: True), critic)

    scores, contrast = side_by_hand(recipe, module, made, label)
    expected = -scores.mean() + contrast
    of_generator = gradient(expected, lambda name: "generator" in name)
    loss, _ = module.generator_loss(rows)
    torch.testing.assert_close(loss.detach(), expected.detach())
    found = gradient(loss, lambda name: "generator" in name)
    assert found.keys() == of_generator.keys() and len(found) > 4
    torch.testing.assert_close(found, of_generator)


class Watch(Callback):
    """What moved at each step, of the discriminator and of the generator."""

    def __init__(self):
        self.moved = []

    def state(self, module):
        return {name: p.detach().clone() for name, p in module.named_parameters()}

    def on_train_batch_start(self, trainer, pl_module, batch, batch_idx):
        self.before = self.state(pl_module)

    def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
        now = self.state(pl_module)
        moved = {name for name in now if not torch.equal(now[name], self.before[name])}
        sides = {"generator" in name for name in moved}
        self.moved.append((False in sides, True in sides))


def test_every_second_step_of_the_discriminator_the_generator_learns(tmp_path):
    module, datamodule, run = parts("recipe=contragan", "module.critic_steps=2")
    run["trainer"] |= {"max_steps": 4, "max_epochs": -1}
    watch = Watch()
    quieten()
    build_trainer(run, tmp_path, [], [watch]).fit(module, datamodule)
    assert watch.moved == [(True, False), (True, True), (True, False), (True, True)]
    assert module.trainer.global_step == 4
    assert all(p.requires_grad for p in module.parameters())


def test_made_rows_pass_through_the_view_of_real_ones_with_a_gradient():
    module, datamodule, _ = parts("recipe=contragan", "view=weak", "view.flip=1.0")
    batch = next(iter(datamodule.train_dataloader())).alone()
    torch.manual_seed(0)
    seen = module.made(batch)
    torch.manual_seed(0)
    noise = torch.randn(len(batch.label), 64)
    module.view.translate, module.view.flip = 0.0, 0.0
    torch.testing.assert_close(
        module.network.generator(noise, batch.label).flip(3).mean((1, 2, 3)),
        seen.inputs.mean((1, 2, 3)),
        atol=0.2,
        rtol=0.2,
    )
    seen.inputs.sum().backward()
    assert module.network.generator.enter.weight.grad.any()


@pytest.mark.parametrize("event", [2, 5, 8], ids=["in an epoch", "in validation", "later"])
def test_a_run_that_was_broken_off_ends_like_the_run_left_alone(tmp_path, event):
    run = composed(*TINY, "recipe=reacgan", "trainer.max_epochs=3", "quiet=true", "view=weak")
    quieten()
    whole = fit(run, tmp_path / "whole")
    assert fit(run, tmp_path / "parts", event) is None
    assert differing(whole, fit(run, tmp_path / "parts")) == []
    assert whole["steps"] == 12 and len(whole["optimiser"]) == 2


def test_a_checkpoint_makes_the_same_images(tmp_path):
    module, _, _ = parts("recipe=contragan")
    checkpoint = {"state_dict": module.state_dict()}
    pack(module.network, checkpoint)
    torch.save(checkpoint, tmp_path / "a.ckpt")
    network = load(tmp_path / "a.ckpt")
    made = network.generate([0, 1, 1], seed=3)
    assert torch.equal(made, module.network.generate([0, 1, 1], seed=3))
    assert made.shape == (3, 1, 8, 8) and made.min() >= 0 and made.max() <= 1
    torch.testing.assert_close(network.generate([0, 1, 1], seed=3, batch_size=2), made)
    assert not torch.equal(network.generate([0, 1, 1], seed=4), made)
    assert not torch.equal(network.generate([0, 1, 2], seed=3)[2], made[2])


REFUSED = {
    "head": (["head=linear"], "LinearHead does not: set head=realness"),
    "view": (["view=rand_augment"], "a gradient passes through, and RandAugment has none"),
    "mix": (["mix=mixup"], "mix"),
    "regulariser": (["regulariser=[koleo]"], r"set regulariser=\[\]"),
    "chunks": (["trainer.grad_cache=4"], "set trainer.grad_cache=null"),
    "clip": (["trainer.gradient_clip_val=1"], "set trainer.gradient_clip_val=null"),
    "accumulated": (["trainer.accumulate_grad_batches=2"], "trainer.accumulate_grad_batches=1"),
    "half": (["trainer.precision=16-mixed"], "set trainer.precision=bf16-mixed"),
    "ranks": (["strategy=ddp"], "set strategy=single"),
    "no prototypes": (["candidates=[in_batch]"], r"set candidates=\[in_batch,prototypes\]"),
    "widths": (["generator.widths=[]"], "generator.widths must be one or more numbers"),
}


@pytest.mark.parametrize(("words", "line"), REFUSED.values(), ids=REFUSED)
def test_what_can_not_be_trained_so_is_one_line(words, line):
    with pytest.raises(InputError, match=line) as caught:
        parts("recipe=contragan", *words)
    assert "\n" not in str(caught.value)


def test_a_generator_is_needed():
    with pytest.raises(InputError, match="set generator=upsampling"):
        build_datamodule(composed("modality=image", "module=generator"))


def test_a_text_run_has_no_generator():
    with pytest.raises(InputError, match="Critic is for image, and the run's modality is text"):
        build_datamodule(composed("recipe=contragan"))


@pytest.mark.parametrize("words", [["generator=upsampling"], ["head=realness"]])
def test_a_classifier_has_no_part_of_a_generator(words):
    with pytest.raises(InputError, match="set module=generator, or leave it out"):
        build_datamodule(composed("modality=image", *words))


def test_a_network_without_a_generator_says_so():
    run = composed("modality=image", "source.per_class=6")
    network = build_module(run, build_datamodule(run)).network
    with pytest.raises(InputError, match="the network has no generator"):
        network.generate([0])


def test_rows_without_a_label_are_refused(tmp_path):
    module, datamodule, run = parts("recipe=contragan")
    datamodule.splits.labelled.label[datamodule.splits.train[:2]] = -1
    run["trainer"] |= {"max_steps": 1, "max_epochs": -1}
    with pytest.raises(InputError, match="2 of 60 training rows have no label"):
        build_trainer(run, tmp_path, [], []).fit(module, datamodule)


def test_the_projection_gives_the_scores_of_all_classes_at_once():
    module, _, _ = parts("recipe=gan_projection")
    head = module.network.head.eval()
    features, label = torch.randn(6, head.in_features), torch.arange(6)
    every = head(features)
    torch.testing.assert_close(head.score(features, label), every.gather(1, label[:, None])[:, 0])
    total, count = head.loss(features, torch.tensor([0, 1, 2, 3, -1, 4]))
    known = [0, 1, 2, 3, 5]
    by_hand = sum(
        max(0.0, 1 - every[i, y].item()) for i, y in zip(known, [0, 1, 2, 3, 4], strict=True)
    )
    assert count == 5 and math.isclose(total.item(), by_hand, rel_tol=1e-5)
