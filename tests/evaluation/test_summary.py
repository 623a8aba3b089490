import torch

from lightning_contrast.evaluation.summary import summarize
from lightning_contrast.types import Embedded

CLASSES = ("art", "law", "sea")
KEYS = {
    "accuracy",
    "macro_f1",
    "ece",
    "knn_accuracy",
    "recall_at_1",
    "map_at_r",
    "alignment",
    "uniformity",
}


def split(n=60, seed=0):
    generator = torch.Generator().manual_seed(seed)
    label = torch.arange(n) % 3
    features = torch.eye(3)[label] * 3 + torch.randn(n, 3, generator=generator)
    return Embedded(features, features / 2, features, label, torch.arange(n) + 100)


def test_has_every_metric_and_rates_are_fractions():
    figures = summarize(split(), split(seed=1), CLASSES)
    assert set(figures) == KEYS
    assert all(0 <= figures[key] <= 1 for key in KEYS - {"alignment", "uniformity"})
    assert figures["accuracy"] > 0.8


def test_the_neighbours_are_judged_on_features_and_the_retrieval_on_the_embedding():
    rows = split()
    collapsed = rows._replace(embedding=torch.ones_like(rows.embedding))
    figures, reference = (summarize(rows, other, CLASSES) for other in (collapsed, rows))
    assert figures["knn_accuracy"] == reference["knn_accuracy"]
    assert figures["map_at_r"] < reference["map_at_r"]


def test_rows_made_in_inference_mode_are_summarised():
    with torch.inference_mode():
        rows = Embedded(*(column.clone() for column in split()))
    assert summarize(rows, rows, CLASSES) == summarize(split(), split(), CLASSES)


def test_what_cannot_be_said_is_left_out():
    single = Embedded(*(column[:3] for column in split()))
    assert set(summarize(split(), single, CLASSES)) == KEYS - {
        "recall_at_1",
        "map_at_r",
        "alignment",
    }
    assert summarize(split(), Embedded(*(column[:0] for column in split())), CLASSES) == {}
