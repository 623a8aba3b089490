"""Negatives moved in their inputs, by whole encoders."""

import copy
from functools import partial

import pytest
import torch
from torch.nn.functional import normalize

from lightning_contrast.batch import Examples, anchor_rows, rows_of
from lightning_contrast.candidates._moved_inputs import shifted
from lightning_contrast.candidates.adversarial import Adversarial
from lightning_contrast.candidates.in_batch import InBatch
from lightning_contrast.candidates.store import Joined
from lightning_contrast.encoders.transformer import Transformer
from lightning_contrast.errors import InputError
from lightning_contrast.pairings.label import Label
from lightning_contrast.runtime.distributed import world_size
from lightning_contrast.testing.ranks import on_two_ranks
from tests.batches import by_role, each, joined
from tests.modules.test_classifier import image_classifier, text_classifier, token_batch


def attack(**settings) -> Adversarial:
    values = {"steps": 3, "step_size": 0.2, "epsilon": 0.5} | settings
    return Adversarial(Label(), space="input", **values)


def with_store(model, store):
    model.candidates = Joined({"in_batch": InBatch(), "adversarial": store})
    return model


def of_images(k: int = 2, **settings):
    torch.manual_seed(3)
    model = with_store(image_classifier(), attack(**settings))
    label, index = torch.tensor([0, 0, 1, 1]), torch.arange(4)
    rows = Examples(torch.rand(4, 1, 8, 8), label, index)
    others = (1 - label)[:, None].expand(-1, k)
    drawn = Examples(torch.rand(4, k, 1, 8, 8), others, torch.full((4, k), 9))
    return model, joined(rows, rows._replace(inputs=torch.rand(4, 1, 8, 8)), drawn)


def of_tokens(k: int = 2, **settings):
    model = with_store(text_classifier(), attack(**settings))
    model.network.encoder = Transformer(
        model.network.preprocess.vocabulary_size, 0, width=8, layers=1, heads=2
    )
    batch = token_batch(model, k)  # its negatives are the anchors' own texts: take the next ones
    rolled = {name: tokens.roll(1, 0) for name, tokens in batch.negative.inputs.items()}
    return model, joined(batch.anchor, batch.positive, batch.negative._replace(inputs=rolled))


KINDS = pytest.mark.parametrize("kind", [of_images, of_tokens])


def scored(model, batch):
    """Anchors, candidates and made rows, as the training step has them."""
    rows = rows_of(batch, model.network.projector(model.encode(batch.inputs)))
    keys = model.candidates.keys(model, rows, batch)
    return model.candidates(anchor_rows(rows, batch, model.symmetric, False), keys)


def cosines(anchors, made):
    return (anchors.embedding[:, None] * made.embedding).sum(2)


@KINDS
def test_they_are_nearer_to_their_anchor_than_they_were_and_nearer_with_every_step(kind):
    near = []
    for steps in (1, 3, 8):
        model, batch = kind(steps=steps, step_size=0.05)
        model.network.projector.double(), model.network.encoder.double(), model.eval()
        if kind is of_images:
            model.network.preprocess.double()
            batch = batch._replace(inputs=batch.inputs.double())
        anchors, candidates, made = scored(model, batch)
        clean = candidates.embedding[-8:].unflatten(0, (4, 2)).repeat(2, 1, 1)
        assert made.valid.all() and made.embedding.shape == clean.shape
        near.append(cosines(anchors, made)[:4])
        assert (near[-1] > (anchors.embedding[:, None] * clean).sum(2)[:4]).all()
    assert (near[1] > near[0]).all() and (near[2] > near[1]).all()


@KINDS
@pytest.mark.parametrize("norm", ["l2", "linf"])
def test_they_are_those_of_a_plain_loop(kind, norm):
    model, batch = kind(norm=norm, steps=2)
    model.eval()
    anchors, _, made = scored(model, batch)
    target = anchors.embedding[:4].detach().repeat_interleave(2, 0)
    inputs = batch.negative.inputs
    flat = {n: t.flatten(0, 1) for n, t in inputs.items()} if kind is of_tokens else inputs
    table = model.network.encoder.embedding if kind is of_tokens else None
    clean = table(flat["input_ids"]).detach() if table else flat.flatten(0, 1)

    def embedded(delta):
        if not table:
            return model.network.projector(model.network((clean + delta).clamp(0, 1)))
        hook = table.register_forward_hook(lambda module, inputs, output: output + delta)
        features = model.network.encoder(flat)
        hook.remove()
        return model.network.projector(features)

    delta = torch.zeros_like(clean)
    for _ in range(2):
        moved = delta.clone().requires_grad_()
        # The clip's slope is taken for 1: a copy that is not clipped gives it.
        value = embedded(moved) if table else straight(model, clean, moved)
        (slope,) = torch.autograd.grad((normalize(value, dim=1) * target).sum(), moved)
        for row in range(len(delta)):
            if norm == "linf":
                delta[row] = (delta[row] + 0.2 * slope[row].sign()).clamp(-0.5, 0.5)
            else:
                delta[row] += 0.2 * slope[row] / slope[row].norm()
                delta[row] *= min(1, (0.5 / delta[row].norm()).item())
    expected = normalize(embedded(delta), dim=1).unflatten(0, (4, 2))
    torch.testing.assert_close(made.embedding, expected.repeat(2, 1, 1), rtol=1e-4, atol=1e-5)


def straight(model, clean, moved):
    whole = clean + moved
    return model.network.projector(model.network(whole + (whole.clamp(0, 1) - whole).detach()))


@KINDS
def test_the_encoder_learns_from_them_and_no_hook_is_left(kind):
    model, batch = kind()
    made = scored(model, batch)[2]
    parameters = [p for p in model.network.encoder.parameters() if p.requires_grad]
    found = torch.autograd.grad(made.embedding[..., 0].sum(), parameters, allow_unused=True)
    assert all(slope is not None and slope.isfinite().all() for slope in found)
    assert not any(part._forward_hooks for part in model.modules())
    assert all(parameter.grad is None for parameter in parameters)
    model.candidates.parts["adversarial"].gradient = False
    assert not scored(model, batch)[2].embedding.requires_grad


def test_batch_norm_counts_them_not():
    model, batch = of_images()
    other = copy.deepcopy(model)
    other.candidates = InBatch()
    for one in (model, other):
        scored(one.train(), batch)
    for (name, found), expected in zip(model.named_buffers(), other.buffers(), strict=True):
        torch.testing.assert_close(found, expected, msg=name)


def test_inputs_stay_in_their_range():
    model, batch = of_images(epsilon=50.0, step_size=50.0, steps=1)
    seen = []
    hook = model.network.preprocess.register_forward_pre_hook(lambda _, rows: seen.append(rows[0]))
    with hook, shifted(model.network, batch) as embed:
        embed(torch.full((8, 1, 8, 8), 9.0), False)
    assert seen[0].max() == 1 and seen[0].min() >= 0


def test_a_drawn_row_of_the_anchors_class_or_of_none_is_left_out():
    model, batch = of_images()
    label = batch.negative.label.clone()
    label[0, 1], label[2, 0] = batch.anchor.label[0], -1
    negative = batch.negative._replace(label=label)
    batch = joined(batch.anchor, batch.positive, negative)
    valid = scored(model, batch)[2].valid
    expected = torch.ones(4, 2, dtype=torch.bool)
    expected[0, 1] = expected[2, 0] = False
    assert torch.equal(valid, expected.repeat(2, 1))


def test_without_the_positives_as_anchors_each_sample_has_its_own():
    model, batch = of_images()
    model.symmetric = False
    anchors, _, made = scored(model, batch)
    assert made.embedding.shape[:2] == (4, 2) and len(anchors.label) == 4


def test_a_whole_training_step_under_bfloat16_is_finite():
    model, batch = of_images()
    with torch.autocast("cpu", torch.bfloat16):
        loss = model.training_step(batch)
    loss.backward()
    assert loss.isfinite()
    assert all(
        p.grad.isfinite().all() for p in model.network.encoder.parameters() if p.grad is not None
    )


def test_none_drawn_or_no_table_of_tokens_is_refused():
    model, batch = of_images(k=0)
    with pytest.raises(InputError, match="none are drawn: set negatives=cross_class"):
        scored(model, batch)
    model = with_store(text_classifier(), attack())
    with pytest.raises(InputError, match="encoder Bag looks up none one by one: set"):
        scored(model, token_batch(model, 1))
    with pytest.raises(InputError, match="needs the batch: call keys"):
        attack()(None, None)


def share_of(number: int, sizes: list[int]) -> list:
    """One step on this rank's samples; parameters' gradients averaged over ranks, as DDP does."""
    model, batch = of_tokens()
    model.network.encoder.eval()
    start = sum(sizes[:number])
    return step_of(model, part(batch, slice(start, start + sizes[number])))


def part(batch, mine):
    return joined(*(each(lambda rows: rows[mine], part) for part in by_role(batch)))


def step_of(model, batch):
    loss = model.training_step(batch)
    loss.backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    if world_size() > 1:
        for gradient in gradients:
            torch.distributed.all_reduce(gradient)
            gradient /= world_size()
    return [loss.detach(), *gradients]


def test_a_rank_without_a_row_moves_nothing_and_takes_part():
    model, batch = of_images()
    anchors, candidates, made = scored(model, part(batch, slice(0, 0)))
    assert made.embedding.shape == (0, 2, 8) and made.valid.shape == (0, 2)
    model.contrast(anchors, candidates, made)[0].backward()
    assert all(not p.grad.any() for p in model.network.encoder.parameters())


def test_two_ranks_have_the_step_of_one_process_with_the_joined_batch(tmp_path):
    expected = share_of(0, [4])
    for found in on_two_ranks(partial(share_of, sizes=[3, 1]), tmp_path):
        assert len(found) == len(expected) > 5
        for own, whole in zip(found, expected, strict=True):
            torch.testing.assert_close(own, whole, rtol=1e-3, atol=1e-5)
