import numpy as np
import pytest
import torch

from lightning_contrast.data.collate import FlatTokens, pad
from lightning_contrast.data.dataset import ContrastiveDataset
from lightning_contrast.negatives.cross_class import CrossClassNegatives
from lightning_contrast.negatives.in_batch import InBatchNegatives
from lightning_contrast.positives.none import NoPositives
from lightning_contrast.positives.positives import Positives
from lightning_contrast.positives.same_class import SameClassPositives
from lightning_contrast.positives.view import ViewPositives
from lightning_contrast.types import Draw
from tests.batches import by_role

LABEL = np.array([0, 1, 0, 1, 2, 2, 0, 1])
ROWS = np.array([6, 1, 4, 3, 0])  # the split: neither row 2, 5 nor 7
LENGTH = np.array([3, 1, 9, 5, 2, 9, 4, 9])
# The tokens of row i are all i + 1.
FLAT = FlatTokens(
    torch.from_numpy(np.repeat(np.arange(1, 9), LENGTH).astype(np.int32)),
    torch.from_numpy(np.append(0, np.cumsum(LENGTH))),
)
IMAGES = torch.arange(8, dtype=torch.uint8).view(8, 1, 1, 1).expand(8, 3, 4, 5)
INPUTS = {"text": lambda index: pad(FLAT, index), "image": lambda index: IMAGES[index]}
positives = pytest.mark.parametrize(
    "positives", [ViewPositives(), NoPositives(), SameClassPositives(LABEL[ROWS])]
)
negatives = pytest.mark.parametrize(
    "negatives", [InBatchNegatives(), CrossClassNegatives(LABEL[ROWS], k=3)]
)
modality = pytest.mark.parametrize("modality", ["text", "image"])


def batch_of(modality, positives, negatives, position=(0, 2, 3), seed=0):
    dataset = ContrastiveDataset(INPUTS[modality], LABEL, ROWS, positives, negatives)
    return dataset.__getitems__(Draw(np.array(position), seed))


def row_shown(inputs):
    """The row that each input shows, read off its content."""
    if isinstance(inputs, dict):
        return inputs["input_ids"][..., 0] - 1
    return inputs[..., 0, 0, 0].long()


@modality
@positives
@negatives
def test_inputs_labels_and_indices_are_those_of_the_same_rows_of_the_split(
    modality, positives, negatives
):
    batch = batch_of(modality, positives, negatives)
    assert batch.anchor.index.tolist() == [6, 4, 3]
    for part in by_role(batch):
        assert part.label.dtype == part.index.dtype == torch.int64
        assert torch.equal(row_shown(part.inputs), part.index)
        assert torch.equal(part.label, torch.from_numpy(LABEL)[part.index])
        assert set(part.index.flatten().tolist()) <= set(ROWS.tolist())


@modality
@positives
@negatives
def test_shapes_are_those_of_the_types(modality, positives, negatives):
    batch = batch_of(modality, positives, negatives)
    n, k = 3, getattr(negatives, "k", 0)
    p = 0 if isinstance(positives, NoPositives) else n
    for part, shape in zip(by_role(batch), [(n,), (p,), (n, k)], strict=True):
        assert part.label.shape == part.index.shape == shape
        tensors = part.inputs.values() if isinstance(part.inputs, dict) else [part.inputs]
        assert all(tensor.shape[: len(shape)] == shape for tensor in tensors)


def test_texts_of_a_batch_are_padded_to_its_longest_row():
    batch = batch_of("text", ViewPositives(), CrossClassNegatives(LABEL[ROWS], k=3), (1, 2))
    widths = {part.inputs["input_ids"].shape[-1] for part in by_role(batch)}
    shown = torch.cat([part.index.flatten() for part in by_role(batch)])
    assert widths == {LENGTH[shown].max()}
    lengths = batch.anchor.inputs["attention_mask"].sum(1)
    assert lengths.tolist() == LENGTH[[1, 4]].tolist()


def test_a_row_that_is_its_own_positive_is_read_once():
    asked = []

    def read(index):
        asked.append(index.tolist())
        return IMAGES[index]

    dataset = ContrastiveDataset(read, LABEL, ROWS, ViewPositives(), InBatchNegatives())
    batch = dataset.__getitems__(Draw(np.array([1, 0]), 0))
    assert asked == [[1, 6]]
    assert batch.positive.index.tolist() == [1, 6]


def test_the_seed_of_the_draw_fixes_the_partners():
    rules = SameClassPositives(LABEL[ROWS]), CrossClassNegatives(LABEL[ROWS], k=3)
    once, again, other = (batch_of("image", *rules, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(once.negative.index, again.negative.index)
    assert not torch.equal(once.negative.index, other.negative.index)


def test_only_rules_that_draw_rows_are_given_a_generator():
    seen = []

    class Own(Positives):
        def __call__(self, index, random):
            seen.append(random)
            return index

    batch_of("image", Own(), InBatchNegatives())
    assert isinstance(seen[0], np.random.Generator)
    Own.draws_rows = False
    batch_of("image", Own(), InBatchNegatives())
    assert seen[1] is None


def test_one_item_is_a_batch_of_one():
    dataset = ContrastiveDataset(INPUTS["image"], LABEL, ROWS, NoPositives(), InBatchNegatives())
    assert len(dataset) == 5
    assert dataset[4].anchor.index.tolist() == [0]
