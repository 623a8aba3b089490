"""The head of a language model: which token follows."""

from typing import Any

from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from lightning_contrast.config.part import Run, name_of
from lightning_contrast.config.ranges import BelowOne, Count, CountFromZero
from lightning_contrast.errors import InputError
from lightning_contrast.heads._of_places import flat, labels
from lightning_contrast.heads.head import Head
from lightning_contrast.types import Answer


class NextToken(Head):
    r"""The cross-entropy of each token, given those before it.

    .. math:: L = -\frac{1}{|x|} \sum_i \log p(x_{i+1} \mid x_1, \dots, x_i)

    The layer from features to tokens is the encoder's own (``Encoder.output_layer``). The label of
    a place is the number of the token that follows (``datamodule.next_token=true``). It says
    nothing of the classes of rows: their logits are 0.

    Args:
        in_features: feature width ``f``.
        classes: number of classes of rows.
        vocabulary_size: number of tokens ``V``.
        label_smoothing: share of the target spread over all tokens.

    Raises:
        InputError: the encoder is not causal, or gives one vector for a text.

    Source: Bengio et al. 2003, "A neural probabilistic language model".

    >>> import torch
    >>> head = NextToken(4, classes=2, vocabulary_size=8)
    >>> total, tokens = head.loss(torch.zeros(1, 3, 4), torch.tensor([[5, 0, -2]]))
    >>> round((total / tokens).exp().item(), 3)  # the perplexity of a guess
    8.0
    """

    answer = Answer.TOKEN

    def __init__(
        self,
        in_features: Count,
        classes: CountFromZero,
        vocabulary_size: Count,
        label_smoothing: BelowOne = 0.0,
    ) -> None:
        super().__init__()
        self.in_features, self.classes = in_features, classes
        self.vocabulary_size, self.label_smoothing = vocabulary_size, label_smoothing
        self.linear = nn.Linear(in_features, vocabulary_size, bias=False)

    @classmethod
    def check(cls, run: Run) -> None:
        if not run.encoder.causal:
            raise InputError(
                f"head {name_of(cls)} needs an encoder whose tokens see none behind them, and "
                f"{name_of(run.encoder)} shows them all: set encoder=causal"
            )
        if not run.arguments["encoder"].get("dense", False):
            raise InputError(
                f"head {name_of(cls)} reads a vector for each token: set encoder.dense=true"
            )

    def adopt(self, encoder: Any) -> None:
        self.linear = encoder.output_layer()

    def forward(self, features: Tensor) -> Tensor:
        return features.new_zeros(len(features), self.classes)

    def next_logits(self, features: Tensor) -> Tensor:
        """Logits ``(..., V)`` of the token behind each place, in float32 at least."""
        logits: Tensor = self.linear(features)
        return logits if logits.element_size() > 4 else logits.float()

    def running(self) -> Any:
        from lightning_contrast.metrics.running import running_likelihood  # torchmetrics: late

        return running_likelihood()

    def judged(self, features: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
        """The log-probability ``(R,)`` of the token at each place, and 1 where there is one."""
        number = labels(label)
        loss = cross_entropy(
            flat(self.next_logits(features)), number, ignore_index=-1, reduction="none"
        )
        return -loss, (number >= 0).to(loss.dtype)

    def loss(self, features: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """Sum of the cross-entropy over the places that a token follows, and their number."""
        number = labels(target)
        total = cross_entropy(
            flat(self.next_logits(features)),
            number,
            ignore_index=-1,
            reduction="sum",
            label_smoothing=self.label_smoothing,
        )
        return total, (number >= 0).sum(dtype=total.dtype)
