import pytest
import torch
from pytorch_lightning import LightningModule
from pytorch_lightning.callbacks import Callback, ModelCheckpoint
from torch.utils.data import DataLoader, TensorDataset

from lightning_contrast.callbacks.weight_average import WeightAverage
from tests.callbacks.tiny import trainer

pytestmark = pytest.mark.usefixtures("quiet")


class Tiny(LightningModule):
    def __init__(self):
        super().__init__()
        self.layer, self.norm = torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3)
        self.validated = []

    def training_step(self, batch, _):
        return (self.norm(self.layer(batch[0])) - 1).pow(4).mean()

    def validation_step(self, batch, _):
        self.validated.append(self.layer.weight.detach().clone())
        self.log("validation/accuracy", float(self.trainer.current_epoch == 1), batch_size=4)

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), 0.1)


class Reference(Callback):
    """The same average by a loop, in plain Python."""

    def __init__(self, decay, warm_up):
        self.decay, self.warm_up, self.mean, self.means = decay, warm_up, None, []

    def on_train_batch_end(self, trainer, module, *_):
        weight, t = module.layer.weight.detach().clone(), trainer.global_step - 1
        keep = min(self.decay, (1 + t) / (self.warm_up + t))
        self.mean = weight if self.mean is None else keep * self.mean + (1 - keep) * weight
        self.means.append(self.mean)


def fit(callbacks, epochs=3, **options):
    torch.manual_seed(0)
    rows = DataLoader(TensorDataset(torch.randn(20, 2)), batch_size=4)
    module = Tiny()
    trainer(callbacks, epochs).fit(module, rows, rows, **options)
    return module


def test_validates_and_ends_with_the_mean_that_a_loop_gives():
    reference = Reference(0.9, 4)
    module = fit([WeightAverage(0.9, 4), reference])
    # Validation has 5 batches, at the end of each epoch of 5 steps.
    for epoch in range(3):
        torch.testing.assert_close(module.validated[5 * epoch], reference.means[5 * epoch + 4])
    torch.testing.assert_close(module.layer.weight.detach(), reference.means[-1])
    assert module.norm.num_batches_tracked == 15


def test_training_is_the_same_with_and_without_it():
    seen = {}

    class Watch(Callback):
        def on_train_batch_end(self, trainer, module, *_):
            seen.setdefault(trainer.global_step, []).append(module.layer.weight.detach().clone())

    fit([WeightAverage(), Watch()])
    fit([Watch()])
    assert all(torch.equal(*pair) for pair in seen.values())


def test_the_best_checkpoint_holds_the_mean_as_its_weights(tmp_path):
    reference = Reference(0.9, 4)
    best = ModelCheckpoint(tmp_path, "best", monitor="validation/accuracy", mode="max")
    fit([WeightAverage(0.9, 4), reference, best])
    saved = torch.load(best.best_model_path, weights_only=True)
    torch.testing.assert_close(saved["state_dict"]["layer.weight"], reference.means[9])
    Tiny().load_state_dict(saved["state_dict"])


def test_a_resumed_run_ends_with_the_weights_of_the_run_that_was_not_stopped(tmp_path):
    def callbacks():
        return [WeightAverage(0.9, 4), ModelCheckpoint(tmp_path / "a", save_last=True)]

    fit(callbacks(), epochs=2)
    saved = (tmp_path / "a" / "last.ckpt").rename(tmp_path / "last.ckpt")
    (tmp_path / "a").rename(tmp_path / "b")
    resumed = fit(callbacks(), ckpt_path=saved, weights_only=True)
    whole = fit([WeightAverage(0.9, 4)])
    for name, value in whole.state_dict().items():
        assert torch.equal(resumed.state_dict()[name], value), name
