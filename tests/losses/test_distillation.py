"""Losses that learn from a teacher, against loops in float64 and against sentence-transformers."""

import math

import pytest
import torch
from torch.nn.functional import normalize

from lightning_contrast.engine.contrast import Contrast
from lightning_contrast.errors import InputError
from lightning_contrast.losses.alignment import Alignment
from lightning_contrast.losses.margin_mse import MarginMSE
from lightning_contrast.losses.rkd import RKD
from lightning_contrast.losses.seed import Seed
from lightning_contrast.losses.sigmoid import Sigmoid
from lightning_contrast.miners.hardest import Hardest
from lightning_contrast.miners.keep_all import KeepAll
from lightning_contrast.pairings.label import Label
from lightning_contrast.testing.rows import pairs_between, pairs_of, rows, teacher_of
from lightning_contrast.types import Pairs

LABELS = [0, 1, 2, 0, 1, 2, 0, 0, 3, -1, 1]


def seed(student, teacher, positive, negative):
    if not positive:
        return None
    every = positive + negative
    p = [math.exp(student[j] / 0.2) for j in every]
    q = [math.exp(teacher[j] / 0.05) for j in every]
    return -sum(b / sum(q) * math.log(a / sum(p)) for a, b in zip(p, q, strict=True))


def rkd(student, teacher, positive, negative):
    every = positive + negative
    if not every:
        return None
    d, t = ([math.sqrt(2 - 2 * cosine[j]) for j in every] for cosine in (student, teacher))
    apart = [abs(a / (sum(d) / len(d)) - b / (sum(t) / len(t))) for a, b in zip(d, t, strict=True)]
    return sum(x * x / 2 if x < 1 else x - 0.5 for x in apart) / len(apart)


def margin_mse(student, teacher, positive, negative):
    if not positive or not negative:
        return None
    gaps = [
        ((student[p] - student[n]) - (teacher[p] - teacher[n])) ** 2
        for p in positive
        for n in negative
    ]
    return sum(gaps) / len(gaps)


@pytest.mark.parametrize(
    ("loss", "formula"),
    [
        (Seed(0.2, 0.05), seed),
        (RKD(), rkd),
        (MarginMSE(), margin_mse),
    ],
    ids=lambda part: getattr(part, "__name__", ""),
)
def test_each_anchor_has_the_value_of_the_formula(loss, formula):
    batch = rows(LABELS)
    pairs, similarity = pairs_between(batch, batch), batch.embedding @ batch.embedding.T
    assert pairs.teacher is not None
    each = []
    for i in range(len(LABELS)):
        positive, negative = (mask[i].nonzero()[:, 0].tolist() for mask in pairs[:2])
        value = formula(similarity[i].tolist(), pairs.teacher[i].tolist(), positive, negative)
        each += [] if value is None else [value]
    total, weight = loss(similarity, pairs)
    assert weight == len(each) > 8
    assert total.item() == pytest.approx(sum(each), rel=1e-9)


def triplets():
    """Queries, one positive and three negatives of each, of the student and of the teacher."""
    torch.manual_seed(3)
    student, teacher = normalize(torch.randn(2, 5, 6, 8, dtype=torch.float64), dim=-1)
    return student.requires_grad_(), teacher


def scored(loss, student, teacher):
    """Ours: each query against its own columns, as pairs."""
    similarity = (student[0][:, None] * student[1:].transpose(0, 1)).sum(-1)
    target = (teacher[0][:, None] * teacher[1:].transpose(0, 1)).sum(-1)
    positive = torch.zeros_like(similarity, dtype=torch.bool)
    positive[:, 0] = True
    total, weight = loss(similarity, Pairs(positive, ~positive, teacher=target))
    return total / weight, target


def gradient(value, student):
    return torch.autograd.grad(value, student)[0]


def test_margin_mse_is_that_of_sentence_transformers():
    from sentence_transformers.sentence_transformer.losses import MarginMSELoss

    student, teacher = triplets()
    ours, target = scored(MarginMSE(), student, teacher)
    theirs = MarginMSELoss(model=None).compute_loss_from_embeddings([*student], target)
    torch.testing.assert_close(ours, theirs)
    torch.testing.assert_close(gradient(ours, student), gradient(theirs, student))


def test_seed_on_rows_of_the_student_has_the_gradient_of_sentence_transformers_divergence():
    from sentence_transformers.sentence_transformer.losses import DistillKLDivLoss

    student, teacher = triplets()
    ours, target = scored(Seed(0.5, 0.25), student, teacher)
    peer = DistillKLDivLoss(None, student_temperature=0.5, teacher_temperature=0.25)
    theirs = peer.compute_loss_from_embeddings([*student], target)
    entropy = torch.distributions.Categorical(logits=target / 0.25).entropy().mean()
    torch.testing.assert_close((ours - entropy) * 0.5**2, theirs)
    torch.testing.assert_close(gradient(ours, student) * 0.5**2, gradient(theirs, student))


def test_alignment_to_the_keys_is_the_cosine_distance_and_half_the_squared_error():
    from sentence_transformers.sentence_transformer.losses import EmbedDistillLoss

    student, teacher = triplets()
    own = (student[0] * teacher[0]).sum(-1, keepdim=True)
    total, weight = Alignment()(own, Pairs(own < 2, own > 2))
    for metric, factor in (("cosine", 1), ("mse", student.shape[-1] / 2)):
        peer = EmbedDistillLoss(None, distance_metric=metric)
        theirs = peer.compute_loss_from_embeddings([student[0]], [teacher[0]])
        torch.testing.assert_close(total / weight, factor * theirs)


def test_the_sigmoid_loss_with_the_bias_of_its_ratio_is_crd():
    """Tian et al. 2020, equation 10: ``h = e^(s/t) / (e^(s/t) + N/M)``, N negatives of M rows."""
    pairs, s, t, ratio = pairs_of(LABELS), rows(LABELS).embedding, 0.1, 40.0
    similarity = s @ s.T
    expected = 0.0
    for i, j in torch.cartesian_prod(torch.arange(11), torch.arange(11)).tolist():
        h = math.exp(similarity[i, j] / t) / (math.exp(similarity[i, j] / t) + ratio)
        if pairs.positive[i].any():
            expected -= math.log(h) * pairs.positive[i, j].item()
            expected -= math.log(1 - h) * pairs.negative[i, j].item()
    loss = Sigmoid(t, initial_bias=-math.log(ratio)).double()
    assert loss(similarity, pairs)[0].item() == pytest.approx(expected, rel=1e-6)


def test_a_loss_that_needs_a_teacher_says_that_there_is_none():
    with pytest.raises(InputError, match=r"reads the teacher's similarities.*candidates=teacher"):
        Contrast(Label(), KeepAll(), Seed())
    with pytest.raises(InputError, match=r"loss RKD reads pairs\.teacher"):
        RKD()(torch.eye(2), pairs_of([0, 0]))


def test_narrow_embeddings_of_the_student_meet_the_whole_teacher():
    batch = rows(LABELS)
    pairs = pairs_between(batch, batch)
    contrast = Contrast(Label(), KeepAll(), RKD(), 4, False, widths=[3], teacher=teacher_of)
    total, weight = contrast(batch, batch)
    narrow = normalize(batch.embedding[:, :3], dim=1)
    each = [RKD()(x @ x.T, pairs) for x in (batch.embedding, narrow)]
    torch.testing.assert_close(total, each[0][0] + each[1][0])
    assert weight == each[0][1] + each[1][1] == 20


def test_a_miner_that_keeps_one_pair_of_a_kind_keeps_what_the_teacher_says_of_it():
    batch = rows(LABELS)
    between = pairs_between(batch, batch)
    contrast = Contrast(Label(), Hardest(), MarginMSE(), 4, compile=False, teacher=teacher_of)
    total, weight = contrast(batch, batch)
    similarity = batch.embedding @ batch.embedding.T
    kept = Hardest()(similarity, between)
    expected = MarginMSE()(similarity, kept._replace(teacher=between.teacher))
    torch.testing.assert_close((total, weight), expected)
