"""What an agent does: the action whose move is nearest to the goal, or that its head says."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor

from lightning_contrast.engine.arithmetic import euclidean
from lightning_contrast.metrics.similarity import factors
from lightning_contrast.modules.network import Network
from lightning_contrast.types import Answer

PROPOSED = 16  # actions that an actor draws
Act = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""``(observation (n, ...), goal (n, ...)) -> action (n, ...)``."""


def nearness(network: Network, move: Tensor, goal: Tensor) -> Tensor:
    """The critic: minus the distance of moves to goals, of their features ``(..., f)`` as the
    encoder gives them; their product, where the contrast compared that."""
    moves, goals = factors(network.similarity, network.project(move), network.project(goal))
    near = (moves * goals).sum(-1)
    return near if network.similarity == "dot" else -euclidean(near)


@torch.inference_mode()
def critic(network: Network, observation: np.ndarray, goal: np.ndarray) -> Tensor:
    """How near the move of each action, in observations ``(n, ...)``, is to goals ``(n, ...)``:
    ``(n, actions)``."""
    reader, encoder = network.preprocess, network.encoder
    count, actions = len(observation), len(network.classes)
    seen = torch.from_numpy(observation).repeat_interleave(actions, 0)
    each = torch.arange(actions).repeat(count)
    device = network.device
    with judging(network):
        move = encoder.of("move", reader.move(seen.to(device), each.to(device)))
        into = encoder.of("goal", reader.goal(torch.from_numpy(goal).to(device)))
        near = nearness(network, move, into.repeat_interleave(actions, 0))
        return near.unflatten(0, (count, actions)).cpu()


def value(network: Network, observation: np.ndarray, goal: np.ndarray) -> np.ndarray:
    """How near observations ``(n, ...)`` are to goals, ``(n,)``: the critic of the best action, or
    of the actor's."""
    if network.head.answer is not Answer.ACTION:
        return critic(network, observation, goal).amax(1).numpy()
    reader, device = network.preprocess, network.device
    seen, place = (torch.from_numpy(each).to(device) for each in (observation, goal))
    with judging(network), torch.inference_mode():
        action = network.head(reader.asked(seen, place))
        move = network.encoder.of("move", reader.move(seen, action))
        into = network.encoder.of("goal", reader.goal(place))
        return nearness(network, move, into).cpu().numpy()


@torch.inference_mode()
def said(network: Network, observation: np.ndarray, goal: np.ndarray) -> Tensor:
    """The logit ``(n, actions)`` of each action, as the head of an imitator gives it; it has no
    goal but the expert's."""
    with judging(network):
        return network.head(network.encode(torch.from_numpy(observation))).cpu()


@torch.inference_mode()
def proposed(
    network: Network, observation: np.ndarray, goal: np.ndarray, random: np.random.Generator
) -> tuple[np.ndarray, Tensor]:
    """Actions ``(k, n, numbers)`` that the actor draws, and how near each move is to its goal."""
    reader, encoder, device = network.preprocess, network.encoder, network.device
    seen, place = (torch.from_numpy(each).to(device) for each in (observation, goal))
    with judging(network):
        mean, deviation = network.head.normal(reader.asked(seen, place))
        noise = torch.from_numpy(random.standard_normal((PROPOSED, *mean.shape)))
        action = (mean + deviation * noise.to(mean)).tanh()
        move = encoder.of("move", reader.move(torch.cat([seen] * PROPOSED), action.flatten(0, 1)))
        into = encoder.of("goal", reader.goal(place)).repeat(PROPOSED, 1)
        near = nearness(network, move, into).unflatten(0, (PROPOSED, len(seen)))
    return action.cpu().numpy(), near.cpu()


def acting(network: Network, temperature: float, random: np.random.Generator) -> Act:
    """An action by the softmax of the critic, or of the head's logits, divided by a temperature; 0:
    always the action that it prefers. Where two states each lead to the other, a little chance gets
    the agent out. An actor proposes a few actions, and one of them is chosen so."""

    def picked(values: np.ndarray, axis: int) -> np.ndarray:
        chance = random.gumbel(size=values.shape) if temperature else 0.0
        return (values + temperature * chance).argmax(axis)

    if network.encoder.acts and network.head.answer is Answer.ACTION:

        def choose(observation: np.ndarray, goal: np.ndarray) -> np.ndarray:
            action, near = proposed(network, observation, goal, random)
            return action[picked(near.numpy(), 0), np.arange(len(observation))]

        return choose
    judge = critic if network.encoder.acts else said

    def act(observation: np.ndarray, goal: np.ndarray) -> np.ndarray:
        return picked(judge(network, observation, goal).numpy(), 1)

    return act


def exploring(act: Act, by_chance: Act, share: float, random: np.random.Generator) -> Act:
    """``act``, but an action by chance in a share of the steps (epsilon-greedy)."""

    def mixed(observation: np.ndarray, goal: np.ndarray) -> np.ndarray:
        any_action = by_chance(observation, goal)
        explores = random.random(len(observation)) < share
        shaped = explores.reshape(-1, *[1] * (any_action.ndim - 1))
        return np.where(shaped, any_action, act(observation, goal))

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
