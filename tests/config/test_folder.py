"""Parts of one's own are found, and name the run's folder, in whatever process a job runs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import sys
from pathlib import Path
from hydra.core.hydra_config import HydraConfig
from hydra.utils import get_object
from lightning_contrast.commands import entry

def task(config):
    made = [get_object(name)() for name in (config.beside, config.here)]
    folder = Path(HydraConfig.get().runtime.output_dir)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "made").write_text(" ".join(made))

entry.conf_directory = lambda: Path("package").resolve()
entry.entry_point("train", task)(sys.argv[1:])
"""
TRAIN = """
defaults:
  - _self_
  - loss: null
seed: 0
name: ${run_name:}
beside: my_parts.loss
here: parts_from_here.sampler
quiet: true
hydra: {run: {dir: "out/${name}"}, sweep: {dir: out, subdir: "${hydra.job.num}_${name}"}}
"""


@pytest.fixture
def places(tmp_path):
    """A folder with parts and configs of one's own, and another one that a command starts in."""
    own, here = tmp_path / "of my own", tmp_path / "elsewhere"
    for path, text in {
        own / "conf/loss/mine.yaml": "{a: 1}",
        own / "my_parts.py": "def loss(): return 'loss'",
        own / "json.py": "raise ImportError('hides the standard library')",
        here / "parts_from_here.py": "def sampler(): return 'sampler'",
        here / "package/train.yaml": TRAIN,
    }.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return own, here


@pytest.mark.parametrize("launcher", [None, "basic", "joblib", "submitit_local"])
def test_parts_beside_the_config_dir_and_in_the_current_folder_are_found(launcher, places):
    own, here = places
    jobs = ["-m", f"hydra/launcher={launcher}", "seed=0,1"] if launcher else []
    script = here / "script" / "run.py"  # a script's own folder stands on the path
    script.parent.mkdir()
    script.write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, script, "--config-dir", own / "conf", "loss=mine", *jobs],
        cwd=here,
        env=os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'lightning_contrast' / 'plugin'}"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    made = {path.parent.name: path.read_text() for path in (here / "out").rglob("made")}
    folders = ["0_mine", "1_mine"] if launcher else ["mine"]
    assert made == dict.fromkeys(folders, "loss sampler")
