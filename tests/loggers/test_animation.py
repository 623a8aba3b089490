"""An animation goes to W&B loggers alone, and only where there is one."""

import numpy as np

from lightning_contrast.loggers.animation import log_animation
from lightning_contrast.report.animation import save_animation


class WandbLogger:
    def __init__(self, folder):
        self.save_dir, self.experiment, self.logged = folder, self, {}

    def log(self, values):
        self.logged |= values


def test_an_animation_is_logged_as_a_video(tmp_path):
    logger = WandbLogger(tmp_path)
    log_animation([object(), logger], tmp_path / "agent.gif")
    assert logger.logged == {}
    save_animation([np.zeros((8, 8, 3), np.uint8)] * 3, tmp_path / "agent.gif")
    log_animation([object(), logger], tmp_path / "agent.gif")
    assert logger.logged.keys() == {"report/agent"}
    assert type(logger.logged["report/agent"]).__name__ == "Video"
