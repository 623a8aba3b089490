"""What an expert does in the tasks of an environment: rows to imitate."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch

from lightning_contrast.environments.environment import TaskEnvironment
from lightning_contrast.errors import InputError
from lightning_contrast.files.images import InMemoryImages
from lightning_contrast.rows.split_names import TRAIN
from lightning_contrast.sources._labelled import labelled
from lightning_contrast.sources.source import Source
from lightning_contrast.types import Labelled


@dataclass(kw_only=True)
class Demonstrations(Source):
    """The moments of the expert's episode of each task: what is seen, and the action as its label.

    Moments of a task stand one behind another, on its side of the split. Their group is the
    family of their task. ``ends`` of the rows says where the episode of each ends:
    ``pairing=behaviour`` looks ahead.

    ``environment``: one of several tasks, which have an expert.

    Raises ``InputError`` for another environment.

    >>> from lightning_contrast.environments.jumping import Jumping
    >>> rows = Demonstrations(environment=Jumping()).load()
    >>> rows.classes, (rows.split == 0).sum().item(), rows.ends[:2].tolist()
    (('right', 'jump'), 1008, [55, 55])
    """

    environment: Any
    modality: ClassVar[str] = "image"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.environment, TaskEnvironment):
            raise InputError(
                "source demonstrations is of an environment of several tasks, which have an "
                "expert: set environment=jumping"
            )

    def load(self) -> Labelled:
        tasks = self.environment
        seen, _ = tasks.begin(np.arange(len(tasks.side)))
        pictures, actions, lives = [], [], [np.ones(len(tasks.side), dtype=bool)]
        for _ in range(tasks.horizon):
            actions.append(tasks.expert())
            pictures.append(seen.observation)
            step = tasks.step(actions[-1])
            seen = step.seen
            lives.append(lives[-1] & ~step.ended)
            if not lives[-1].any():
                break
        alive = np.stack(lives[: len(actions)], 1)  # (tasks, moments)
        length = alive.sum(1)
        task = np.repeat(np.arange(len(length)), length)
        images = np.stack(pictures, 1)[alive]
        action = np.stack(actions, 1)[alive]
        found = labelled(
            InMemoryImages(torch.from_numpy(images)),
            action.astype(np.int64),
            tuple(tasks.actions),
            group=tasks.family[task],
            split=tasks.side[task],
            counts={"tasks": len(length), "trained_tasks": int((tasks.side == TRAIN).sum())},
        )
        return found._replace(ends=np.repeat(np.cumsum(length) - 1, length))
