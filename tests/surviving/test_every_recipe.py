"""Every recipe that is broken off in mid-epoch ends as the run that was left alone."""

import pytest

from tests.recipes import LEARNING, words, write_rows
from tests.runs import composed
from tests.surviving.broken_off import differing, fit

TINY = [
    *("trainer.max_epochs=2", "trainer.accelerator=cpu", "trainer.limit_train_batches=3"),
    *("trainer.check_val_every_n_epoch=1", "logger=none", "quiet=true"),
]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*in eval mode at the start")  # a locked tower
@pytest.mark.parametrize("recipe", LEARNING)
def test_it_ends_with_the_weights_of_the_run_left_alone(recipe, tmp_path):
    write_rows(tmp_path)
    run = composed(*words(recipe, tmp_path), *TINY)
    whole = fit(run, tmp_path / "whole")
    for event in (2, 4):
        assert fit(run, tmp_path / "again", event) is None, "it was broken off"
    assert differing(whole, fit(run, tmp_path / "again")) == []
