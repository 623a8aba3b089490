"""A linear head for each task, on one encoder."""

from collections.abc import Sequence

import torch
from torch import Tensor

from lightning_contrast.config.ranges import BelowOne, Count, Positive
from lightning_contrast.errors import InputError
from lightning_contrast.heads.linear import LinearHead

BEHIND = "/"  # follows the task in the name of a class


class TaskHeads(LinearHead):
    """Softmax regression within the classes of each task, ``TASK/CLASS``: a head a task.

    A row counts in the loss of its own task: the mean is over the rows of all tasks. Where a row's
    label is known, so is its task, and the classes of others do not compete (``among``). Of a new
    row ``alone(task)`` asks one head; without it the classes of all heads compete.

    Args:
        in_features, classes, detach, refit, label_smoothing, inverse_penalty: as ``LinearHead``.
        names: of the classes, in label order, each ``TASK/CLASS``.

    Raises:
        InputError: fewer than two tasks, or a task with one class.

    >>> head = TaskHeads(4, 4, ["mood/bad", "mood/good", "news/sport", "news/trade"])
    >>> head.among(torch.zeros(1, 4), torch.tensor([3])).tolist()
    [[-inf, -inf, 0.0, 0.0]]
    """

    takes_soft_targets = False

    def __init__(
        self,
        in_features: Count,
        classes: Count,
        names: Sequence[str],
        detach: bool = False,
        refit: bool = False,
        label_smoothing: BelowOne = 0.0,
        inverse_penalty: Positive = 1.0,
    ) -> None:
        super().__init__(in_features, classes, detach, refit, label_smoothing, inverse_penalty)
        self.names = list(names)
        self.tasks = list(dict.fromkeys(tasks_of(names)))
        number = [self.tasks.index(task) for task in tasks_of(names)]
        self.register_buffer("task", torch.tensor(number), persistent=False)
        few = [task for task in self.tasks if number.count(self.tasks.index(task)) < 2]
        if few or len(self.tasks) < 2:
            raise InputError(
                f"head tasks needs two tasks or more with two classes each, got the classes "
                f"{', '.join(names[:8])}: set source=tasks, or head=linear"
            )

    def among(self, logits: Tensor, label: Tensor) -> Tensor:
        """The logits ``(n, classes)``, minus infinity for other tasks than the label's."""
        task: Tensor = self.task  # type: ignore[assignment]
        others = (task[label.clamp_min(0)][:, None] != task) & (label >= 0)[:, None]
        return logits.masked_fill(others, -torch.inf)

    def loss(self, features: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
        """Sum of the cross-entropy of each row among the classes of its task, and their number."""
        logits = self(features.detach() if self.detach else features).float()
        share = self.among(logits, label).log_softmax(1)
        known, possible = (label >= 0).to(share.dtype), share.isfinite()
        own = share.gather(1, label.clamp_min(0)[:, None])[:, 0]
        any_class = share.masked_fill(~possible, 0).sum(1) / possible.sum(1)
        return -(torch.lerp(own, any_class, self.label_smoothing) * known).sum(), known.sum()

    def judged(self, features: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
        return self.among(self(features), label), label

    @torch.no_grad()
    def fit(self, features: Tensor, label: Tensor) -> None:
        for task in self.tasks:
            own = self.places(task)
            rows = torch.isin(label, own.to(label.device))
            if len(label[rows].unique()) > 1:
                head = LinearHead(self.in_features, len(own), inverse_penalty=self.inverse_penalty)
                head.fit(features[rows], torch.searchsorted(own.to(label.device), label[rows]))
                self.linear.weight[own] = head.linear.weight.to(self.linear.weight)
                self.linear.bias[own] = head.linear.bias.to(self.linear.bias)

    def places(self, task: str) -> Tensor:
        """The numbers of the classes of a task."""
        found = [number for number, name in enumerate(tasks_of(self.names)) if name == task]
        if not found:
            raise InputError(
                f"task must be one of {', '.join(self.tasks)}, got {task!r}: give "
                f"task={self.tasks[0]}"
            )
        return torch.tensor(found)

    @torch.no_grad()
    def alone(self, task: str) -> tuple[LinearHead, list[str]]:
        """The head of a task, and its classes without the name of the task."""
        own = self.places(task).to(self.linear.weight.device)
        head = LinearHead(self.in_features, len(own)).to(self.linear.weight)
        head.linear.weight.copy_(self.linear.weight[own])
        head.linear.bias.copy_(self.linear.bias[own])
        return head, [self.names[number].partition(BEHIND)[2] for number in own.tolist()]


def tasks_of(names: Sequence[str]) -> list[str]:
    """The task of each class.

    >>> tasks_of(["news/uk/sport", "mood/bad"])
    ['news', 'mood']
    """
    return [name.partition(BEHIND)[0] for name in names]
