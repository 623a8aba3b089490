"""Losses of graded pairs against sentence-transformers, in float64; in blocks, and over ranks."""

import pytest
import torch
from torch.nn.functional import normalize

from lightning_contrast.batch import Batch, Counts, first_rows, rows_of
from lightning_contrast.engine.contrast import Contrast
from lightning_contrast.errors import InputError
from lightning_contrast.losses.angle import Angle
from lightning_contrast.losses.cosent import CoSENT
from lightning_contrast.losses.cosine_regression import CosineRegression
from lightning_contrast.metrics.similarity import factors
from lightning_contrast.miners.keep_all import KeepAll
from lightning_contrast.pairings.scored import Scored
from lightning_contrast.testing.rows import pairs_of, rows

SCORES = [0.1, 0.9, 0.4, 0.4, 0.0, 1.0, 0.7]  # two pairs of one score
LOSSES = {
    "CoSENTLoss": CoSENT(),
    "AnglELoss": Angle(temperature=1 / 20),
    "CosineSimilarityLoss": CosineRegression(),
}


def vectors():
    """Texts and their partners, ``(2, pairs, 6)``, as a projector gives them."""
    torch.manual_seed(0)
    return torch.randn(2, len(SCORES), 6, dtype=torch.float64, requires_grad=True)


def batch_of(pair_vectors, contrast):
    """Rows of the texts, then of the partners."""
    number = torch.arange(len(SCORES)).repeat(2)
    batch = Batch(None, torch.full_like(number, -1), number, Counts(len(SCORES), 1, 0))
    made = rows_of(batch, pair_vectors.flatten(0, 1))
    return made._replace(embedding=contrast.embedding(pair_vectors.flatten(0, 1)))


def mean_and_gradient(loss, block_rows=None, **engine):
    engine = {"block_rows": block_rows, "compile": False} | engine
    contrast = Contrast(Scored(SCORES), KeepAll(), loss, **engine)
    x = vectors()
    batch = batch_of(x, contrast)
    total, weight = contrast(first_rows(batch, len(SCORES)), batch)
    assert weight == len(SCORES)
    value = total / weight
    return value.detach(), torch.autograd.grad(value, x)[0]


@pytest.mark.parametrize("block_rows", [None, 3, 7])
@pytest.mark.parametrize("name", LOSSES)
def test_value_and_gradient_are_those_of_sentence_transformers(name, block_rows):
    from sentence_transformers.sentence_transformer import losses

    model = torch.nn.Identity()
    model.similarity_fn_name = None
    theirs, x = getattr(losses, name)(model), vectors()
    scores = torch.tensor(SCORES, dtype=torch.float64)
    expected = theirs.compute_loss_from_embeddings([*x], scores)
    found = mean_and_gradient(LOSSES[name], block_rows)
    torch.testing.assert_close(found[0], expected, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(found[1], torch.autograd.grad(expected, x)[0], rtol=1e-6, atol=1e-6)


def test_cosent_is_the_sum_over_all_pairs_of_pairs():
    x = normalize(vectors(), dim=-1)
    own = (x[0] * x[1]).sum(-1)
    terms = [
        torch.exp((own[j] - own[i]) / 0.2)
        for i in range(len(SCORES))
        for j in range(len(SCORES))
        if SCORES[i] > SCORES[j]
    ]
    assert len(terms) == 20  # 21 pairs of pairs, one of equal scores
    value, _ = mean_and_gradient(CoSENT(temperature=0.2))
    torch.testing.assert_close(value, torch.log(1 + sum(terms)).detach())


@pytest.mark.slow
@pytest.mark.skipif(" " in torch.__file__, reason="Inductor can't compile from a path with a space")
def test_compiled_blocks_have_the_gradient_of_eager_ones():
    eager = mean_and_gradient(CoSENT(), 4)
    torch.testing.assert_close(mean_and_gradient(CoSENT(), 4, compile=True), eager)


def test_similarities_may_be_products_of_vectors_of_any_length_or_distances():
    x = vectors()
    expected = {
        "dot": (x[0] * x[1]).sum(-1),
        "euclidean": 1 - (x[0] - x[1]).square().sum(-1) / 2,
    }
    for kind, own in expected.items():
        a, c = factors(kind, x[0], x[1])
        torch.testing.assert_close((a * c).sum(-1), own)
        terms = [
            own[j] - own[i]
            for i in range(len(SCORES))
            for j in range(len(SCORES))
            if SCORES[i] > SCORES[j]
        ]
        wanted = torch.log(1 + torch.stack(terms).exp().sum())
        found = mean_and_gradient(CoSENT(temperature=1.0), 3, similarity=kind)
        torch.testing.assert_close(found, (wanted.detach(), torch.autograd.grad(wanted, x)[0]))


def test_what_a_loss_can_not_take_is_told():
    with pytest.raises(InputError, match=r"loss Angle takes angle.*engine\.similarity is dot"):
        Contrast(Scored(SCORES), KeepAll(), Angle(), similarity="dot")
    with pytest.raises(InputError, match=r"even number of them, got 3"):
        factors("angle", torch.ones(1, 3), torch.ones(1, 3))
    with pytest.raises(InputError, match=r"loss CoSENT reads pairs\.score"):
        CoSENT()(torch.eye(2), pairs_of([0, 0]))
    with pytest.raises(InputError, match=r"pairing scored needs rows with scores"):
        Scored()(*[rows([0, 0])] * 2)
