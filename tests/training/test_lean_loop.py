"""The lean epoch does what Lightning's does: weights, counters, optimiser, and what is heard."""

import pytest
import torch
from pytorch_lightning import Callback, seed_everything

from lightning_contrast.build import parts as build
from lightning_contrast.training.lean_loop import TOLD, is_plain
from tests.runs import composed, write_news


class Hears(Callback):
    """Notes every hook of a step, and logs from one, as a user's callback may."""

    def __init__(self):
        self.heard = []


for hook in TOLD:

    def note(self, trainer, module, *args, hook=hook):
        self.heard.append((hook, trainer.global_step, len(args)))
        if hook == "on_train_batch_end":
            self.heard.append(float(args[0]["loss"]))
            module.log("heard", float(args[2]))

    setattr(Hears, hook, note)


@pytest.fixture(scope="module")
def news(tmp_path_factory):
    return write_news(tmp_path_factory.mktemp("news") / "news.csv")


def trained(news, folder, lean, *overrides):
    words = ["source=table", f"source.path={news}", "datamodule.batch_size=20", "quiet=true"]
    config = composed(*words, "trainer.accelerator=cpu", "trainer.max_epochs=2", *overrides)
    seed_everything(0, verbose=False)
    datamodule = build.build_datamodule(config)
    module = build.build_module(config, datamodule)
    callbacks = build.build_callbacks(config, folder)
    hears = Hears()
    trainer = build.build_trainer(config, folder, [], [*callbacks, hears])
    if not lean:
        loop = trainer.fit_loop.epoch_loop
        trainer.fit_loop.epoch_loop = type(loop).__base__(trainer, loop.min_steps, loop.max_steps)
    trainer.fit(module, datamodule)
    checkpoint = torch.load(folder / "checkpoints" / "last.ckpt", weights_only=True)
    kept = {k: checkpoint[k] for k in ("loops", "optimizer_states", "lr_schedulers", "global_step")}
    return module.state_dict(), kept, hears.heard, dict(trainer.callback_metrics), trainer


def equal(one, other):
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(equal(one[k], other[k]) for k in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(equal, one, other))
    return torch.equal(one, other) if isinstance(one, torch.Tensor) else one == other


@pytest.mark.parametrize(
    "overrides",
    [
        (),
        ("trainer.gradient_clip_val=0.05", "callbacks=[default,weight_average]"),
        ("trainer.accumulate_grad_batches=2", "trainer.max_steps=3"),
        ("trainer.precision=bf16-mixed", "trainer.gradient_clip_val=0.05", "optimizer=adamw"),
    ],
    ids=["plain", "clipped and averaged", "accumulated", "fused and clipped in bfloat16"],
)
def test_a_run_is_that_of_lightnings_own_loop_bit_for_bit(news, tmp_path, overrides):
    ours = trained(news, tmp_path / "ours", True, *overrides)
    theirs = trained(news, tmp_path / "theirs", False, *overrides)
    assert is_plain(ours[-1])
    for mine, other in zip(ours[:-1], theirs[:-1], strict=True):
        assert equal(mine, other)
    assert len([h for h in ours[2] if isinstance(h, float)]) >= 4


def test_what_is_not_plain_is_left_to_lightning(news, tmp_path):
    *_, trainer = trained(news, tmp_path, True)
    assert is_plain(trainer)
    module, kind = trainer.lightning_module, type(trainer.lightning_module)
    own = type("Own", (kind,), {"on_after_backward": lambda self: None})
    module.__class__ = own
    assert not is_plain(trainer)
    module.__class__ = kind
    trainer.profiler = object()
    assert not is_plain(trainer)
