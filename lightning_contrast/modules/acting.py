"""What an agent does: the action whose move is nearest to the goal, or that its head prefers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor

from lightning_contrast.engine.arithmetic import euclidean
from lightning_contrast.metrics.similarity import factors
from lightning_contrast.modules.network import Network

Act = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""``(observation (n, ...), goal (n, ...)) -> action (n,)``."""


@torch.inference_mode()
def critic(network: Network, observation: np.ndarray, goal: np.ndarray) -> Tensor:
    """Minus the distance ``(n, actions)`` of each action's move, in observations ``(n, ...)``, to
    goals ``(n, ...)``; their product, where the contrast compared that."""
    reader, encoder = network.preprocess, network.encoder
    count, actions = len(observation), len(network.classes)
    seen = torch.from_numpy(observation).repeat_interleave(actions, 0)
    each = torch.arange(actions).repeat(count)
    device = network.device
    with judging(network):
        move = encoder.of("move", reader.move(seen.to(device), each.to(device)))
        into = encoder.of("goal", reader.goal(torch.from_numpy(goal).to(device)))
        moves = network.project(move).unflatten(0, (count, actions))
        asking, goals = factors(network.similarity, moves, network.project(into)[:, None])
        near = (asking * goals).sum(2)
        return (near if network.similarity == "dot" else -euclidean(near)).cpu()


def value(network: Network, observation: np.ndarray, goal: np.ndarray) -> np.ndarray:
    """How near observations ``(n, ...)`` are to goals, ``(n,)``: the critic of the best action."""
    return critic(network, observation, goal).amax(1).numpy()


@torch.inference_mode()
def said(network: Network, observation: np.ndarray, goal: np.ndarray) -> Tensor:
    """The logit ``(n, actions)`` of each action, as the head of an imitator gives it; it has no
    goal but the expert's."""
    with judging(network):
        return network.head(network.encode(torch.from_numpy(observation))).cpu()


def acting(network: Network, temperature: float, random: np.random.Generator) -> Act:
    """An action by the softmax of the critic, or of the head's logits, divided by a temperature; 0:
    always the action that it prefers. Where two states each lead to the other, a little chance gets
    the agent out."""
    judge = critic if network.encoder.acts else said

    def act(observation: np.ndarray, goal: np.ndarray) -> np.ndarray:
        values = judge(network, observation, goal).numpy()
        chance = random.gumbel(size=values.shape) if temperature else 0.0
        return (values + temperature * chance).argmax(1)

    return act


def at_random(actions: int, random: np.random.Generator) -> Act:
    """Any action, each as often."""
    return lambda observation, goal: random.integers(actions, size=len(observation))


def exploring(act: Act, actions: int, share: float, random: np.random.Generator) -> Act:
    """``act``, but any action in a share of the steps (epsilon-greedy)."""

    def mixed(observation: np.ndarray, goal: np.ndarray) -> np.ndarray:
        any_action = random.integers(actions, size=len(observation))
        explores = random.random(len(observation)) < share
        return np.where(explores, any_action, act(observation, goal))

    return mixed


@contextmanager
def judging(network: Network) -> Iterator[None]:
    """The network in evaluation; each part's own mode is restored."""
    modes = {part: part.training for part in network.modules()}
    network.eval()
    try:
        yield
    finally:
        for part, mode in modes.items():
            part.training = mode
