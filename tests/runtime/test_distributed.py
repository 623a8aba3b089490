"""Two processes have the value and the gradient of one with the joined batch."""

import pytest
import torch
from torch import nn

from lightning_contrast.batch import SLOTS
from lightning_contrast.candidates.in_batch import InBatch
from lightning_contrast.candidates.prototypes import Prototypes
from lightning_contrast.candidates.queue import Queue
from lightning_contrast.candidates.store import Joined
from lightning_contrast.config.construct import construct
from lightning_contrast.engine.contrast import Contrast
from lightning_contrast.losses.loss import Loss
from lightning_contrast.pairings.label import Label
from lightning_contrast.runtime.distributed import gather, mean_over_ranks, rank, world_size
from lightning_contrast.types import Rows
from tests.choices import build, config, names
from tests.circle import rows
from tests.two_ranks import on_two_ranks

LABELS = [0, 1, 2, 0, 1, 2, 0, 0, 3, -1, 1, 2]
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


class Method(nn.Module):
    """Encoder, candidates and contrast; the learnable parameters of all of them."""

    def __init__(self, loss: str, miner: str, store: str) -> None:
        super().__init__()
        torch.manual_seed(0)
        scored = build("loss", loss, classes=4, embedding_size=5)
        self.candidates = candidates_for(scored, store)
        self.encoder = nn.Linear(6, 5)
        mined = build("miner", miner, embedding_size=5)
        self.contrast = Contrast(Label(), mined, scored, block_rows=3, compile=False)
        self.double()

    def forward(self, batch: Rows) -> torch.Tensor:
        embedding = nn.functional.normalize(self.encoder(batch.embedding), dim=1)
        local = batch._replace(embedding=embedding)
        return mean_over_ranks(*self.contrast(*self.candidates(local, gather(local))))


def candidates_for(loss: Loss, store: str) -> nn.Module:
    as_anchors = loss.anchors_are_prototypes
    if as_anchors or loss.on_prototypes:
        return Prototypes(4, 5, loss.per_class or 1, as_anchors)
    parts: dict[str, nn.Module] = {"in_batch": InBatch()}
    if store != "in_batch":
        parts["queue"] = Queue(size=20, embedding_size=5)
    if store in MADE:
        settings = {} if store == "generated" else {"gradient": True}
        value = config("candidates", store) | settings
        parts[store] = construct(value, pairing=Label(), embedding_size=5)
    return Joined(parts) if len(parts) > 1 else parts["in_batch"]


def loss_and_gradients(method: Method, *batches: Rows):
    """One step on this rank's rows of the last batch; gradients averaged over ranks, as DDP does.

    The batches before it fill the queue.
    """
    for batch in batches[:-1]:
        method(batch)
    value = method(batches[-1])
    value.backward()
    gradients = [p.grad for p in method.parameters()]
    if world_size() > 1:
        for gradient in gradients:
            torch.distributed.all_reduce(gradient)
            gradient /= world_size()
    return value.detach(), gradients


def every_case(number: int):
    wholes = rows(LABELS, seed=1), rows(LABELS)
    return {
        (case, split): loss_and_gradients(Method(*case), *(part(w, number, sizes) for w in wholes))
        for case in CASES
        for split, sizes in SPLITS.items()
    }


def every_case_with_a_hole(number: int):
    wholes = rows(MORE, seed=1), rows(MORE)
    found = {
        case: loss_and_gradients(Method(*case), *(part(w, number, HOLE) for w in wholes))
        for case in CASES
    }
    two_classes = part(rows(TWO), number, [2, 2, 2])
    return found | {"two prototypes": loss_and_gradients(of_two_classes(), two_classes)}


def of_two_classes() -> Method:
    """Fewer prototypes than ranks: one rank has no anchor."""
    method = Method("proxy_anchor", "keep_all", "in_batch")
    torch.manual_seed(1)
    method.candidates = Prototypes(2, 5, as_anchors=True).double()
    return method


def part(whole: Rows, number: int, sizes: list[int]) -> Rows:
    """This rank's share; slots count from 0 on each rank, as the classifier makes them."""
    mine = Rows(*(column.split(sizes)[number] for column in whole))
    return mine._replace(slot=SLOTS * (torch.arange(len(mine.slot)) + (rank() << 20)))


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    return on_two_ranks(every_case, tmp_path_factory.mktemp("ranks"))


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_two_ranks_have_the_gradient_of_the_joined_batch(two, case, split):
    value, gradients = loss_and_gradients(Method(*case), rows(LABELS, seed=1), rows(LABELS))
    assert all(gradient.norm() > 0 for gradient in gradients)
    for one in two:
        found, found_gradients = one[case, split]
        torch.testing.assert_close(found, value, rtol=1e-10, atol=1e-12)
        for own, expected in zip(found_gradients, gradients, strict=True):
            torch.testing.assert_close(own, expected, rtol=1e-7, atol=1e-12)


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ranks")
    return on_two_ranks(every_case_with_a_hole, folder, ranks=3)


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_three_ranks_one_without_a_row_have_the_gradient_of_the_joined_batch(three, case):
    value, gradients = loss_and_gradients(Method(*case), rows(MORE, seed=1), rows(MORE))
    assert any(gradient.norm() > 0 for gradient in gradients)
    for one in three:
        found, found_gradients = one[case]
        torch.testing.assert_close(found, value, rtol=1e-10, atol=1e-12)
        for own, expected in zip(found_gradients, gradients, strict=True):
            torch.testing.assert_close(own, expected, rtol=1e-7, atol=1e-12)


def test_fewer_prototypes_than_ranks_have_the_gradient_of_one_process(three):
    value, gradients = loss_and_gradients(of_two_classes(), rows(TWO))
    for one in three:
        found, found_gradients = one["two prototypes"]
        torch.testing.assert_close(found, value, rtol=1e-10, atol=1e-12)
        for own, expected in zip(found_gradients, gradients, strict=True):
            torch.testing.assert_close(own, expected, rtol=1e-7, atol=1e-12)


def test_one_process_gathers_nothing():
    batch = rows(LABELS)
    assert gather(batch) is batch and (rank(), world_size()) == (0, 1)
    assert mean_over_ranks(torch.tensor(3.0), torch.tensor(0.0)) == 3.0
