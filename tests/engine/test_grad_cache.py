"""Encoding in chunks: gradient of the whole batch, dropout and statistics as in one pass."""

import pytest
import torch
from torch import nn

from lightning_contrast.engine.contrast import Contrast
from lightning_contrast.engine.grad_cache import encode_in_chunks
from lightning_contrast.errors import InputError
from lightning_contrast.losses.supcon import SupCon
from lightning_contrast.miners.hardest import Hardest
from lightning_contrast.pairings.label import Label
from lightning_contrast.runtime.distributed import gather, mean_over_ranks
from lightning_contrast.testing.ranks import on_two_ranks
from lightning_contrast.testing.rows import rows
from lightning_contrast.types import Rows
from tests.modules.test_classifier import text_classifier, token_batch

LABELS = [0, 1, 2, 0, 1, 2, 0, 0, 1, 1, 2]


def encoder(dropout: float) -> nn.Module:
    torch.manual_seed(0)
    layers = nn.Linear(6, 16), nn.Tanh(), nn.Dropout(dropout), nn.Linear(16, 5)
    return nn.Sequential(*layers).double()


def gradients(net: nn.Module, features: torch.Tensor) -> list[torch.Tensor]:
    batch = rows(LABELS, embedding=features)
    total, weight = Contrast(Label(), Hardest(), SupCon(), compile=False)(batch, batch)
    (total / weight).backward()
    return [parameter.grad.clone() for parameter in net.parameters()]


@pytest.mark.parametrize("chunk", [1, 3, 11, 100])
def test_the_gradient_is_that_of_the_whole_batch(chunk):
    inputs, net, other = rows(LABELS).embedding, encoder(0.0), encoder(0.0)
    found = gradients(net, encode_in_chunks(net, inputs, chunk))
    for one, expected in zip(found, gradients(other, other(inputs)), strict=True):
        torch.testing.assert_close(one, expected, rtol=1e-10, atol=1e-14)


def test_dropout_masks_are_the_same_when_a_chunk_is_encoded_again():
    inputs, net, other = rows(LABELS).embedding, encoder(0.5), encoder(0.5)
    torch.manual_seed(1)
    found = gradients(net, encode_in_chunks(net, inputs, 4))
    torch.manual_seed(1)
    plain = torch.cat([other(part) for part in inputs.split(4)])
    for one, expected in zip(found, gradients(other, plain), strict=True):
        torch.testing.assert_close(one, expected, rtol=1e-10, atol=1e-14)


def test_no_activation_is_kept_between_the_passes():
    alive = []

    class Watch(nn.Module):
        def forward(self, x):
            alive.append(len(x))
            return x

    net = nn.Sequential(Watch(), encoder(0.0))
    features = encode_in_chunks(net, rows(LABELS).embedding, 4)
    assert alive == [4, 4, 3]
    features.sum().backward()
    assert alive == [4, 4, 3, 4, 4, 3]  # each again, when its gradient is asked for


def test_batch_norm_counts_a_chunk_once():
    torch.manual_seed(0)
    net, other = (nn.Sequential(nn.Linear(6, 4), nn.BatchNorm1d(4)).double() for _ in range(2))
    other.load_state_dict(net.state_dict())
    inputs = rows(LABELS).embedding
    encode_in_chunks(net, inputs, 4).sum().backward()
    for part in inputs.split(4):
        other(part)
    for one, expected in zip(net.buffers(), other.buffers(), strict=True):
        torch.testing.assert_close(one, expected)


def test_a_classifier_trains_with_it_as_without():
    losses = []
    for grad_cache in (None, 3):
        model = text_classifier(grad_cache=grad_cache)
        loss = model.training_step(token_batch(model, k=1))
        loss.backward()
        losses.append((loss.detach(), model.network.encoder.embedding.grad.clone()))
    torch.testing.assert_close(losses[0][0], losses[1][0])
    torch.testing.assert_close(losses[0][1], losses[1][1])


def test_no_rows_at_a_time_are_refused():
    with pytest.raises(
        InputError, match=r"grad_cache must be a whole number of at least 1 or null"
    ):
        text_classifier(grad_cache=0)


class Cached(nn.Module):
    """A step whose batch is split over the ranks, encoded two rows at a time."""

    def __init__(self):
        super().__init__()
        self.encoder = encoder(0.0)

    def forward(self, batch):
        features = encode_in_chunks(self.encoder, batch.embedding, 2)
        local = batch._replace(embedding=nn.functional.normalize(features, dim=1))
        contrast = Contrast(Label(), Hardest(), SupCon(), block_rows=4, compile=False)
        return mean_over_ranks(*contrast(local, gather(local)))


def on_a_rank(number: int):
    whole = rows(LABELS)
    mine = Rows(*(column[:4] if number == 0 else column[4:] for column in whole))
    model = nn.parallel.DistributedDataParallel(Cached())
    model(mine).backward()
    return [parameter.grad for parameter in model.parameters()]


def test_two_ranks_have_the_gradient_of_the_joined_batch(tmp_path):
    whole, net = rows(LABELS), encoder(0.0)
    expected = gradients(net, net(whole.embedding))
    for found in on_two_ranks(on_a_rank, tmp_path):
        for one, other in zip(found, expected, strict=True):
            torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-14)
