import pytest
import torch
from pytorch_lightning import LightningModule, Trainer
from pytorch_lightning.callbacks import Callback
from torch.utils.data import DataLoader, TensorDataset

from lightning_contrast.callbacks.last_checkpoint import LastCheckpoint
from lightning_contrast.callbacks.weight_average import WeightAverage

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*LeafSpec"),
    pytest.mark.filterwarnings("ignore:The '.*dataloader' does not have many workers"),
]


class Tiny(LightningModule):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(2, 1)

    def training_step(self, batch, _):
        return self.layer(batch[0]).square().mean()

    def validation_step(self, batch, _):
        pass

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 0.1)


class Raise(Callback):
    def __init__(self, error, step, validation=False):
        self.error, self.step, self.validation = error, step, validation

    def on_train_batch_end(self, trainer, *_):
        if trainer.global_step == self.step and not self.validation:
            raise self.error

    def on_validation_batch_end(self, trainer, *_):
        if trainer.global_step >= self.step and self.validation:
            raise self.error


def fit(callbacks, **options):
    torch.manual_seed(0)
    rows = DataLoader(TensorDataset(torch.randn(8, 2)), batch_size=2)
    trainer = Trainer(
        max_epochs=3,
        callbacks=callbacks,
        logger=False,
        accelerator="cpu",
        enable_checkpointing=any(isinstance(c, LastCheckpoint) for c in callbacks),
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
    )
    module = Tiny()
    trainer.fit(module, rows, rows, **options)
    return module


@pytest.mark.parametrize(
    ("error", "comes_out"), [(KeyboardInterrupt(), SystemExit), (RuntimeError("no"), RuntimeError)]
)
def test_saves_a_whole_checkpoint_and_says_where(tmp_path, capsys, error, comes_out):
    with pytest.raises(comes_out):
        fit([LastCheckpoint(tmp_path / "new"), Raise(error, step=5)])
    path = tmp_path / "new" / "last.ckpt"
    assert f"stopped at step 5; last checkpoint: {path}" in capsys.readouterr().err
    assert torch.load(path, weights_only=True)["global_step"] == 5
    assert [file.name for file in path.parent.iterdir()] == ["last.ckpt"]


def test_training_goes_on_from_it(tmp_path):
    with pytest.raises(RuntimeError):
        fit([LastCheckpoint(tmp_path), Raise(RuntimeError(), step=4)])
    resumed = fit([], ckpt_path=tmp_path / "last.ckpt", weights_only=True)
    assert torch.equal(resumed.layer.weight, fit([]).layer.weight)


def test_an_error_before_the_first_step_leaves_an_older_checkpoint_alone(tmp_path):
    class Early(Callback):
        def on_train_start(self, *_):
            raise RuntimeError

    (tmp_path / "last.ckpt").write_bytes(b"older")
    with pytest.raises(RuntimeError):
        fit([LastCheckpoint(tmp_path), Early()])
    assert (tmp_path / "last.ckpt").read_bytes() == b"older"


def test_a_folder_that_cannot_be_written_does_not_hide_the_error(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    with pytest.raises(RuntimeError, match="the first"):
        fit([LastCheckpoint(tmp_path / "file"), Raise(RuntimeError("the first"), step=2)])
    assert "could not be written" in capsys.readouterr().err


@pytest.mark.parametrize("validation", [False, True])
@pytest.mark.parametrize("first", [0, 1])
def test_the_averaged_weights_are_the_weights_saved_whenever_it_stops(tmp_path, validation, first):
    average = WeightAverage(decay=0.5, warm_up=1)
    callbacks = [average, LastCheckpoint(tmp_path)]
    with pytest.raises(RuntimeError):
        fit([callbacks[first], callbacks[1 - first], Raise(RuntimeError(), 4, validation)])
    saved = torch.load(tmp_path / "last.ckpt", weights_only=True)
    torch.manual_seed(0)
    expected = {}

    class Watch(Callback):
        def on_train_batch_end(self, trainer, module, *_):
            weight = module.layer.weight.detach()
            mean = expected.get("mean", weight)
            expected.update(mean=mean + 0.5 * (weight - mean), last=weight.clone())
            if trainer.global_step == 4:
                raise RuntimeError

    with pytest.raises(RuntimeError):
        fit([Watch()])
    torch.testing.assert_close(saved["state_dict"]["layer.weight"], expected["mean"])
    torch.testing.assert_close(saved["current_model_state"]["layer.weight"], expected["last"])
