"""A loss, a sampler and a source of one's own, in a folder outside of the package."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pages import ROOT

FILES = {
    "my_loss.py": """
from torch import nn

from lightning_contrast.engine import masked
from lightning_contrast.losses.loss import Loss


class MeanGap(Loss):
    def __init__(self, scale: float = 5.0) -> None:
        super().__init__()
        self.scale = scale

    def forward(self, similarity, pairs):
        pull, positives = masked.mean(similarity, pairs.positive)
        push, negatives = masked.mean(similarity, pairs.negative)
        loss = nn.functional.softplus(self.scale * (push - pull))
        return masked.total(loss, (positives > 0) & (negatives > 0))
""",
    "my_sampler.py": """
from dataclasses import dataclass

from lightning_contrast.samplers.sampler import Sampler


@dataclass(eq=False, repr=False)
class Whole(Sampler):
    def __post_init__(self):
        super().__post_init__()
        self.sizes = self.cut(len(self.labels), drop_last=True)

    def order(self, random):
        return random.permutation(len(self.labels))
""",
    "my_source.py": """
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from lightning_contrast.sources.source import Source
from lightning_contrast.types import Labelled


@dataclass(kw_only=True)
class Lines(Source):
    modality: ClassVar[str] = "text"
    path: str

    def load(self):
        files = sorted(Path(self.path).glob("*.txt"))
        texts = [file.read_text().splitlines() for file in files]
        label = np.repeat(np.arange(len(files)), [len(lines) for lines in texts])
        return Labelled(
            raw=[text for lines in texts for text in lines],
            label=label,
            classes=tuple(file.stem for file in files),
            group=np.arange(len(label)),
            split=np.full(len(label), -1, dtype=np.int8),
            counts={},
        )
""",
    "conf/loss/mean_gap.yaml": "_target_: my_loss.MeanGap\nscale: 5.0\n",
    "conf/sampler/whole.yaml": "_target_: my_sampler.Whole\n",
    "conf/source/lines.yaml": "_target_: my_source.Lines\npath: ???\n",
}


@pytest.fixture
def command(tmp_path):
    """``lightning-contrast WORDS`` in a directory that is neither the project's nor that of the
    parts."""
    for name, text in FILES.items():
        (tmp_path / "mine" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "mine" / name).write_text(text)
    for name in ("sport", "trade"):
        lines = [f"{name} w{row % 7} v{row % 11} {name}{row % 5} number {row}" for row in range(80)]
        (tmp_path / "data").mkdir(exist_ok=True)
        (tmp_path / "data" / f"{name}.txt").write_text("\n".join(lines))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "new.txt").write_text("sport w1 v2 sport3\ntrade w4 v5 trade1\n")
    call = "import sys; from lightning_contrast.commands.cli import main; main(sys.argv[1:])"
    paths = os.pathsep.join(map(str, (ROOT, ROOT / "lightning_contrast/plugin")))

    def run(*words: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-c", call, *words],
            cwd=tmp_path / "elsewhere",
            env=os.environ | {"PYTHONPATH": paths},
            capture_output=True,
            text=True,
        )

    return run


@pytest.mark.slow
def test_own_parts_train_in_one_and_two_processes_and_serve_every_command(command, tmp_path):
    own = ("--config-dir", str(tmp_path / "mine/conf"))
    chosen = ("loss=mean_gap", "sampler=whole", "source=lines", f"source.path={tmp_path}/data")
    small = ("source.per_class=30", "datamodule.batch_size=12", "trainer.max_epochs=8")
    small += ("logger=csv", "trainer.accelerator=cpu", "quiet=true")
    for name, ranks in (("one", ()), ("two", ("trainer.devices=2", "strategy=ddp"))):
        done = command("train", *own, *chosen, *small, *ranks, f"hydra.run.dir={tmp_path / name}")
        assert done.returncode == 0, done.stderr
        result = json.loads((tmp_path / name / "result.json").read_text())
        assert result["rows/train"] == 60, "source.per_class is of the base"
        assert result["train/processes"] == (2 if ranks else 1)
        assert "my_loss.MeanGap" in (tmp_path / name / ".hydra/config.yaml").read_text()

    best = f"checkpoint={tmp_path}/one/checkpoints/best.ckpt"
    # The network's own parts are the package's: to predict, nobody has to be trusted.
    done = command("predict", best, f"input={tmp_path}/new.txt", f"output={tmp_path}/labels.csv")
    assert done.returncode == 0, done.stderr
    labels = Path(tmp_path / "labels.csv").read_text().splitlines()[1:]
    assert [line.split(",")[2] for line in labels] == ["sport", "trade"]

    done = command("evaluate", best, "protocols=[accuracy]")
    assert done.returncode == 2
    (line,) = done.stderr.strip().splitlines()
    assert "set trust=[my_sampler,my_source] on the command line" in line
    trusted = ("trust=[my_sampler,my_source]", f"hydra.run.dir={tmp_path}/evaluated")
    done = command("evaluate", best, *own, *trusted, "protocols=[accuracy]", "quiet=true")
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "evaluated/result.json").read_text())
    first = json.loads((tmp_path / "one/result.json").read_text())
    assert found["test/accuracy"] == first["test/accuracy"]
