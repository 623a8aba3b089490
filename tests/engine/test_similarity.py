"""Similarities other than the cosine, against pytorch-metric-learning's distances."""

import pytest
import torch
from pytorch_metric_learning import distances, losses, reducers

from lightning_contrast.engine.contrast import Contrast
from lightning_contrast.errors import InputError
from lightning_contrast.losses.circle import Circle
from lightning_contrast.losses.pair_margin import PairMargin
from lightning_contrast.losses.supcon import SupCon
from lightning_contrast.losses.triplet_margin import TripletMargin
from lightning_contrast.miners.keep_all import KeepAll
from lightning_contrast.pairings.label import Label
from lightning_contrast.testing.rows import rows
from tests.choices import build, run_of
from tests.runs import composed

LABEL = [0, 1, 2, 0, 1, 2, 0, 1, 2]


def ours(loss, kind, x, **engine):
    contrast = Contrast(Label(), KeepAll(), loss, compile=False, similarity=kind, **engine)
    batch = rows(LABEL)._replace(embedding=contrast.embedding(x))
    total, weight = contrast(batch, batch)
    return total / weight


def both(loss, kind, theirs, **engine):
    x = 3 * rows(LABEL).embedding * torch.rand(9, 1, dtype=torch.float64)  # of any length
    x.requires_grad_()
    found = []
    for value in (ours(loss, kind, x, **engine), theirs(x, torch.tensor(LABEL))):
        found.append((value.detach(), torch.autograd.grad(value, x)[0]))
    torch.testing.assert_close(*found, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("block_rows", [None, 4])
def test_distances_of_vectors_of_any_length(block_rows):
    lp = distances.LpDistance(normalize_embeddings=False)
    triplets = losses.TripletMarginLoss(margin=0.5, distance=lp)
    both(TripletMargin(margin=0.5), "euclidean", triplets, block_rows=block_rows)


def test_products_of_vectors_of_any_length():
    dot = distances.DotProductSimilarity(normalize_embeddings=False)
    peer = losses.SupConLoss(temperature=0.5, distance=dot, reducer=reducers.MeanReducer())
    both(SupCon(temperature=0.5), "dot", peer)


def test_of_unit_vectors_the_euclidean_similarity_is_the_cosine():
    x = rows(LABEL).embedding.requires_grad_()
    for loss in (SupCon(), PairMargin()):
        values = [ours(loss, kind, x) for kind in ("cosine", "euclidean", None)]
        torch.testing.assert_close(values[1:], [values[0]] * 2)


def test_the_first_numbers_are_compared_as_the_whole():
    x = 3 * rows(LABEL).embedding
    whole = ours(SupCon(), "euclidean", x), ours(SupCon(), "euclidean", x[:, :3])
    found = ours(SupCon(), "euclidean", x, widths=[3])
    torch.testing.assert_close(found, sum(whole) / 2)


def test_what_does_not_take_a_similarity_says_so():
    with pytest.raises(
        InputError, match=r"loss Circle takes cosine, and engine\.similarity is dot"
    ):
        Contrast(Label(), KeepAll(), Circle(), similarity="dot")
    run = run_of(similarity="euclidean")
    for group, name, words in (
        ("loss", "circle", "loss Circle takes cosine"),
        ("miner", "multi_similarity", "miner MultiSimilarity goes by cosine"),
        ("candidates", "momentum", "candidates Momentum holds unit vectors"),
        ("projector", "mlp_predictor", "predicts unit vectors"),
    ):
        part = build(group, name, in_features=4, embedding_size=4)
        with pytest.raises(InputError, match=words):
            part.check(run)
    for group, name in (("miner", "semi_hard"), ("candidates", "queue")):
        build(group, name, embedding_size=4).check(run)


def test_a_run_takes_it_from_its_config():
    assert composed()["engine"]["similarity"] is None
