"""Two processes have the value and the gradient of one with the joined batch."""

import pytest
import torch
from torch import nn

from lightning_contrast.candidates.in_batch import InBatch
from lightning_contrast.candidates.prototypes import Prototypes
from lightning_contrast.candidates.queue import Queue
from lightning_contrast.candidates.store import Joined
from lightning_contrast.config.construct import construct
from lightning_contrast.losses.loss import Loss
from lightning_contrast.pairings.label import Label
from lightning_contrast.runtime.distributed import gather, mean_over_ranks, rank, world_size
from lightning_contrast.testing.ranks import (
    LABELS,
    WIDTH,
    Learner,
    candidates_for,
    loss_and_gradients,
    on_two_ranks,
    part,
    same,
)
from lightning_contrast.testing.rows import rows
from tests.choices import build, config, names

MORE = [*LABELS, 3, 0, 1]
SPLITS = {"equal": [6, 6], "unequal": [4, 8]}
TWO = [0, 1, 0, 1, 1, 0]
HOLE = [7, 0, 8]  # rows of three ranks
RANDOM = {"distance_weighted"}  # other ranks draw other negatives
MINERS = [name for name in names("miner") if name not in RANDOM]
CASES = [(loss, miner, "in_batch") for loss in names("loss") for miner in ("keep_all", "hardest")]
CASES += [("info_nce", miner, "in_batch") for miner in MINERS]
CASES += [(loss, "keep_all", "queue") for loss in ("supcon", "pair_margin")]
MADE = ("mixed", "adversarial", "generated")
CASES += [("supcon", miner, store) for miner in ("keep_all", "hardest") for store in MADE]
ON_TWO = [(case, "unequal") for case in CASES]
ON_TWO += [(case, "equal") for case in CASES if case[1] != "hardest"]
ON_THREE = [case for case in CASES if case[1] != "hardest" or case[0] == "supcon"]


def method(loss: str, miner: str, store: str) -> Learner:
    torch.manual_seed(0)
    scored = build("loss", loss, classes=4, embedding_size=WIDTH)
    mined = build("miner", miner, embedding_size=WIDTH)
    return Learner(scored, mined, stores_for(scored, store))


def stores_for(loss: Loss, store: str) -> nn.Module:
    if store == "in_batch":
        return candidates_for(loss)
    parts = {"in_batch": InBatch(), "queue": Queue(size=20, embedding_size=WIDTH)}
    if store in MADE:
        settings = {} if store == "generated" else {"gradient": True}
        value = config("candidates", store) | settings
        parts[store] = construct(value, pairing=Label(), embedding_size=WIDTH)
    return Joined(parts)


def every_case(number: int):
    wholes = rows(LABELS, seed=1), rows(LABELS)
    return {
        (case, split): loss_and_gradients(
            method(*case), *(part(w, number, SPLITS[split]) for w in wholes)
        )
        for case, split in ON_TWO
    }


def every_case_with_a_hole(number: int):
    wholes = rows(MORE, seed=1), rows(MORE)
    found = {
        case: loss_and_gradients(method(*case), *(part(w, number, HOLE) for w in wholes))
        for case in ON_THREE
    }
    two_classes = part(rows(TWO), number, [2, 2, 2])
    return found | {"two prototypes": loss_and_gradients(of_two_classes(), two_classes)}


def of_two_classes() -> Learner:
    """Fewer prototypes than ranks: one rank has no anchor."""
    made = method("proxy_anchor", "keep_all", "in_batch")
    torch.manual_seed(1)
    made.candidates = Prototypes(2, WIDTH, as_anchors=True).double()
    return made


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    return on_two_ranks(every_case, tmp_path_factory.mktemp("ranks"))


@pytest.mark.parametrize(
    ("case", "split"), ON_TWO, ids=["-".join((*case, split)) for case, split in ON_TWO]
)
def test_two_ranks_have_the_gradient_of_the_joined_batch(two, case, split):
    value, gradients = loss_and_gradients(method(*case), rows(LABELS, seed=1), rows(LABELS))
    assert all(gradient.norm() > 0 for gradient in gradients)
    for one in two:
        same(one[case, split], (value, gradients))


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ranks")
    return on_two_ranks(every_case_with_a_hole, folder, ranks=3)


@pytest.mark.parametrize("case", ON_THREE, ids="-".join)
def test_three_ranks_one_without_a_row_have_the_gradient_of_the_joined_batch(three, case):
    value, gradients = loss_and_gradients(method(*case), rows(MORE, seed=1), rows(MORE))
    assert any(gradient.norm() > 0 for gradient in gradients)
    for one in three:
        same(one[case], (value, gradients))


def test_fewer_prototypes_than_ranks_have_the_gradient_of_one_process(three):
    value, gradients = loss_and_gradients(of_two_classes(), rows(TWO))
    for one in three:
        same(one["two prototypes"], (value, gradients))


def test_one_process_gathers_nothing():
    batch = rows(LABELS)
    assert gather(batch) is batch and (rank(), world_size()) == (0, 1)
    assert mean_over_ranks(torch.tensor(3.0), torch.tensor(0.0)) == 3.0
