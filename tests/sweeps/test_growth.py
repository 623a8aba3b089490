"""A process that runs one job after another holds no more after forty than after ten."""

import os
import subprocess
import sys

import pytest

from tests.pages import ROOT
from tests.runs import write_news

JOBS, WARM = 40, 10
SMALL = [
    "source=table",
    "datamodule.batch_size=30",
    "trainer.max_steps=2",
    "trainer.max_epochs=1",
    "trainer.accelerator=cpu",
    "logger=csv",
    "quiet=true",
]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="counts open files in /proc")
def test_forty_jobs_of_a_sweep_hold_no_more_memory_and_files_than_ten(tmp_path):
    seen = tmp_path / "seen"
    watch = "+hydra.callbacks.watched"
    words = [
        f"source.path={write_news(tmp_path / 'news.csv')}",
        f"{watch}._target_=tests.sweeps.watched.Watched",
        f"{watch}.file={seen}",
        f"seed=range({JOBS})",
    ]
    cli = [sys.executable, "-m", "lightning_contrast.commands.cli", "train", "-m"]
    paths = os.pathsep.join([str(ROOT), str(ROOT / "lightning_contrast" / "plugin")])
    subprocess.run(
        [*cli, *SMALL, *words], check=True, cwd=tmp_path, env=os.environ | {"PYTHONPATH": paths}
    )
    resident, files = zip(
        *(map(int, line.split()) for line in seen.read_text().splitlines()), strict=True
    )
    assert len(resident) == JOBS
    assert max(files[WARM:]) <= max(files[:WARM])
    # Pages of the allocator come and go; a job's own network and rows would be 30 times 2 MB.
    assert max(resident[WARM:]) - max(resident[:WARM]) < 40e6
