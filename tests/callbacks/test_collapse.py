import warnings
from types import SimpleNamespace

import pytest
import torch

from lightning_contrast.callbacks.collapse import Collapse, CollapseWarning
from lightning_contrast.types import Rows


def rows(embedding, label):
    embedding = torch.nn.functional.normalize(embedding, dim=1)
    order = torch.arange(len(label))
    return Rows(embedding, label, order, order * 0, order)


def epoch(callback, batches, embedding_of, label, steps=0):
    """An epoch of ``batches`` steps, with ``embedding_of(step)`` as the batch's embedding."""
    trainer = SimpleNamespace(num_training_batches=batches, global_step=steps, is_global_zero=True)
    for index in range(batches):
        trainer.global_step += 1
        module = SimpleNamespace(last_rows=rows(embedding_of(index), label))
        callback.on_train_batch_end(trainer, module, None, None, index)


LABEL = torch.arange(32) % 4
DIRECTION = torch.eye(8)[:1]


def near(noise):
    return DIRECTION + noise * torch.randn(32, 8)


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


@pytest.mark.parametrize("batches", [4, 37, 400])
@pytest.mark.parametrize("label", [LABEL, LABEL * 0 - 1], ids=["labelled", "unlabelled"])
def test_equal_embeddings_are_noticed_within_an_epoch_and_said_once(batches, label):
    callback = CollapseWarning()
    with pytest.warns(Collapse, match="collapsed.*mean cosine of 0.99.*semi_hard.*lr") as said:
        epoch(callback, batches, lambda _: near(1e-3), label)
    epoch(callback, batches, lambda _: near(1e-3), label)  # a second warning would be an error
    assert len(said) == 1


def test_exactly_equal_embeddings_are_noticed():
    with pytest.warns(Collapse):
        epoch(CollapseWarning(), 40, lambda _: DIRECTION.expand(32, 8), LABEL)


def test_rows_on_one_line_are_noticed_at_the_end_of_the_epoch():
    sign = torch.where(torch.arange(32) % 3 == 0, 1.0, -1.0)[:, None]
    with pytest.warns(Collapse, match="one direction.*rank is 1.0"):
        epoch(CollapseWarning(), 10, lambda _: sign * DIRECTION, LABEL)


@pytest.mark.parametrize(
    ("name", "embedding", "label"),
    [
        ("spread rows", lambda: torch.randn(32, 8), LABEL),
        ("classes as points", lambda: torch.eye(8)[LABEL], LABEL),
        (
            "two classes as opposite points",
            lambda: DIRECTION * (2.0 * (LABEL[:, None] % 2) - 1),
            LABEL % 2,
        ),
        ("one class in the batch", lambda: near(1e-4), LABEL * 0),
        ("a cone, as at the start of many encoders", lambda: near(0.1), LABEL),
    ],
)
def test_what_is_no_collapse_is_not_warned_of(name, embedding, label):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        epoch(CollapseWarning(), 60, lambda _: embedding(), label)


def test_near_equal_rows_that_drift_apart_are_not_warned_of():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        epoch(CollapseWarning(), 20, lambda step: near(2e-4 * 1.3**step), LABEL)


def test_a_module_without_rows_is_left_alone():
    trainer = SimpleNamespace(num_training_batches=1, global_step=1)
    CollapseWarning().on_train_batch_end(trainer, SimpleNamespace(last_rows=None), None, None, 0)


def test_looks_rarely():
    class Counting(CollapseWarning):
        looks = 0

        def _check(self, *arguments):
            self.looks += 1

    callback = Counting()
    epoch(callback, 1000, lambda _: torch.ones(2, 2), torch.arange(2))
    assert callback.looks == 20


def test_batches_of_one_class_have_no_pairs_and_so_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        epoch(CollapseWarning(), 200, lambda _: torch.randn(32, 8), LABEL * 0)
