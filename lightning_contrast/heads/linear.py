"""The linear classifier on the features."""

from typing import Annotated

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from lightning_contrast.config.ranges import BelowOne, Count, Positive, Range
from lightning_contrast.heads.head import Head


class LinearHead(Head):
    """Softmax regression: trained jointly with the encoder, or as a probe that it does not feel.

    Args:
        in_features: feature width ``f``.
        classes: number of classes.
        detach: the probe: no gradient reaches the encoder.
        refit: when training ends, fit it anew to convergence on the features of the whole training
            split without views (scikit-learn's logistic regression on standardised features).
        label_smoothing: share of the target spread over all classes.
        inverse_penalty: ``C`` of the refit.

    Rows labelled -1 are left out.

    Raises:
        InputError: fewer than two classes.

    >>> head = LinearHead(4, classes=3)
    >>> head(torch.zeros(2, 4)).shape, head.loss(torch.zeros(2, 4), torch.tensor([0, -1]))[1].item()
    (torch.Size([2, 3]), 1.0)
    """

    takes_soft_targets = True

    def __init__(
        self,
        in_features: Count,
        classes: Annotated[int, Range(least=2)],
        detach: bool = False,
        refit: bool = False,
        label_smoothing: BelowOne = 0.0,
        inverse_penalty: Positive = 1.0,
    ) -> None:
        super().__init__()
        self.in_features, self.classes = in_features, classes
        self.detach, self.refit = detach, refit
        self.label_smoothing, self.inverse_penalty = label_smoothing, inverse_penalty
        self.linear = nn.Linear(in_features, classes)

    def forward(self, features: Tensor) -> Tensor:
        return self.linear(features)

    def loss(self, features: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
        """Sum of the cross-entropy over the labelled rows, and their number.

        ``label``: ``(n,)``, or soft targets ``(n, classes)``; a row then counts by their sum.
        """
        logits = self.linear(features.detach() if self.detach else features).float()
        if label.is_floating_point():
            weight = label.sum(1, keepdim=True)
            target = torch.lerp(label, weight / self.classes, self.label_smoothing)
            return -(target * logits.log_softmax(1)).sum(), weight.sum()
        total = cross_entropy(
            logits, label, ignore_index=-1, reduction="sum", label_smoothing=self.label_smoothing
        )
        return total, (label >= 0).sum(dtype=total.dtype)

    @torch.no_grad()
    def fit(self, features: Tensor, label: Tensor) -> None:
        """Logistic regression on all features, folded into the linear layer."""
        import warnings

        from sklearn.exceptions import ConvergenceWarning
        from sklearn.linear_model import LogisticRegression

        features, label = features[label >= 0].float().cpu(), label[label >= 0].cpu()
        mean, scale = features.mean(0), features.std(0).clamp_min(1e-6)
        fitted = LogisticRegression(C=self.inverse_penalty, tol=1e-3, max_iter=200)
        with warnings.catch_warnings():  # stopped early, a probe is still a probe
            warnings.simplefilter("ignore", ConvergenceWarning)
            fitted.fit(((features - mean) / scale).numpy(), label.numpy())
        weight = torch.from_numpy(fitted.coef_).float()
        bias = torch.from_numpy(fitted.intercept_).float()
        if len(weight) == 1:  # scikit-learn gives two classes one row
            weight, bias = torch.cat((-weight, weight)) / 2, torch.cat((-bias, bias)) / 2
        weight = weight / scale
        self.linear.bias.fill_(-torch.inf)  # a class that training lacks is never predicted
        self.linear.bias[fitted.classes_] = (bias - weight @ mean).to(self.linear.bias)
        self.linear.weight[fitted.classes_] = weight.to(self.linear.weight)
