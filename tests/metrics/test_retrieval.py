import math

import pytest
import torch

from lightning_contrast.metrics.retrieval import retrieval_scores


def recall_at_k(embedding, label, k=1):
    return retrieval_scores(embedding, label, (k,))[f"recall_at_{k}"]


def map_at_r(embedding, label, chunk=1 << 24):
    return retrieval_scores(embedding, label, (), chunk)["map_at_r"]


def on_circle(degrees):
    angle = torch.deg2rad(torch.tensor(degrees, dtype=torch.float32))
    return torch.stack([angle.cos(), angle.sin()], dim=1)


def brute_force(embedding, label, k):
    """(recall@k, mAP@R) with loops over rows and ranks."""
    unit = embedding / embedding.norm(dim=1, keepdim=True)
    recalls, precisions = [], []
    for q in range(len(label)):
        others = [i for i in range(len(label)) if i != q]
        others.sort(key=lambda i, q=q: -float(unit[q] @ unit[i]))
        r = sum(int(label[i] == label[q]) for i in others)
        if r == 0:
            continue
        recalls.append(any(label[i] == label[q] for i in others[:k]))
        hits, score = 0, 0.0
        for rank, i in enumerate(others[:r], start=1):
            if label[i] == label[q]:
                hits += 1
                score += hits / rank
        precisions.append(score / r)
    return sum(recalls) / len(recalls), sum(precisions) / len(precisions)


@pytest.mark.parametrize("k", [1, 3])
def test_equals_a_loop_over_queries_with_unequal_classes_and_a_class_of_one(k):
    torch.manual_seed(0)
    label = torch.cat([torch.randint(4, (50,)), torch.tensor([7]), torch.tensor([8, 8])])
    embedding = torch.randn(53, 4)
    recall, precision = brute_force(embedding, label, k)
    assert math.isclose(recall_at_k(embedding, label, k), recall, rel_tol=1e-6)
    for chunk in (1, 200, 1 << 24):
        assert math.isclose(map_at_r(embedding, label, chunk), precision, rel_tol=1e-6)


def test_equals_the_accuracy_calculator_of_pytorch_metric_learning():
    from pytorch_metric_learning.distances import CosineSimilarity
    from pytorch_metric_learning.utils.accuracy_calculator import AccuracyCalculator
    from pytorch_metric_learning.utils.inference import CustomKNN

    torch.manual_seed(1)
    embedding, label = torch.randn(120, 6), torch.randint(5, (120,))
    calculator = AccuracyCalculator(
        include=("precision_at_1", "mean_average_precision_at_r"),
        k="max_bin_count",
        device=torch.device("cpu"),
        knn_func=CustomKNN(CosineSimilarity()),
    )
    reference = calculator.get_accuracy(embedding, label)
    assert math.isclose(recall_at_k(embedding, label), reference["precision_at_1"], rel_tol=1e-6)
    assert math.isclose(
        map_at_r(embedding, label), reference["mean_average_precision_at_r"], rel_tol=1e-6
    )


def test_a_hit_beyond_rank_r_does_not_count():
    # The only partner of row 0 comes second: R = 1, so its average precision is 0.
    embedding, label = on_circle([0, 20, 10]), torch.tensor([0, 0, 1])
    assert map_at_r(embedding, label) == 0
    assert recall_at_k(embedding, label, 1) == 0
    assert recall_at_k(embedding, label, 2) == 1


def test_negative_similarities_count_like_any_others():
    # Rows of a class are the nearest there are, yet at a cosine below 0.
    embedding, label = on_circle([0, 100, 230]), torch.tensor([0, 0, 1])
    assert map_at_r(embedding, label) == 1


def test_rows_of_another_magnitude_rank_the_same():
    torch.manual_seed(0)
    embedding, label = torch.randn(40, 3), torch.randint(3, (40,))
    scaled = embedding * torch.rand(40, 1).add(0.5)
    assert math.isclose(map_at_r(embedding, label), map_at_r(scaled, label), rel_tol=1e-6)


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_is_nan_where_no_row_has_a_partner(rows):
    embedding, label = torch.eye(3)[:rows], torch.arange(rows)
    assert math.isnan(map_at_r(embedding, label))
    assert math.isnan(recall_at_k(embedding, label))


def test_one_pass_gives_every_retrieval_figure():
    torch.manual_seed(2)
    label = torch.cat([torch.randint(3, (40,)), torch.tensor([9])])
    embedding = torch.randn(41, 4)
    scores = retrieval_scores(embedding, label, ks=(1, 5, 30), chunk=100)
    assert math.isclose(scores["map_at_r"], map_at_r(embedding, label))
    for k in (1, 5, 30):
        assert math.isclose(scores[f"recall_at_{k}"], recall_at_k(embedding, label, k))
    unit = embedding / embedding.norm(dim=1, keepdim=True)
    similarity = (unit @ unit.T).fill_diagonal_(-2)
    precisions = []
    for q in range(40):
        r = int((label == label[q]).sum()) - 1
        found = similarity[q].argsort(descending=True)[:r]
        precisions.append(float((label[found] == label[q]).double().mean()))
    assert math.isclose(scores["r_precision"], sum(precisions) / 40, rel_tol=1e-9)
    assert all(math.isnan(v) for v in retrieval_scores(torch.eye(3), torch.arange(3)).values())
