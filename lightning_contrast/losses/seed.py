"""SEED: the student's similarities distributed as the teacher's."""

from jaxtyping import Float
from torch import Tensor

from lightning_contrast.config.ranges import Positive
from lightning_contrast.engine import masked
from lightning_contrast.losses.loss import Loss
from lightning_contrast.types import Pairs


def seed(
    similarity: Float[Tensor, "a c"],
    teacher: Float[Tensor, "a c"],
    pairs: Pairs,
    temperature: float,
    teacher_temperature: float,
) -> tuple[Tensor, Tensor]:
    """Sum of the cross-entropies over the anchors with a positive, and their number."""
    every = pairs.positive | pairs.negative
    logits, target = similarity / temperature, teacher / teacher_temperature
    share = (masked.only(target, every) - masked.logsumexp(target, every)[:, None]).exp()
    chosen = share * masked.weights(every, share)
    value = masked.logsumexp(logits, every) - (chosen * logits).sum(1)
    return masked.total(value, masked.some(pairs.positive, value))


class Seed(Loss):
    r"""SEED: cross-entropy between the teacher's and the student's softmax over the candidates.

    .. math::
        L = - \sum_{c} p^T_c \log p^S_c \qquad
        p^S_c = \frac{e^{s_c/t}}{\sum_{c'} e^{s_{c'}/t}} \qquad
        p^T_c = \frac{e^{s^T_c/t_T}}{\sum_{c'} e^{s^T_{c'}/t_T}}

    over all positive and negative candidates ``c`` of an anchor, the teacher's own key of the
    anchor among them. As in the paper, with ``candidates=[teacher,queue]`` ``s`` is the student's
    cosine to the teacher's keys, and ``s^T`` the teacher's. With ``as_candidates=false`` ``s`` is
    between rows of the student: its gradient is that of the Kullback-Leibler divergence of scores.

    Args:
        temperature: ``t > 0``, of the student.
        teacher_temperature: ``t_T > 0``; low, so that only near candidates count.

    Shape: similarity and masks ``(a, c)``; returns the sum over anchors and their number.

    Source: Fang et al. 2021 (arXiv 2101.04731).

    >>> import torch
    >>> s = torch.tensor([[0.8, 0.1]]); mask = torch.tensor([[True, False]])
    >>> pairs = Pairs(mask, ~mask, teacher=torch.tensor([[1.0, 0.0]]))
    >>> round(Seed(temperature=1.0, teacher_temperature=0.01)(s, pairs)[0].item(), 4)
    0.4032
    """

    needs_teacher = True

    def __init__(self, temperature: Positive = 0.2, teacher_temperature: Positive = 0.01) -> None:
        super().__init__()
        self.temperature, self.teacher_temperature = temperature, teacher_temperature

    def forward(self, similarity: Tensor, pairs: Pairs) -> tuple[Tensor, Tensor]:
        teacher = self.taught(pairs)
        return seed(similarity, teacher, pairs, self.temperature, self.teacher_temperature)
