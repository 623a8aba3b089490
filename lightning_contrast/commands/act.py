"""``lightning-contrast act``: an agent plays, as figures and as an animation."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lightning_contrast.commands.entry import entry_point
from lightning_contrast.config.arguments import check_arguments
from lightning_contrast.config.ranges import Count, CountFromZero, NotNegative, Seed
from lightning_contrast.config.resolved import resolved
from lightning_contrast.errors import InputError

if TYPE_CHECKING:
    from lightning_contrast.environments.environment import Environment
    from lightning_contrast.modules.network import Network


def act(
    network: "Network",
    environment: "Environment",
    episodes: Count = 100,
    temperature: NotNegative = 0.01,
    seed: Seed = 0,
    gif: str | None = None,
    shown: CountFromZero = 4,
    trajectories: str | None = None,
) -> dict[str, float]:
    """Plays; returns the means of success, return and steps, and SPL where it is known.

    Args:
        network: of a checkpoint of an agent, or of an imitator of an expert.
        environment: with the observations, goals and actions that the agent was trained with.
        episodes: how many are played.
        temperature: of the softmax of the critic, or of the head (``modules.acting``).
        seed: of starts, goals and chance.
        gif: a file for the first ``shown`` episodes, one after another.
        trajectories: a Parquet file for all moments, for ``datamodule.path``.

    Raises:
        InputError: the network is no agent, or of another environment; a file can't be written.
    """
    import numpy as np

    from lightning_contrast.data.play import play
    from lightning_contrast.data.trajectory_file import write_trajectories
    from lightning_contrast.modules.acting import acting
    from lightning_contrast.report.animation import save_animation

    _check(network, environment)
    if gif and not shown:
        raise InputError("a gif shows one episode or more, got shown=0: set shown=4, or gif=null")
    if gif and Path(gif).suffix.lower() != ".gif":
        raise InputError(f"gif={gif} must end in .gif, the only kind that is written")
    random = np.random.default_rng(seed)
    own = acting(network, temperature, np.random.default_rng(seed))
    pictures: list[list[np.ndarray]] = [[] for _ in range(min(shown, episodes) if gif else 0)]
    moments, outcome = play(environment, own, episodes, random, pictures=pictures)
    try:
        if gif:
            save_animation([picture for each in pictures for picture in each], Path(gif))
        if trajectories:
            write_trajectories(trajectories, moments)
    except OSError as error:
        raise InputError(
            f"{error.filename or gif} can't be written ({error.strerror or error}): choose another "
            "file"
        ) from error
    return outcome.figures


def _check(network: "Network", environment: "Environment") -> None:
    if not network.encoder.acts:
        if not _imitates(network, environment):
            raise InputError(
                f"the checkpoint reads {network.modality}s and does not act there: give that of a "
                "run with recipe=contrastive_rl or recipe=policy_contrast, and its environment"
            )
        return
    known = network.preprocess.spaces
    here = (environment.observations, environment.goals, environment.action)
    if known != here:
        said = "an observation is {}, a goal {}, an action {}; here they are {}, {} and {}"
        raise InputError(
            f"the agent was trained where {said.format(*known, *here)}: choose its own environment"
        )


def _imitates(network: "Network", environment: "Environment") -> bool:
    """Whether a classifier of what the environment shows says which action to take."""
    if network.modality != environment.modality or not network.head.answer.one_class:
        return False
    image = (network.preprocess.channels, *network.preprocess.size)
    return image == environment.observations.image and network.classes == [*environment.actions]


def run(config: Any) -> None:
    """The Hydra task."""
    from lightning_contrast.config.construct import construct
    from lightning_contrast.config.trusted import check_trusted, prefixes
    from lightning_contrast.inference.loading import load_network

    plain = resolved(config)
    names = ("episodes", "temperature", "seed", "gif", "shown", "trajectories")
    settings = {name: plain[name] for name in names}
    check_arguments(act, settings, partial=True)
    chosen = plain.get("environment")
    network = load_network(plain["checkpoint"], plain["trust"], plain["device"])
    if chosen is None:  # that of the run; a checkpoint may come from anybody
        chosen = network.run.get("environment")
        if chosen is None:
            raise InputError(
                f"the checkpoint reads {network.modality}s, and is of no agent: give that of a run "
                "with recipe=contrastive_rl, or beside an imitator's set environment=jumping"
            )
        try:
            check_trusted("environment", chosen, prefixes(plain["trust"]))
        except InputError as error:
            raise InputError(
                "the agent was trained in an environment of another package, whose code no "
                "checkpoint may run: set environment=gymnasium environment.id=ID as it was then"
            ) from error
    figures = act(network, construct(chosen), **settings)
    if not plain["quiet"]:
        print(json.dumps({name: round(value, 4) for name, value in figures.items()}))


main = entry_point("act", run)

if __name__ == "__main__":
    main()
