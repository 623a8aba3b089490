"""A small project whose jobs take no time: sweeps are about everything around them."""

import json
import logging
from pathlib import Path

import pytest
from hydra.core.hydra_config import HydraConfig

from lightning_contrast.commands import entry
from lightning_contrast.errors import InputError, OtherRun
from lightning_contrast.sweeps.outcome import result

FILES = {
    "train.yaml": """
defaults:
  - _self_
  - loss: supcon
  - sweep: null
  - override hydra/job_logging: none
  - override hydra/hydra_logging: none
seed: 0
lr: 0.1
breaks: false
quiet: false
name: toy
metric: score
rerun_failed: false
hydra:
  sweep:
    dir: "runs/multirun/${now:%Y-%m-%d}/${now:%H-%M-%S-%f}"
    subdir: "${hydra.job.num}_${name}"
  callbacks:
    sweep_report: {_target_: lightning_contrast.sweeps.failed.SweepReport}
    kept_config: {_target_: lightning_contrast.sweeps.kept_config.KeptConfig}
""",
    "loss/supcon.yaml": "{temperature: 0.1}",
    "loss/triplet_margin.yaml": "{margin: 0.2}",
}


class Toy:
    """The task: best at lr 0.01; fails where the words say so or a file ``broken`` is there.

    Refuses a folder that holds the result of another lr.
    """

    __module__, __name__, __qualname__ = __name__, "toy", "toy"

    def __init__(self) -> None:
        self.ran: list[str] = []

    def __call__(self, config):
        directory = Path(HydraConfig.get().runtime.output_dir)
        if config.rerun_failed and (done := result(directory)):
            return done["score"]
        self.ran.append(directory.name)
        if config.breaks and Path("broken").exists():
            raise InputError("breaks must be false, got true: set breaks=false")
        score = -abs(config.lr - 0.01)
        if result(directory).get("score", score) != score:
            raise OtherRun("the folder is of a run with another lr: set it as it was")
        (directory / "result.json").write_text(json.dumps({"score": score}))
        return score


@pytest.fixture
def project(tmp_path, monkeypatch):
    """``call(*words)``: the exit code of a command; ``call.toy.ran``: the jobs that ran."""
    conf = Path(__file__).parents[2] / "conf"
    for name, text in FILES.items():
        (tmp_path / "conf" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "conf" / name).write_text(text)
    for name in ("hydra/sweeper/optuna.yaml", "sweep/optuna.yaml"):
        (tmp_path / "conf" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "conf" / name).write_text((conf / name).read_text())
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setattr(entry, "conf_directory", lambda: tmp_path / "conf")
    monkeypatch.delenv(entry.FULL_ERROR, raising=False)
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    root.handlers.clear()

    def call(*words: str) -> int:
        try:
            entry.entry_point("train", call.toy)(list(words))
        except SystemExit as stop:
            return stop.code
        return 0

    call.toy = Toy()
    yield call
    root.setLevel(level)
    root.handlers[:] = handlers
    HydraConfig.instance().cfg = None
