"""The engine beyond single losses: parameters, candidates, precision, compiling."""

import pytest
import torch
from torch import nn

from lightning_contrast.engine.contrast import Contrast
from lightning_contrast.errors import InputError
from lightning_contrast.losses.loss import Loss
from lightning_contrast.losses.supcon import SupCon
from lightning_contrast.losses.triplet_margin import TripletMargin
from lightning_contrast.miners.hardest import Hardest
from lightning_contrast.miners.keep_all import KeepAll
from lightning_contrast.pairings.label import Label
from lightning_contrast.testing.rows import pairs_of, rows
from lightning_contrast.types import Pairs

LABELS = [0, 1, 2, 0, 1, 2, 0, 0, 3, -1, 1]


class Sigmoid(Loss):
    """A loss as a researcher writes it: plain PyTorch, with parameters of its own."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(2.0, dtype=torch.float64))
        self.bias = nn.Parameter(torch.tensor([-1.0], dtype=torch.float64))

    def forward(self, similarity, pairs):
        logits = similarity * self.scale.exp() + self.bias
        sign = pairs.positive.to(logits) - pairs.negative.to(logits)
        loss = -nn.functional.logsigmoid(sign * logits) * sign.abs()
        return loss.sum(), similarity.new_tensor(len(similarity))


@pytest.mark.parametrize(
    ("loss", "miner", "rows_of_a_block"),
    [
        (SupCon(), KeepAll(), 256),
        (TripletMargin(), KeepAll(), 128),
        (TripletMargin(), Hardest(), 256),
    ],
)
def test_losses_that_need_more_memory_have_smaller_compiled_blocks(loss, miner, rows_of_a_block):
    contrast = Contrast(Label(), miner, loss)
    blocks = contrast.blocks(4096, 4096, compiled=True)
    assert {block.stop - block.start for block in blocks} == {rows_of_a_block}
    assert blocks[-1].stop == 4096
    assert len(contrast.blocks(4096, 4096, compiled=False)) == 64


def test_a_second_backward_needs_retain_graph_and_is_the_first_one_again():
    batch = rows(LABELS)
    x = batch.embedding.clone().requires_grad_()
    total, _ = Contrast(Label(), KeepAll(), SupCon(), block_rows=4)(
        *[batch._replace(embedding=x)] * 2
    )
    (first,) = torch.autograd.grad(total, x, retain_graph=True)
    (second,) = torch.autograd.grad(total * 2, x)
    torch.testing.assert_close(second, 2 * first)
    with pytest.raises(RuntimeError, match="second time"):
        total.backward()


def test_learnable_parameters_of_the_loss_get_the_gradient_of_the_full_matrix():
    batch, loss, reference = rows(LABELS), Sigmoid(), Sigmoid()
    x = batch.embedding
    reference(x @ x.T, pairs_of(LABELS))[0].backward()
    contrast = Contrast(Label(), KeepAll(), loss, block_rows=4, compile=False)
    contrast(batch, batch)[0].backward()
    torch.testing.assert_close(loss.scale.grad, reference.scale.grad)
    torch.testing.assert_close(loss.bias.grad, reference.bias.grad)


def test_other_candidates_than_anchors_with_and_without_gradient():
    anchors, others = rows([0, 1, 0]), rows([0, 1, 1, 0, 2], seed=5)
    others = others._replace(slot=others.slot + 100)
    a = anchors.embedding.clone().requires_grad_()
    c = others.embedding.clone().requires_grad_()
    contrast = Contrast(Label(), KeepAll(), SupCon(), block_rows=2, compile=False)
    contrast(anchors._replace(embedding=a), others._replace(embedding=c))[0].backward()
    fixed = anchors.embedding.clone().requires_grad_()
    contrast(anchors._replace(embedding=fixed), others)[0].backward()
    torch.testing.assert_close(fixed.grad, a.grad)
    assert c.grad.abs().sum() > 0 and not others.embedding.requires_grad
    label = anchors.label[:, None]
    pairs = (label == others.label, label != others.label)
    x, y = anchors.embedding.clone().requires_grad_(), others.embedding.clone().requires_grad_()
    SupCon()(x @ y.T, Pairs(*pairs))[0].backward()
    torch.testing.assert_close(a.grad, x.grad)
    torch.testing.assert_close(c.grad, y.grad)


def test_a_block_sees_no_more_than_its_rows():
    seen = []

    class Watched(SupCon):
        def forward(self, similarity, pairs):
            seen.append(tuple(similarity.shape))
            return super().forward(similarity, pairs)

    batch = rows(LABELS)
    Contrast(Label(), KeepAll(), Watched(), block_rows=4, compile=False)(batch, batch)
    assert seen == [(4, 11), (4, 11), (3, 11)]


def test_no_gradient_is_formed_under_no_grad():
    calls = []

    class Watched(SupCon):
        def forward(self, similarity, pairs):
            calls.append(similarity.requires_grad)
            return super().forward(similarity, pairs)

    batch = rows(LABELS)
    batch = batch._replace(embedding=batch.embedding.requires_grad_())
    contrast = Contrast(Label(), KeepAll(), Watched(), compile=False)
    contrast(batch, batch)
    with torch.no_grad():
        contrast(batch, batch)
    assert calls == [True, False]


def test_autocast_and_gradient_scaling_change_nothing_but_the_scale():
    batch = rows(LABELS, dtype=torch.float32)
    contrast = Contrast(Label(), KeepAll(), SupCon(), block_rows=4, compile=False)
    plain = batch.embedding.clone().requires_grad_()
    contrast(*[batch._replace(embedding=plain)] * 2)[0].backward()
    scaled = batch.embedding.clone().requires_grad_()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        total, _ = contrast(*[batch._replace(embedding=scaled)] * 2)
    (1024 * total).backward()
    assert total.dtype == torch.float32
    torch.testing.assert_close(scaled.grad / 1024, plain.grad)


def test_a_loss_that_ignores_its_input_gives_no_gradient():
    class Constant(Loss):
        def forward(self, similarity, pairs):
            return similarity.sum() * 0, similarity.new_ones(())

    x = rows([0, 0, 1]).embedding.clone().requires_grad_()
    batch = rows([0, 0, 1])._replace(embedding=x)
    Contrast(Label(), KeepAll(), Constant(), compile=False)(batch, batch)[0].backward()
    assert not x.grad.any()


@pytest.mark.skipif(" " in torch.__file__, reason="Inductor can't compile from a path with a space")
@pytest.mark.parametrize("miner", [KeepAll(), Hardest()], ids=repr)
def test_the_compiled_block_is_the_eager_one(miner):
    label = [i % 5 for i in range(20)]
    gradients = []
    for compiled in (False, True):
        batch = rows(label)
        x = batch.embedding.clone().requires_grad_()
        contrast = Contrast(Label(), miner, SupCon(), block_rows=8, compile=compiled)
        contrast(*[batch._replace(embedding=x)] * 2)[0].backward()
        gradients.append(x.grad)
    torch.testing.assert_close(gradients[1], gradients[0])


@pytest.mark.parametrize("settings", [{"block_rows": 0}, {"compile": "maybe"}])
def test_bad_settings_are_named(settings):
    with pytest.raises(InputError, match=next(iter(settings))):
        Contrast(Label(), KeepAll(), SupCon(), **settings)


def test_a_part_that_is_not_derived_from_its_base_is_refused_in_one_line():
    class Gap(nn.Module):
        pass

    line = (
        r"^a loss must be derived from lightning_contrast.losses.loss.Loss, and Gap is not: write"
    )
    with pytest.raises(InputError, match=line):
        Contrast(Label(), KeepAll(), Gap())
    with pytest.raises(InputError, match=r"a miner must be derived from .*, and Label is not"):
        Contrast(Label(), Label(), SupCon())
    with pytest.raises(InputError, match=r"a pairing must be derived .*, and .* is not"):
        Contrast(lambda anchors, candidates: None, KeepAll(), SupCon())


def test_a_misspelt_trait_is_named():
    with pytest.raises(
        InputError,
        match=r"sets 'half_block', which is no trait of a loss: did you mean half_blocks",
    ):

        class Heavy(SupCon):
            half_block = True
