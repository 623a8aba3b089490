"""Online contrastive loss against its formula and sentence-transformers."""

import pytest
import torch
from torch.nn.functional import normalize

from lightning_contrast.errors import InputError
from lightning_contrast.losses.online_contrastive import OnlineContrastive
from lightning_contrast.testing.rows import pairs_of, rows
from tests.losses.compare import LABELS, assert_float32_is_right, assert_is_formula


@pytest.mark.parametrize("margin", [0.5, 1.5])
def test_value_is_the_formula(margin):
    def formula(p, n):
        near, far = [1 - s for s in n], [1 - s for s in p]
        pull = sum(d**2 for d in far if d > min(near))
        return pull + sum(max(0, margin - d) ** 2 for d in near if d < max(far))

    assert_is_formula(OnlineContrastive(margin), formula)
    assert_float32_is_right(OnlineContrastive(margin))


def test_the_pairs_of_each_anchor_have_value_and_gradient_of_sentence_transformers():
    from sentence_transformers.sentence_transformer.losses import OnlineContrastiveLoss

    pairs, found = pairs_of(LABELS), []
    theirs = OnlineContrastiveLoss(torch.nn.Identity(), margin=1.2)
    for ours in (True, False):
        x = rows(LABELS).embedding.clone().requires_grad_()
        unit = normalize(x, dim=1)
        if ours:
            total, _ = OnlineContrastive(1.2)(unit @ unit.T, pairs)
        else:
            known = pairs.positive | pairs.negative
            total = sum(
                theirs.compute_loss_from_embeddings(
                    [unit[i].expand(int(known[i].sum()), -1), unit[known[i]]],
                    pairs.positive[i, known[i]].int(),
                )
                for i in range(len(LABELS))
                if pairs.positive[i].any()
            )
        total.backward()
        found.append((total.detach(), x.grad))
    torch.testing.assert_close(found[0], found[1], rtol=1e-6, atol=1e-6)


def test_an_anchor_that_ranks_its_rows_rightly_is_at_rest():
    similarity = torch.tensor([[0.9, 0.3, 0.2, -0.1]], requires_grad=True)
    pairs = pairs_of([0, 0, 1, 1])
    first = pairs._replace(positive=pairs.positive[:1], negative=pairs.negative[:1])
    total, weight = OnlineContrastive(2.0)(similarity, first)
    total.backward()
    assert weight == 1 and total == 0 and not similarity.grad.any()


def test_bad_settings_are_named():
    with pytest.raises(InputError, match="margin"):
        OnlineContrastive(margin=0)
