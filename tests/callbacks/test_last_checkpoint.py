import pytest
import torch
from pytorch_lightning.callbacks import Callback
from torch.utils.data import DataLoader, TensorDataset

from lightning_contrast.callbacks.last_checkpoint import LastCheckpoint
from lightning_contrast.callbacks.weight_average import WeightAverage
from tests.callbacks.tiny import Tiny, trainer

pytestmark = pytest.mark.usefixtures("quiet")


class Breaks(TensorDataset):
    """Eight rows; asked for its n-th batch of two, it raises an error."""

    def __init__(self, error=None, batch=0):
        super().__init__(torch.randn(8, 2))
        self.error, self.left = error, 2 * (batch - 1)

    def __getitem__(self, index):
        if self.error is not None and self.left == 0:
            raise self.error
        self.left -= 1
        return super().__getitem__(index)


class Raise(Callback):
    def __init__(self, error, step, validation=False):
        self.error, self.step, self.validation = error, step, validation

    def on_train_batch_end(self, trainer, *_):
        if trainer.global_step == self.step and not self.validation:
            raise self.error

    def on_validation_batch_end(self, trainer, *_):
        if trainer.global_step >= self.step and self.validation:
            raise self.error


def fit(callbacks, error=None, batch=0, **options):
    torch.manual_seed(0)
    train = DataLoader(Breaks(error, batch), batch_size=2)
    torch.manual_seed(1)
    module = Tiny()
    trainer(callbacks, epochs=3).fit(module, train, DataLoader(Breaks(), batch_size=2), **options)
    return module


@pytest.mark.parametrize(
    ("error", "comes_out"), [(KeyboardInterrupt(), SystemExit), (RuntimeError("no"), RuntimeError)]
)
def test_saves_a_whole_checkpoint_and_says_where(tmp_path, capsys, error, comes_out):
    with pytest.raises(comes_out):
        fit([LastCheckpoint(tmp_path / "new")], error, batch=6)
    path = tmp_path / "new" / "last.ckpt"
    assert f"stopped at step 5; last checkpoint: {path}" in capsys.readouterr().err
    assert torch.load(path, weights_only=True)["global_step"] == 5
    assert [file.name for file in path.parent.iterdir()] == ["last.ckpt"]


def test_training_goes_on_from_it(tmp_path):
    with pytest.raises(RuntimeError):
        fit([LastCheckpoint(tmp_path), Raise(RuntimeError(), 4, validation=True)])
    resumed = fit([], ckpt_path=tmp_path / "last.ckpt", weights_only=True)
    assert torch.equal(resumed.layer.weight, fit([]).layer.weight)


@pytest.mark.parametrize("step", [2, 6])
def test_an_error_in_the_midst_of_a_step_leaves_the_file_of_the_step_before(tmp_path, capsys, step):
    with pytest.raises(RuntimeError):
        fit([LastCheckpoint(tmp_path), Raise(RuntimeError(), step)])
    told = capsys.readouterr().err
    if step < 4:
        assert "stopped at step 2; no checkpoint yet" in told
        assert not (tmp_path / "last.ckpt").exists()
    else:
        assert f"stopped at step 6; last checkpoint, of step 4: {tmp_path}" in told
        assert torch.load(tmp_path / "last.ckpt", weights_only=True)["global_step"] == 4


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
        fit([LastCheckpoint(tmp_path / "file")], RuntimeError("the first"), batch=3)
    assert "could not be written" in capsys.readouterr().err


@pytest.mark.parametrize("validation", [False, True])
@pytest.mark.parametrize("first", [0, 1])
def test_the_averaged_weights_are_the_weights_saved_whenever_it_stops(tmp_path, validation, first):
    average = WeightAverage(decay=0.5, warm_up=1)
    callbacks = [average, LastCheckpoint(tmp_path)]
    ordered = [callbacks[first], callbacks[1 - first]]
    breaks = {} if validation else {"error": RuntimeError(), "batch": 4}
    with pytest.raises(RuntimeError):
        fit([*ordered, Raise(RuntimeError(), 4, validation=True)], **breaks)
    saved = torch.load(tmp_path / "last.ckpt", weights_only=True)
    expected = {}

    class Watch(Callback):
        def on_train_batch_end(self, trainer, module, *_):
            if trainer.global_step <= saved["global_step"]:
                weight = module.layer.weight.detach()
                mean = expected.get("mean", weight)
                expected.update(mean=mean + 0.5 * (weight - mean), last=weight.clone())

    fit([Watch()])
    assert saved["global_step"] == (4 if validation else 3)
    torch.testing.assert_close(saved["state_dict"]["layer.weight"], expected["mean"])
    torch.testing.assert_close(saved["current_model_state"]["layer.weight"], expected["last"])
