"""Several widths of one embedding (Matryoshka): the mean of the loss of each, normalised anew."""

import pytest
import torch
from torch import nn
from torch.nn.functional import normalize

from lightning_contrast.engine.contrast import Contrast
from lightning_contrast.engine.grad_cache import encode_in_chunks
from lightning_contrast.errors import InputError
from lightning_contrast.losses.angular import Angular
from lightning_contrast.losses.sigmoid import Sigmoid
from lightning_contrast.losses.supcon import SupCon
from lightning_contrast.miners.hardest import Hardest
from lightning_contrast.miners.keep_all import KeepAll
from lightning_contrast.pairings.label import Label
from lightning_contrast.runtime.distributed import gather, mean_over_ranks
from lightning_contrast.testing.ranks import on_two_ranks
from lightning_contrast.testing.rows import pairs_of, prototypes, rows
from lightning_contrast.types import Made, Rows

LABELS = [0, 1, 2, 0, 1, 2, 0, 0, 3, -1, 1]
WIDTHS = [2, 3, 6]


def brute_force(x, loss, miner):
    """The mean over widths of the mean over anchors, each of a whole matrix."""
    each = []
    for width in WIDTHS:
        short = normalize(x[:, :width], dim=1)
        similarity = short @ short.T
        total, weight = loss(similarity, miner(similarity.detach(), pairs_of(LABELS)))
        each.append(total / weight)
    return torch.stack(each).mean()


@pytest.mark.parametrize("miner", [KeepAll(), Hardest()], ids=repr)
@pytest.mark.parametrize("loss", [SupCon(), Sigmoid(1.0, 0.0)], ids=["supcon", "sigmoid"])
@pytest.mark.parametrize("block_rows", [3, 100])
def test_value_and_gradient_are_the_mean_over_the_widths(loss, miner, block_rows):
    found, loss = [], loss.double()
    contrast = Contrast(Label(), miner, loss, block_rows, compile=False, widths=WIDTHS[:2])
    for blockwise in (True, False):
        x = rows(LABELS).embedding.clone().requires_grad_()
        if blockwise:
            batch = rows(LABELS)._replace(embedding=normalize(x, dim=1))
            total, weight = contrast(batch, batch)
            value = total / weight
        else:
            value = brute_force(x, loss, miner)
        learnt = list(loss.parameters())
        found.append((value.detach(), *torch.autograd.grad(value, [x, *learnt])))
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-12)


def test_prototypes_and_made_negatives_are_cut_too():
    batch, store = rows(LABELS), prototypes(4)
    own = rows(list(range(22)), seed=5).embedding.view(11, 2, 6)
    made = Made(own, torch.ones(11, 2, dtype=torch.bool))
    parts = Label(), KeepAll(), SupCon()
    total, weight = Contrast(*parts, compile=False, widths=[3])(batch, store, made)

    def cut(side):
        return side._replace(embedding=normalize(side.embedding[..., :3], dim=-1))

    plain = Contrast(*parts, compile=False)
    scores = [plain(batch, store, made), plain(cut(batch), cut(store), cut(made))]
    torch.testing.assert_close(total, scores[0][0] + scores[1][0])
    assert weight == scores[0][1] + scores[1][1] == 20


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_normalised_in_float32(dtype):
    contrast = Contrast(Label(), KeepAll(), SupCon(), compile=False, widths=[2])
    batch = rows(LABELS, dtype=dtype)
    x = batch.embedding.requires_grad_()
    total, _ = contrast(batch, batch)
    total.backward()
    wide = batch._replace(embedding=x.detach().float())
    torch.testing.assert_close(total.detach(), contrast(wide, wide)[0])
    assert x.grad.dtype == dtype and x.grad.any()


def test_the_first_numbers_learn_to_serve_alone():
    label, found = [number // 4 for number in range(24)], []
    for widths in ([], [2]):
        x = rows(label, seed=2).embedding.clone().requires_grad_()
        contrast = Contrast(Label(), KeepAll(), SupCon(0.1), compile=False, widths=widths)
        optimizer = torch.optim.SGD([x], lr=0.5)
        for _ in range(100):
            batch = rows(label)._replace(embedding=normalize(x, dim=1))
            total, weight = contrast(batch, batch)
            optimizer.zero_grad()
            (total / weight).backward()
            optimizer.step()
        short = normalize(x[:, :2], dim=1).detach()
        nearest = (short @ short.T).fill_diagonal_(-1).argmax(1)
        found.append((torch.tensor(label)[nearest] == torch.tensor(label)).double().mean().item())
    assert found[0] < 0.9 < found[1]


class Step(nn.Module):
    """A step of a batch that is split over the ranks, encoded two rows at a time."""

    def __init__(self, chunk: int | None = 2):
        super().__init__()
        torch.manual_seed(0)
        layers = nn.Linear(6, 16), nn.Tanh(), nn.Linear(16, 6)
        self.encoder, self.chunk = nn.Sequential(*layers).double(), chunk

    def forward(self, batch: Rows):
        whole = self.chunk is None
        features = (
            self.encoder(batch.embedding)
            if whole
            else encode_in_chunks(self.encoder, batch.embedding, self.chunk)
        )
        local = batch._replace(embedding=normalize(features, dim=1))
        contrast = Contrast(Label(), KeepAll(), SupCon(), 4, compile=False, widths=[2, 3])
        return mean_over_ranks(*contrast(local, gather(local)))


def gradients(model, batch):
    model(batch).backward()
    return [parameter.grad for parameter in model.parameters()]


def on_a_rank(number: int):
    found = []
    for first in (4, len(LABELS)):  # the second rank has no row then
        mine = slice(first) if number == 0 else slice(first, None)
        local = Rows(*(column[mine] for column in rows(LABELS)))
        found.append(gradients(nn.parallel.DistributedDataParallel(Step()), local))
    return found


def test_two_ranks_in_chunks_have_the_gradient_of_the_joined_batch(tmp_path):
    expected = gradients(Step(chunk=None), rows(LABELS))
    of_ranks = [found for rank in on_two_ranks(on_a_rank, tmp_path) for found in rank]
    for found in [*of_ranks, gradients(Step(), rows(LABELS))]:
        for one, other in zip(found, expected, strict=True):
            torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-14)


def test_bad_widths_are_named():
    parts = Label(), KeepAll(), SupCon()
    with pytest.raises(InputError, match=r"below the 6 numbers .* got 6: set engine.widths=\[3\]"):
        Contrast(*parts, widths=[6])(rows(LABELS), rows(LABELS))
    with pytest.raises(InputError, match="widths must be a list"):
        Contrast(*parts, widths=[0])
    with pytest.raises(InputError, match="sums of two rows"):
        Contrast(Label(), KeepAll(), Angular(), widths=[2])
