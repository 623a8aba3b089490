"""Exact neighbours by any way: tiles, the shorter top-k of wide blocks."""

import pytest
import torch

from lightning_contrast.metrics import neighbours
from lightning_contrast.metrics.neighbours import nearest


def rows(n, seed=0, width=8):
    return torch.randn(n, width, generator=torch.Generator().manual_seed(seed))


def full(query, gallery, k):
    unit = [part / part.norm(dim=1, keepdim=True) for part in (query, gallery)]
    similarity = unit[0] @ unit[1].T
    return similarity, similarity.sort(dim=1, descending=True).values[:, :k]


@pytest.mark.parametrize("k", [1, 7, 60])
@pytest.mark.parametrize("tile", [64, 1024, 20480])
def test_the_neighbours_are_those_of_the_whole_matrix(k, tile):
    query, gallery = rows(300), rows(4096, seed=1)
    similarity, index = nearest(query, gallery, k, tile=tile)
    whole, best = full(query, gallery, k)
    torch.testing.assert_close(similarity, best)
    torch.testing.assert_close(whole.gather(1, index), best)


@pytest.mark.parametrize("length", [1.0, 3.0])
@pytest.mark.parametrize("same", [False, True])
def test_rows_of_any_length_and_of_none_have_the_neighbours_of_unit_rows(length, same):
    gallery = torch.nn.functional.normalize(rows(500), dim=1) * length
    gallery[::7] *= length  # unequal lengths, unless all are 1
    gallery[3] = 0
    before = gallery.clone()
    similarity, index = nearest(gallery, gallery, 9, same=same, tile=200)
    unit = torch.nn.functional.normalize(before, dim=1)
    whole = unit @ unit.T
    if same:
        whole.fill_diagonal_(-torch.inf)
    torch.testing.assert_close(similarity, whole.topk(9, dim=1).values)
    torch.testing.assert_close(whole.gather(1, index), similarity)
    assert torch.equal(gallery, before)


def test_the_shorter_top_k_is_taken_and_is_exact_also_with_equal_values():
    block = torch.randint(5, (50, 2048), generator=torch.Generator().manual_seed(0)).float()
    value, place = neighbours._largest(block, 20)
    assert torch.equal(value, block.topk(20, dim=1).values)
    assert torch.equal(block.gather(1, place), value)
    assert all(len(set(row)) == 20 for row in place.tolist())


@pytest.mark.parametrize("size", [1000, 1009])
def test_columns_beyond_the_last_whole_group_count(size):
    query, gallery = rows(5), rows(size, seed=1)
    query[0] = gallery[-1]
    value, index = nearest(query, gallery, 3)
    similarity, expected = full(query, gallery, 3)
    assert index[0, 0] == size - 1
    torch.testing.assert_close(value, expected)
    torch.testing.assert_close(similarity.gather(1, index), expected)
