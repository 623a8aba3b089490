"""The default run trains on small and uneven data as they are."""

import numpy as np
import pytest

from lightning_contrast.training.run import train
from tests.runs import composed


def table(path, counts):
    """Texts of six words, each class with words of its own."""
    random, lines = np.random.default_rng(0), ["text,label"]
    for number, count in enumerate(counts):
        for _ in range(count):
            lines.append(
                " ".join(f"w{number}x{n}" for n in random.integers(90, size=6)) + f",c{number}"
            )
    path.write_text("\n".join(lines))
    return path


@pytest.mark.parametrize("counts", [[8] * 5, [90, 70, 4], [400, 8], [6] * 40], ids=str)
def test_the_default_run_trains(counts, tmp_path):
    path = table(tmp_path / "table.csv", counts)
    words = ("source=table", f"source.path={path}", "trainer.max_epochs=2", "quiet=true")
    config = composed(*words, "logger=none", "trainer.accelerator=cpu", "protocols=[accuracy]")
    result = train(config, tmp_path / "run")
    assert result["train/steps"] >= 2 and 0 <= result["test/accuracy"] <= 1
