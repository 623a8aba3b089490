"""What was trained by dot products or distances is searched and measured by them."""

import numpy as np
import pytest
import torch

from lightning_contrast.errors import InputError
from lightning_contrast.inference.compact import Compact
from lightning_contrast.inference.neighbours import Index
from lightning_contrast.metrics.neighbours import nearest
from lightning_contrast.metrics.retrieval import retrieval_scores
from lightning_contrast.metrics.similarity import compared
from lightning_contrast.modules import load
from lightning_contrast.training.run import train
from tests.conftest import QUICK
from tests.runs import composed

torch.manual_seed(0)
QUERY = torch.randn(9, 4) * torch.rand(9, 1) * 3
GALLERY = torch.randn(40, 4) * torch.rand(40, 1) * 3
BY_HAND = {
    "dot": QUERY @ GALLERY.T,
    "euclidean": 1 - torch.cdist(QUERY, GALLERY).square() / 2,
    "cosine": torch.nn.functional.normalize(QUERY) @ torch.nn.functional.normalize(GALLERY).T,
}


@pytest.mark.parametrize("kind", BY_HAND)
@pytest.mark.parametrize("tile", [7, 1000])
def test_neighbours_are_those_of_all_similarities(kind, tile):
    value, place = nearest(QUERY, GALLERY, k=5, tile=tile, kind=kind)
    best = BY_HAND[kind].topk(5, dim=1)
    torch.testing.assert_close(value, best.values, rtol=1e-4, atol=1e-4)
    assert (place == best.indices).all()


def test_the_three_similarities_rank_differently():
    first = {kind: tuple(s.argmax(1).tolist()) for kind, s in BY_HAND.items()}
    assert len(set(first.values())) == 3


@pytest.mark.parametrize("kind", BY_HAND)
def test_retrieval_in_a_split_is_by_it(kind):
    label = torch.arange(40) % 4
    a, c = compared(kind, GALLERY, GALLERY)
    similarity = (a @ c.T).fill_diagonal_(-torch.inf)
    expected = (label[similarity.argmax(1)] == label).double().mean().item()
    found = retrieval_scores(GALLERY, label, ks=(1,), chunk=90, similarity=kind)
    assert found["recall_at_1"] == pytest.approx(expected)


@pytest.mark.parametrize("kind", ["dot", "euclidean"])
def test_an_index_finds_rows_by_it_and_keeps_lengths(kind):
    rows = np.arange(40)
    names = [f"row {number}" for number in rows]
    index = Index(GALLERY, rows, rows, names, names, compact=Compact(4, similarity=kind))
    found = [[one.row - 1 for one in each] for each in index.nearest(QUERY, k=3)]
    assert found == BY_HAND[kind].topk(3, dim=1).indices.tolist()
    with pytest.raises(InputError, match="to which their lengths count: set precision=float32"):
        Compact(4, precision="int8", similarity=kind)


@pytest.fixture(scope="module", params=["dot", "euclidean"])
def graded(request, tmp_path_factory):
    """A run on pairs with scores by products, or one on pairs by distances."""
    folder = tmp_path_factory.mktemp(request.param)
    draw, lines = np.random.default_rng(0), ["text,pair,score"]
    for number in range(120):
        one, other = (f"w{draw.integers(6)} w{draw.integers(6)} x{number}" for _ in range(2))
        lines.append(f"{one},{other},{draw.integers(6)}")
    (folder / "rows.csv").write_text("\n".join(lines))
    words = ["recipe=graded", f"source.path={folder / 'rows.csv'}", "source.lowest=0"]
    words += ["source.highest=5", f"engine.similarity={request.param}", "trainer.max_epochs=1"]
    train(composed(*words, *QUICK), folder / "run")
    return request.param, load(folder / "run/checkpoints/best.ckpt")


def test_a_checkpoint_knows_what_its_contrast_compared(graded):
    kind, network = graded
    assert network.similarity == kind
    lengths = network.embed(["w1 w2", "w3 x5", "w4 w4 w4"]).norm(dim=1)
    assert (lengths - 1).abs().max() > 1e-3
