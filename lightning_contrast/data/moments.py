"""The data module of agents: it plays, keeps what it saw, and draws batches of it."""

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

import numpy as np
import torch
from pytorch_lightning import LightningDataModule

from lightning_contrast.batch import Batch, Counts
from lightning_contrast.config.arguments import checked
from lightning_contrast.config.ranges import Count, CountFromZero, NotNegative, Seed, Share
from lightning_contrast.data.complete import complete
from lightning_contrast.data.loader import Loader, TrainingLoader, batches_trained
from lightning_contrast.data.moment_reader import MomentReader
from lightning_contrast.data.play import at_random, play
from lightning_contrast.data.replay import Replay
from lightning_contrast.data.trajectory_file import read_trajectories
from lightning_contrast.environments.environment import Environment, Space
from lightning_contrast.errors import InputError
from lightning_contrast.modules.acting import acting, exploring
from lightning_contrast.modules.network import Network
from lightning_contrast.positives.future import FuturePositives
from lightning_contrast.samplers.shuffled import ShuffledSampler
from lightning_contrast.types import Draw, Mixed
from lightning_contrast.views.identity import Identity


class MomentDataModule(LightningDataModule):
    """Batches of moves (an observation and an action) and a later place of each as its positive.

    The first trajectories are played at random, or read. Before each further epoch the network
    plays ``episodes`` of them, side by side: by its critic or actor, or in the share ``explore`` of
    the steps by chance. A goal that is reached is followed by another. A batch is drawn from all
    moments so far, each as often. Its rows have an index of their own, so that equal goals are
    negatives of one another.

    Args:
        environment: where the agent acts.
        positives: factory of the rule for positives, called with the ``ends`` of trajectories.
        batch_size: moves of a batch.
        steps: batches of an epoch.
        episodes: trajectories that are played before an epoch; 0: none, the replay stays as it is.
        first_episodes: trajectories that are played at random at the beginning.
        explore: share of the steps with any action.
        temperature: of the softmax by which the others are chosen (``modules.acting``).
        path: a Parquet file with the first trajectories, in place of random ones.
        seed: of all that is drawn.

    Raises:
        InputError: a number is out of range, a file does not fit the environment, or no trajectory
            has two moments.

    The state in a checkpoint holds the replay: a run that goes on ends as one that was left alone.
    """

    _key = "datamodule."
    modality: ClassVar[str] = "moment"
    splits = None
    places = None
    next_token = False

    @checked
    def __init__(
        self,
        environment: Environment,
        positives: Callable[..., Any] = FuturePositives,
        batch_size: Count = 256,
        steps: Count = 50,
        episodes: CountFromZero = 16,
        first_episodes: Count = 32,
        explore: Share = 0.2,
        temperature: NotNegative = 0.05,
        path: str | None = None,
        seed: Seed = 0,
    ) -> None:
        super().__init__()
        self.environment, self.positives = environment, positives
        self.batch_size, self.steps = batch_size, steps
        self.episodes, self.first_episodes = episodes, first_episodes
        self.explore, self.temperature = explore, temperature
        self.path, self.seed = path, seed
        self.view = Identity()
        self.classes = tuple(environment.actions)
        self.unseen: dict[str, str] = {}
        self.replay = Replay()
        self.preprocess: Any = None
        self._draws: Any = _Draws(self)
        self._training: TrainingLoader | None = None
        self._restored: dict[str, Any] = {}
        self._shown = 0  # the epoch before which the network played last

    def setup(self, stage: str | None = None) -> None:
        if self.replay.moments is not None:
            return
        if self.path is not None:
            self.replay.add(read_trajectories(self.path, self.environment))
        else:
            random = self._random(0)
            act = at_random(self.environment, random)
            self.replay.add(play(self.environment, act, self.first_episodes, random, True)[0])
        if not self.replay.steps:
            raise InputError(
                "no trajectory has two moments, so that none has a future: set "
                "datamodule.first_episodes=32, or give datamodule.path longer ones"
            )
        moments, (seen, goals) = self.replay.held, self._spaces
        scales = (*_scale(moments.observation, seen), *_scale(moments.place, goals))
        continuous = self.environment.continuous
        sizes = (seen.size, goals.size, len(self.classes))
        self.preprocess = MomentReader(*sizes, *scales, continuous=continuous)

    @property
    def derived(self) -> dict[str, int]:
        """What encoders are told."""
        seen, goals = self._spaces
        return {"observation": seen.size, "goal": goals.size, "actions": len(self.classes)}

    @property
    def _spaces(self) -> tuple[Space, Space]:
        return self.environment.observations, self.environment.goals

    def epochs(self) -> int:
        """The length of a training that nobody has said."""
        return 40

    def refresh(self, network: Network, epoch: int) -> None:
        """Plays with the network, once before each epoch but the first."""
        if epoch == self._shown:
            return
        self._shown = epoch
        if self.episodes:
            random = self._random(epoch)
            own = acting(network, self.temperature, random)
            chance = at_random(self.environment, random)
            act = exploring(own, chance, self.explore, random)
            self.replay.add(play(self.environment, act, self.episodes, random, True)[0])

    def train_dataloader(self) -> TrainingLoader:
        order = np.zeros(self.steps * self.batch_size, dtype=np.int64)
        sampler = ShuffledSampler(order, self.batch_size, seed=self.seed)
        trained = partial(batches_trained, self.trainer) if self.trainer else None
        self._training = TrainingLoader(self._draws, sampler, trained=trained)
        if self._restored:
            self._training.load_state_dict(self._restored)
        return self._training

    def val_dataloader(self) -> Loader:
        """One batch: validation is by play (``callbacks.play``)."""
        return Loader(self._draws, self.batch_size)

    def drawn(self, count: int, random: np.random.Generator) -> Batch:
        """A batch of moves and their positives, drawn from all moments."""
        moments = self.replay.held
        index = random.choice(self.replay.movable, count)
        known = {"ends": self.replay.ends, "alike": lambda: self.replay.alike}
        later = complete(self.positives, **known)(index, random)
        move = {"observation": moments.observation[index], "action": moments.action[index]}
        parts: dict[str, Any] = {
            "move": {name: torch.from_numpy(part) for name, part in move.items()},
            "goal": torch.from_numpy(moments.place[later]),
        }
        rows = {"move": np.arange(count), "goal": np.arange(count, 2 * count)}
        label, number = torch.zeros(2 * count).long(), torch.arange(count).repeat(2)
        return Batch(Mixed(parts, rows), label, number, Counts(count, 1, 0))

    def transfer_batch_to_device(
        self, batch: Batch, device: torch.device, dataloader_idx: int
    ) -> Batch:
        return batch if device.type == "cpu" else batch.to(device)

    def state_dict(self) -> dict[str, Any]:
        position = {} if self._training is None else self._training.state_dict()
        return {"replay": self.replay.state_dict(), "position": position, "shown": self._shown}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.replay.load_state_dict(state_dict["replay"])
        self._restored, self._shown = state_dict["position"], state_dict["shown"]

    def _random(self, epoch: int) -> np.random.Generator:
        return np.random.default_rng((self.seed, epoch))


class _Draws:
    """The batches of a data module, as a loader asks for them: by a draw's seed alone."""

    def __init__(self, data: MomentDataModule) -> None:
        self.data = data

    def __len__(self) -> int:
        return self.data.batch_size

    def __getitems__(self, draw: Draw) -> Batch:
        return self.data.drawn(len(draw.index), np.random.default_rng(draw.seed))


def _scale(values: np.ndarray, space: Space) -> tuple[list[float], list[float]]:
    """Mean and standard deviation of each number of a vector; a constant one is left as it is."""
    if space.numbered:
        return [], []
    std = values.std(0, dtype=np.float64)
    return values.mean(0, dtype=np.float64).tolist(), np.where(std > 0, std, 1.0).tolist()
