"""Keys of a teacher: looked up by row, beside a queue, on two ranks, with the mistakes."""

from functools import partial
from itertools import chain

import pytest
import torch
from torch import nn
from torch.nn.functional import normalize

from lightning_contrast.batch import Batch, Counts, rows_of
from lightning_contrast.candidates.in_batch import InBatch
from lightning_contrast.candidates.queue import Queue
from lightning_contrast.candidates.store import Joined
from lightning_contrast.candidates.teacher import Teacher
from lightning_contrast.engine.contrast import Contrast
from lightning_contrast.errors import InputError
from lightning_contrast.losses.info_nce import InfoNCE
from lightning_contrast.losses.margin_mse import MarginMSE
from lightning_contrast.losses.rkd import RKD
from lightning_contrast.losses.seed import Seed
from lightning_contrast.losses.supcon import SupCon
from lightning_contrast.miners.keep_all import KeepAll
from lightning_contrast.pairings.instance import Instance
from lightning_contrast.runtime.distributed import gather, mean_over_ranks
from lightning_contrast.testing.ranks import on_two_ranks
from tests.choices import build, run_of

WIDTH, ROWS = 6, 12
SPLITS = ([6, 6], [4, 8], [0, 12])


def known(width=WIDTH, rows=20):
    generator = torch.Generator().manual_seed(5)
    return torch.randn(rows, width, generator=generator, dtype=torch.float64)


def teacher(**settings):
    made = Teacher("any", WIDTH, **settings)
    made.hold(known(), torch.arange(20))
    return made


def batch_of(index, counts=None):
    index = torch.as_tensor(index)
    inputs = normalize(known(rows=40)[20 + index].float(), dim=1)
    return Batch(inputs, index % 3, index, counts or Counts(len(index), 0, 0))


def test_rows_are_looked_up_by_index_whatever_their_order():
    made = Teacher("any", 2)
    made.hold(torch.tensor([[0.0, 2.0], [3.0, 4.0]]), torch.tensor([9, 4]))
    batch = rows_of(batch_of([4, 9, 4]), torch.ones(3, 2))
    expected = torch.tensor([[0.6, 0.8], [0.0, 1.0], [0.6, 0.8]])
    torch.testing.assert_close(made.taught(batch), expected)


def test_a_row_that_it_was_never_shown_is_no_number():
    made = Teacher("any", 2)
    made.hold(torch.eye(2), torch.tensor([1, 3]))
    assert made.taught(rows_of(batch_of([2]), torch.ones(1, 2))).isnan().all()


def test_all_views_of_a_row_have_its_key_and_are_positives_of_it_and_no_row_is_its_own():
    made = teacher()
    batch = batch_of([3, 7, 3, 7], Counts(2, 1, 0))
    anchors = rows_of(batch, torch.ones(4, WIDTH))
    keys = made.keys(None, anchors, batch)
    assert torch.equal(keys.embedding[:2], keys.embedding[2:])
    assert not keys.embedding.requires_grad
    positive = Instance()(anchors, keys).positive
    assert positive.int().tolist() == [[1, 0, 1, 0], [0, 1, 0, 1]] * 2


def test_a_queue_beside_it_holds_its_keys_with_the_index_of_their_rows():
    store = Joined({"teacher": teacher(), "queue": Queue(size=8, embedding_size=WIDTH)})
    for index in ([0, 1, 2], [2, 3, 4]):
        batch = batch_of(index)
        rows = rows_of(batch, torch.ones(3, WIDTH))
        anchors, candidates = store(rows, store.keys(None, rows, batch))
    assert anchors is rows and candidates.index.tolist() == [2, 3, 4, 0, 1, 2]
    expected = normalize(known(), dim=1)[[2, 3, 4, 0, 1, 2]]
    torch.testing.assert_close(candidates.embedding.double(), expected, rtol=1e-6, atol=1e-6)
    assert Instance()(anchors, candidates).positive[0].int().tolist() == [1, 0, 0, 0, 0, 1]


class Student(nn.Module):
    """A student, its candidates and the contrast, as the training step calls them."""

    def __init__(self, loss, as_candidates, queue):
        super().__init__()
        torch.manual_seed(0)
        self.encoder = nn.Linear(WIDTH, WIDTH).double()
        store = teacher(as_candidates=as_candidates)
        if queue:
            store = Joined({"teacher": store, "queue": Queue(30, WIDTH).double()})
        self.candidates = store
        self.contrast = Contrast(
            Instance(), KeepAll(), loss, block_rows=3, compile=False, teacher=store.taught
        )

    def forward(self, batch):
        rows = rows_of(batch, self.encoder(batch.inputs.double()))
        keys = self.candidates.keys(self, rows, batch)
        return mean_over_ranks(*self.contrast(*self.candidates(rows, gather(keys))))


CASES = [(Seed(), True, True), (InfoNCE(0.1), True, True), (RKD(), False, True)]
CASES += [(RKD(), False, False), (MarginMSE(), False, False)]


def gradients(sizes, number):
    """Value and gradients of each case on this rank's share of two batches."""
    found = []
    for loss, as_candidates, queue in CASES:
        student = Student(loss, as_candidates, queue)
        for index in (torch.arange(12) % 8, (torch.arange(12) * 5 + 3) % 9):
            share = index.split(sizes)[number]
            value = student(batch_of(share))
        value.backward()
        slopes = [p.grad / len(sizes) for p in student.encoder.parameters()]
        if len(sizes) > 1:
            for slope in slopes:
                torch.distributed.all_reduce(slope)
        found.append([value.detach(), *slopes])
    return found


def shares(number):
    return [gradients(list(sizes), number) for sizes in SPLITS]


def test_two_ranks_have_the_gradient_of_one_also_when_one_has_no_row(tmp_path):
    expected = gradients([ROWS], 0)
    assert all(case[1].any() for case in expected)
    for rank in on_two_ranks(partial(shares), tmp_path):
        for split in rank:
            for own, joined in zip(chain(*split), chain(*expected), strict=True):
                torch.testing.assert_close(own, joined, rtol=1e-7, atol=1e-12)


def test_the_blocks_of_anchors_see_the_teachers_similarities_of_their_own_pairs():
    """Against the whole matrices, in a batch with more rows than a block."""
    for loss, as_candidates, _ in CASES:
        student = Student(loss, as_candidates, queue=False)
        batch = batch_of(torch.arange(12) % 8)
        value = student(batch)
        rows = rows_of(batch, student.encoder(batch.inputs.double()))
        keys = student.candidates.keys(None, rows, batch)
        pairs = Instance()(rows, keys)
        t = normalize(known(), dim=1)[batch.index]
        total, weight = loss(rows.embedding @ keys.embedding.T, pairs._replace(teacher=t @ t.T))
        torch.testing.assert_close(value, total / weight)


def test_keys_of_another_width_are_refused_where_they_are_candidates():
    line = r"keys of teacher any have 5 numbers.*embedding has 6.*projector\.out_features=5"
    with pytest.raises(InputError, match=line):
        Teacher("any", WIDTH).hold(torch.eye(5), torch.arange(5))
    Teacher("any", WIDTH, as_candidates=False).hold(torch.eye(5), torch.arange(5))


def test_a_checkpoint_that_is_not_there_is_told_before_any_data_is_read():
    run = run_of(candidates=Teacher("no/such/best.ckpt", 4), loss=Seed(), pairing=Instance())
    with pytest.raises(InputError, match=r"no checkpoint at no/such/best\.ckpt: give the path"):
        run.candidates.check(run)


def test_candidates_that_bring_the_rows_once_more_are_refused():
    store = Joined({"in_batch": InBatch(), "teacher": teacher()})
    run = run_of(candidates=store, loss=Seed(), pairing=Instance())
    with pytest.raises(InputError, match="InBatch and Teacher both bring the batch's rows"):
        store.check(run)


def test_losses_and_pairings_say_what_of_a_teacher_they_miss():
    run = run_of(loss=Seed())
    with pytest.raises(InputError, match="reads the similarities of a teacher"):
        run.loss.check(run)
    made = build("candidates", "mixed", pairing=Instance())
    with pytest.raises(InputError, match="none of the negatives that MixedNegatives makes"):
        made.check(run_of(loss=RKD(), candidates=made))


def test_no_positive_needs_to_be_drawn_where_the_keys_are_positives():
    from lightning_contrast.positives.none import NoPositives

    plain = {"pairing": Instance(), "positives": NoPositives}
    for loss, store in ((Seed(), teacher()), (RKD(), teacher(as_candidates=False))):
        run = run_of(loss=loss, candidates=store, **plain)
        run.pairing.check(run)
    for loss in (Seed(), SupCon()):
        run = run_of(loss=loss, candidates=teacher(as_candidates=False), **plain)
        with pytest.raises(InputError, match="needs a positive drawn for each row"):
            run.pairing.check(run)


def test_a_learnt_map_brings_keys_of_any_width_to_that_of_the_student():
    torch.manual_seed(0)
    made = Teacher("any", 3, mapped=True)
    made.hold(known(WIDTH), torch.arange(20))
    rows = rows_of(batch_of([4, 9, 4]), normalize(torch.randn(3, 3, dtype=torch.float64), dim=1))
    found = made.keys(None, rows, batch_of([4, 9, 4])).embedding
    keys = normalize(known(WIDTH), dim=1)[[4, 9, 4]]
    expected = normalize(keys @ made.map.weight.T + made.map.bias, dim=1)
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(made.taught(rows), keys)  # its own similarities are not mapped
    (found * rows.embedding).sum().backward()
    assert made.map.weight.grad.abs().sum() > 0
    assert [*made.state_dict()] == ["map.weight", "map.bias"]


def test_a_map_without_keys_as_candidates_is_refused():
    part = Teacher("any", 3, as_candidates=False, mapped=True)
    with pytest.raises(InputError, match=r"set candidates\.teacher\.mapped=false"):
        part.check(run_of(candidates=part))
