"""What stands beside the batch: order, gradients, state, and what the parts refuse."""

import copy
import math

import pytest
import torch
from torch.nn.functional import normalize

from lightning_contrast.batch import PLACE
from lightning_contrast.candidates.in_batch import InBatch
from lightning_contrast.candidates.momentum import Momentum
from lightning_contrast.candidates.prototypes import Prototypes
from lightning_contrast.candidates.queue import Queue
from lightning_contrast.candidates.store import Joined
from lightning_contrast.errors import InputError
from lightning_contrast.pairings.instance import Instance
from lightning_contrast.testing.rows import rows
from lightning_contrast.types import Role, Rows
from tests.modules.test_classifier import text_classifier, token_batch


def numbered(*numbers: int) -> Rows:
    """Rows whose embedding, label and index are all the same number."""
    column = torch.tensor(numbers, dtype=torch.int32)
    return Rows(column[:, None].float().expand(-1, 2), column, column, column * 0, column)


def stored(queue: Queue) -> list[int]:
    anchors = numbered(0)
    kept = copy.deepcopy(queue)(anchors, anchors)[1]
    assert kept.embedding[:, 0].tolist() == kept.label.tolist() == kept.index.tolist()
    return sorted(kept.label.tolist())


def test_a_queue_keeps_the_last_rows_whatever_the_batch_sizes():
    queue, seen = Queue(size=5, embedding_size=2), []
    for batch in ([1, 2], [3], [4, 5, 6], [7], [8, 9, 10, 11], [12, 13, 14, 15, 16, 17, 18], [19]):
        queue.enqueue(numbered(*batch))
        seen += batch
        assert stored(queue) == seen[-5:]


def test_rows_of_a_queue_are_never_an_anchors_own_and_have_no_gradient():
    queue, batch = Queue(size=8, embedding_size=6), rows([0, 1, 0])
    live = batch._replace(embedding=batch.embedding.float().requires_grad_())
    queue(live, live)
    anchors, candidates = queue(live, live)
    assert anchors is live and not candidates.embedding.requires_grad
    assert not torch.isin(candidates.slot, batch.slot).any()
    assert candidates.label.tolist() == [0, 1, 0]


def test_a_queue_is_filled_but_not_used_while_it_warms_up():
    queue = Queue(size=8, embedding_size=2, warm_up=2)
    sizes = [len(queue(numbered(1), numbered(1, 2))[1].label) for _ in range(4)]
    assert sizes == [0, 0, 4, 6]


def test_what_a_queue_gave_does_not_change_with_the_next_rows():
    queue = Queue(size=2, embedding_size=2)
    queue.enqueue(numbered(1, 2))
    given = queue(numbered(3), numbered(3, 4))[1]
    assert given.label.tolist() == [1, 2]


def test_a_queue_goes_on_from_its_state():
    queue, other = Queue(size=5, embedding_size=2), Queue(size=5, embedding_size=2)
    queue.enqueue(numbered(1, 2, 3, 4, 5, 6, 7))
    other.load_state_dict(queue.state_dict())
    for one in (queue, other):
        one.enqueue(numbered(8, 9))
    assert stored(queue) == stored(other) == [5, 6, 7, 8, 9]


def test_a_queue_tells_places_of_one_sample_apart():
    own = numbered(3, 3)._replace(index=torch.tensor([3, 3 + (1 << PLACE)]))
    queue = Queue(size=4, embedding_size=2)
    queue.enqueue(own)
    anchors, kept = queue(own, own)
    assert kept.index.tolist() == own.index.tolist()
    assert Instance()(anchors, kept).positive.tolist() == [[True, False], [False, True]]


def test_the_parts_of_joined_candidates_stand_one_after_the_other():
    joined = Joined({"in_batch": InBatch(), "queue": Queue(size=4, embedding_size=2)})
    joined(numbered(1), numbered(1, 2))
    assert joined(numbered(3), numbered(3, 4))[1].label.tolist() == [3, 4, 1, 2]


def test_prototypes_stand_one_of_each_class_after_another_and_learn():
    batch = rows([2, 0])
    anchors, candidates = Prototypes(classes=3, embedding_size=6, per_class=2)(batch, batch)
    assert anchors is batch and candidates.label.tolist() == [0, 1, 2, 0, 1, 2]
    assert (candidates.role == Role.PROTOTYPE).all() and candidates.embedding.requires_grad
    torch.testing.assert_close(candidates.embedding.norm(dim=1), torch.ones(6))


def test_prototypes_as_anchors_are_scored_against_the_batch():
    batch = rows([2, 0])
    anchors, candidates = Prototypes(3, 6, as_anchors=True)(batch, batch)
    assert candidates is batch and anchors.label.tolist() == [0, 1, 2]


class Steps:
    """A trainer as far as the momentum encoder asks one."""

    global_step, estimated_stepping_batches = 0, 10


def momentum_classifier(momentum: Momentum, **settings):
    model = text_classifier(candidates=momentum, symmetric=False, **settings).eval()
    model._trainer = Steps()
    return model


def test_the_momentum_encoder_is_the_average_by_its_formula_once_a_step():
    model = momentum_classifier(Momentum(0.5, 1.0))
    store, first = model.candidates, model.network.encoder.embedding.detach().clone()
    expected = first.clone()
    for step in range(3):
        Steps.global_step = step
        with torch.no_grad():
            model.network.encoder.embedding += 1
        rate = 1 - 0.5 * (1 + math.cos(math.pi * step / 10)) / 2
        expected = rate * expected + (1 - rate) * model.network.encoder.embedding
        store.follow(model)
        store.follow(model)  # gradients may be accumulated over several batches of a step
        torch.testing.assert_close(store.encoder.embedding.detach(), expected.detach())
    assert not any(p.requires_grad for p in store.parameters())


def test_queries_are_the_anchors_and_keys_the_others_by_the_momentum_encoder():
    model = momentum_classifier(Momentum(1.0, 1.0))
    batch = token_batch(model, k=2)
    online = model.candidates.online(batch, symmetric=False)
    assert model.encode(online.inputs).shape[0] == 4
    with torch.no_grad():
        model.network.encoder.embedding.zero_()
    keys = model.candidates.keys(model, None, batch)
    assert keys.role.tolist() == [Role.POSITIVE] * 4 + [Role.NEGATIVE] * 8
    old = model.candidates
    features = old.encoder(batch.positive.inputs)
    expected = normalize(old.projector(features), dim=1)
    torch.testing.assert_close(keys.embedding[:4], expected)
    assert not keys.embedding.requires_grad


def test_symmetric_momentum_puts_every_row_through_both():
    model = momentum_classifier(Momentum(1.0, 1.0))
    model.symmetric, batch = True, token_batch(model, k=1)
    assert model.candidates.online(batch, symmetric=True) is batch
    assert len(model.candidates.keys(model, None, batch).label) == 12


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Queue(0, 2), "Queue: size must be a whole number of at least 1, got 0"),
        (lambda: Queue(4, 2, warm_up=-1), "warm_up must be a whole number of at least 0"),
        (lambda: Momentum(0.9, 0.5), "momentum must be at most final_momentum"),
        (lambda: Prototypes(1, 2), "classes must be a whole number of at least 2, got 1"),
        (lambda: Prototypes(3, 2, per_class=0), "per_class must be a whole number of at least 1"),
    ],
)
def test_bad_settings_are_refused(make, words):
    with pytest.raises(InputError, match=words):
        make()
