from types import SimpleNamespace

import pytest

from lightning_contrast.callbacks.no_contrast import NoContrast, NoContrastWarning
from lightning_contrast.training.run import train
from tests.runs import composed, write_news


def steps(callback, losses, every=2):
    trainer = SimpleNamespace(log_every_n_steps=every, callback_metrics={}, global_step=0)
    for loss in losses:
        trainer.global_step += 1
        if loss is not None:
            trainer.callback_metrics["train/contrast"] = loss
        callback.on_train_batch_end(trainer, None, None, None, trainer.global_step)


def test_a_contrast_of_zero_is_told_once():
    callback = NoContrastWarning()
    with pytest.warns(NoContrast, match="exactly 0 at step 4.*batch_size") as said:
        steps(callback, [0.0] * 20)
    steps(callback, [0.0] * 20)  # a second warning would be an error
    assert len(said) == 1


@pytest.mark.parametrize(
    "losses", [[0.5] * 8, [0.0, 0.0, 1e-9, 1e-9], [0.5, 0.5, 0.0, 0.0, 0.0, 0.0], [None] * 8]
)
def test_a_contrast_that_was_something_and_a_run_without_one_are_left_in_peace(losses):
    steps(NoContrastWarning(), losses)


def test_batches_of_one_step_count_once():
    callback = NoContrastWarning()
    trainer = SimpleNamespace(log_every_n_steps=1, callback_metrics={}, global_step=0)
    callback.on_train_batch_end(trainer, None, None, None, 0)  # nothing is logged yet
    trainer.global_step, trainer.callback_metrics["train/contrast"] = 1, 0.0
    for batch in range(4):
        callback.on_train_batch_end(trainer, None, None, None, batch)
    trainer.global_step = 2
    with pytest.warns(NoContrast, match="at step 2"):
        callback.on_train_batch_end(trainer, None, None, None, 4)


def test_a_run_of_one_row_a_batch_says_that_nothing_is_contrasted(tmp_path):
    overrides = ("source=table", f"source.path={write_news(tmp_path / 'news.csv', 30)}")
    overrides += ("recipe=simcse", "datamodule.batch_size=1", "trainer.log_every_n_steps=1")
    overrides += ("trainer.max_steps=2", "trainer.max_epochs=-1", "logger=[]", "protocols=[]")
    with pytest.warns(NoContrast, match="at step 2"):
        train(composed(*overrides), tmp_path / "run")
