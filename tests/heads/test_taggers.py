"""Heads of places against loops."""

import pytest
import torch
from torch.nn.functional import cross_entropy, normalize

from lightning_contrast.errors import InputError
from lightning_contrast.heads.linear import LinearHead
from lightning_contrast.heads.prototype_tagger import PrototypeTagger
from lightning_contrast.heads.tagger import Tagger
from tests.choices import run_of

LABEL = torch.tensor([[0, 1, 2, -2], [2, -1, 0, 1]])


def features():
    return torch.randn(2, 4, 5, generator=torch.Generator().manual_seed(0))


def test_the_tagger_sums_over_the_places_with_a_label():
    head, x = Tagger(5, 3), features().requires_grad_()
    total, weight = head.loss(x, LABEL)
    expected = sum(
        cross_entropy(head(x)[r, t], LABEL[r, t]) for r in range(2) for t in range(4)
        if LABEL[r, t] >= 0
    )  # fmt: skip
    assert weight == 6
    torch.testing.assert_close(total, expected)
    total.backward()
    assert not x.grad[0, 3].any() and not x.grad[1, 1].any() and x.grad[0, 0].any()
    logits, label = head.judged(x, LABEL)
    assert logits.shape == (8, 3) and label.tolist() == [0, 1, 2, -1, 2, -1, 0, 1]


def test_a_threshold_has_the_best_f1_of_all():
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(300, 6, generator=generator)
    label = torch.randint(0, 4, (300,), generator=generator).clamp(min=0)
    label[:200] = 0
    x += 1.5 * torch.eye(4, 6)[label] * (label[:, None] > 0)
    head = PrototypeTagger(6, 4)
    head.fit(x, label)
    centres = torch.stack([normalize(x[label == c]).mean(0) for c in range(4)])
    torch.testing.assert_close(head.mean, centres)

    def guess(row, threshold):
        """With the mean of the class's other places."""
        best, found = threshold, 0
        for c in range(1, 4):
            others = (label == c) & (torch.arange(300) != row)
            centre = normalize(normalize(x[others]).mean(0), dim=0)
            cosine = float(normalize(x[row], dim=0) @ centre)
            best, found = max((best, found), (cosine, c))
        return best, found

    surest = [guess(row, -2.0) for row in range(300)]

    def f1(threshold):
        told = [c if cosine > threshold else 0 for cosine, c in surest]
        right = sum(a == b != 0 for a, b in zip(told, label.tolist(), strict=True))
        return 2 * right / (sum(a != 0 for a in told) + int((label != 0).sum()))

    chosen = f1(float(head.threshold))
    assert chosen == pytest.approx(max(map(f1, torch.linspace(-1, 1, 201).tolist())), abs=0.01)
    assert chosen > 0.3


def test_the_threshold_of_a_few_examples_suits_new_ones():
    generator = torch.Generator().manual_seed(0)
    label = torch.tensor([0] * 200 + [1] * 5 + [2] * 5)
    centres = torch.randn(3, 64, generator=generator) * (torch.arange(3) > 0)[:, None]

    def drawn():
        return centres[label] + 2 * torch.randn(210, 64, generator=generator)

    head = PrototypeTagger(64, 3)
    head.fit(drawn(), label)
    found = head(drawn()).argmax(1)
    assert (found == label)[200:].float().mean() > 0.7 and (found == label).float().mean() > 0.9


def test_a_class_without_examples_is_never_told():
    head = PrototypeTagger(2, 3)
    head.fit(torch.eye(2), torch.tensor([0, 1]))
    assert not (head(torch.randn(1, 50, 2)).argmax(2) == 2).any() or head.threshold < 0


def test_a_head_and_an_encoder_must_agree():
    with pytest.raises(InputError, match=r"head Tagger judges places: set encoder.dense=true"):
        Tagger.check(run_of())
    dense = run_of(arguments={"encoder": {"dense": True}})
    with pytest.raises(InputError, match=r"head LinearHead judges whole rows: set encoder.dense=f"):
        LinearHead.check(dense)
    Tagger.check(dense)
