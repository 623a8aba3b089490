import numpy as np
import pytest
import torch
from sklearn.neighbors import KNeighborsClassifier

from lightning_contrast.metrics.knn import knn_accuracy, vote
from lightning_contrast.metrics.neighbours import nearest, similarity_chunks


def knn_predict(train, label, query, k):
    return vote(*nearest(query, train, k), label)


def rows(n, classes=3, seed=0, d=5):
    generator = torch.Generator().manual_seed(seed)
    label = torch.randint(classes, (n,), generator=generator)
    return torch.randn(n, d, generator=generator) + 1.5 * torch.eye(d)[label], label


def test_predicts_what_scikit_learn_predicts_wherever_there_is_no_tie():
    (train, train_label), (query, _) = rows(200), rows(80, seed=1)
    for k in (1, 5, 20):
        reference = KNeighborsClassifier(k, metric="cosine", algorithm="brute")
        reference.fit(train.numpy(), train_label.numpy())
        votes = np.sort(reference.predict_proba(query.numpy()), axis=1)
        clear = torch.from_numpy(votes[:, -1] > votes[:, -2])
        ours = knn_predict(train, train_label, query, k)
        theirs = torch.from_numpy(reference.predict(query.numpy()))
        assert clear.sum() > 60
        assert torch.equal(ours[clear], theirs[clear])


def test_a_tie_goes_to_the_class_with_the_more_similar_neighbours():
    angle = torch.tensor([0.1, 0.5, 0.2, 0.6])
    train = torch.stack([angle.cos(), angle.sin()], dim=1)
    query = torch.tensor([[1.0, 0.0]])
    assert knn_predict(train, torch.tensor([0, 0, 1, 1]), query, k=4).item() == 0
    assert knn_predict(train, torch.tensor([1, 1, 0, 0]), query, k=4).item() == 1


def test_one_more_vote_outweighs_any_similarity():
    train = torch.tensor([[1.0, 0.0], [1.0, 0.0], [-1.0, 0.01], [-1.0, -0.01], [-1.0, 0.0]])
    label = torch.tensor([0, 0, 1, 1, 1])
    assert knn_predict(train, label, torch.tensor([[1.0, 0.0]]), k=5).item() == 1


def test_accuracy_is_the_fraction_of_right_votes_and_k_is_cut_to_the_training_rows():
    train, train_label = torch.eye(2), torch.tensor([0, 1])
    query = torch.tensor([[1.0, 0.1], [0.1, 1.0], [0.2, 1.0], [1.0, 0.2]])
    label = torch.tensor([0, 1, 0, 0])
    assert knn_accuracy(train, train_label, query, label, k=1) == 0.75
    assert 0 <= knn_accuracy(train, train_label, query, label, k=20) <= 1


def test_is_nan_without_rows():
    assert np.isnan(
        knn_accuracy(torch.ones(0, 2), torch.ones(0).long(), torch.eye(2), torch.ones(2))
    )
    assert np.isnan(knn_accuracy(torch.eye(2), torch.arange(2), torch.ones(0, 2), torch.ones(0)))


@pytest.mark.parametrize("chunk", [1, 60, 10_000])
def test_chunks_of_any_size_give_the_same_neighbours_and_none_is_larger_than_asked(chunk):
    train, _ = rows(30)
    assert all(b.numel() <= max(chunk, 30) for _, b in similarity_chunks(train, train, chunk))
    similarity, index = nearest(train, train, 4, same=True, tile=chunk)
    unit = train / train.norm(dim=1, keepdim=True)
    full = (unit @ unit.T).fill_diagonal_(-2)
    torch.testing.assert_close(similarity, full.sort(dim=1, descending=True).values[:, :4])
    torch.testing.assert_close(full.gather(1, index), similarity)


def test_a_row_is_not_its_own_neighbour():
    _, index = nearest(torch.ones(5, 2), torch.ones(5, 2), 4, same=True)
    assert index.shape == (5, 4)
    assert not (index == torch.arange(5)[:, None]).any()
