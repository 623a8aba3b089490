"""The generator: what it may make, and a gradient that is exactly reversed."""

import copy

import torch
from torch.nn.functional import normalize

from lightning_contrast.candidates import generated
from lightning_contrast.candidates.generated import turned_away
from lightning_contrast.engine.contrast import Contrast
from lightning_contrast.losses.supcon import SupCon
from lightning_contrast.miners.keep_all import KeepAll
from lightning_contrast.pairings.label import Label
from lightning_contrast.testing.rows import rows
from tests.candidates.makers import maker

LABELS = [0, 1, 2, 0, 1, 2, 2, 1]


def store(**settings):
    torch.manual_seed(0)
    return maker("generated", **settings).double()


def gradients(part, labels, scale=1.0):
    """Of the loss for the rows and for the network; the loss too."""
    x = labels.embedding.clone().requires_grad_()
    live = labels._replace(embedding=x)
    anchors, candidates, made = part(live, live)
    loss = Contrast(Label(), KeepAll(), SupCon(), compile=False)(anchors, candidates, made)[0]
    parameters = list(part.network.parameters())
    (own, *others) = torch.autograd.grad(scale * loss, [x, *parameters])
    return loss.detach(), own, others


def test_the_networks_gradient_is_the_losss_own_turned_round(monkeypatch):
    labels, part = rows(LABELS), store(reversal=0.7)
    other = copy.deepcopy(part)
    loss, own, reversed_ = gradients(part, labels)
    monkeypatch.setattr(generated, "reverse", lambda values, factor: values)
    plain_loss, plain_own, plain = gradients(other, labels)
    assert loss == plain_loss
    torch.testing.assert_close(own, plain_own)  # the encoder's is as it was
    for found, expected in zip(reversed_, plain, strict=True):
        assert expected.norm() > 0
        torch.testing.assert_close(found, -0.7 * expected)


def test_the_networks_gradient_is_that_of_finite_differences():
    labels, part = rows(LABELS), store(max_similarity=0.3)
    weight = part.network[2].weight
    _, _, found = gradients(copy.deepcopy(part), labels)
    for place in ((0, 0), (3, 7), (5, 100)):
        losses = []
        for shift in (1e-6, -1e-6):
            moved = copy.deepcopy(part)
            with torch.no_grad():
                moved.network[2].weight[place] += shift
            losses.append(gradients(moved, labels)[0])
        slope = (losses[0] - losses[1]) / 2e-6
        torch.testing.assert_close(found[2][place], -slope, rtol=1e-4, atol=1e-7)
    assert weight.grad is None


def test_one_step_of_the_optimizer_makes_the_negatives_harder_and_the_loss_larger():
    labels, part = rows(LABELS), store()
    before = gradients(part, labels)
    with torch.no_grad():
        for parameter, slope in zip(part.network.parameters(), before[2], strict=True):
            parameter -= 0.05 * slope
    part.step = 0
    assert gradients(part, labels)[0] > before[0]


def test_no_gradient_passes_through_the_network_to_the_rows():
    labels = rows(LABELS)
    x = labels.embedding.clone().requires_grad_()
    live = labels._replace(embedding=x)
    made = store()(live, live)[2].embedding
    assert torch.autograd.grad(made.sum(), x, allow_unused=True)[0] is None


def test_rows_stay_in_the_ball_of_a_real_negative_and_off_the_anchor():
    labels, part = rows(LABELS), store(radius=0.3, max_similarity=0.4, hardest=2, count=6)
    with torch.no_grad():
        for parameter in part.network.parameters():
            parameter *= 50
    made = part(labels, labels)[2].embedding
    x, turned = labels.embedding, 0
    for a, own in enumerate(LABELS):
        others = x[[j for j, label in enumerate(LABELS) if label != own]]
        for row in made[a]:
            near = row @ x[a]
            assert near <= 0.4 + 1e-9
            turned += near > 0.4 - 1e-9
            if near < 0.4 - 1e-9:  # as far as the angle of the ball
                assert (others @ row).max() >= (1 - 0.3**2) ** 0.5 - 1e-9
    assert 0 < turned < made.shape[0] * made.shape[1]


def test_a_row_is_turned_in_the_plane_of_itself_and_the_anchor():
    query, row = rows([0] * 9).embedding, rows([0] * 9, seed=4).embedding
    found, valid = turned_away(query, row, 0.1)
    near, before = (query * found).sum(1), (query * row).sum(1)
    assert valid.all()
    torch.testing.assert_close(near, before.clamp(max=0.1))
    over = before > 0.1
    assert over.any() and torch.equal(found[~over], row[~over])
    plane = torch.stack((query, normalize(row - before[:, None] * query, dim=1)), 1)
    torch.testing.assert_close(
        (plane @ found[..., None])[..., 0].norm(dim=1), torch.ones(9).double()
    )


def test_a_copy_of_the_anchor_says_not_where_to_turn_and_is_left_out():
    query = rows([0, 1]).embedding
    assert turned_away(query, query.clone(), 0.9)[1].tolist() == [False, False]


def test_the_noise_makes_rows_of_one_anchor_differ():
    labels = rows([0, 1])
    made = store()(labels, labels)[2].embedding[0]
    assert torch.pdist(made).min() > 1e-3
