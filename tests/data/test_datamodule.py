import warnings
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from pytorch_lightning import LightningModule, Trainer
from pytorch_lightning.callbacks import ModelCheckpoint

from lightning_contrast.callbacks.progress import Progress
from lightning_contrast.data.image import ImageDataModule
from lightning_contrast.data.text import TextDataModule
from lightning_contrast.data.training_parts import training_parts
from lightning_contrast.errors import InputError, OtherRun
from lightning_contrast.files.images import InMemoryImages
from lightning_contrast.negatives.cross_class import CrossClassNegatives
from lightning_contrast.negatives.lexical import LexicalNegatives
from lightning_contrast.positives.none import NoPositives
from lightning_contrast.positives.same_class import SameClassPositives
from lightning_contrast.samplers.class_balanced import ClassBalancedSampler
from lightning_contrast.sources.digits import Digits
from lightning_contrast.sources.source import Source
from lightning_contrast.sources.table import Table
from lightning_contrast.types import Labelled
from lightning_contrast.views.view import View
from tests.batches import by_role

BALANCED = partial(ClassBalancedSampler, samples_per_class=2)
N = 120


class Made(Source):
    """Rows that show their own number, 40 a class: 80 % training, 10 % validation, 10 % test."""

    def __init__(self, modality, validation=True):
        super().__init__(fractions=(1.0, 0.0, 0.0))
        self.modality = modality
        self.validation = validation

    def load(self):
        row = np.arange(N)
        texts = [f"row{i} " * (1 + i % 7) + f"only{i} in{i} here{i}" for i in row]
        pixels = torch.from_numpy(row.astype(np.uint8)).view(N, 1, 1, 1).repeat(1, 3, 8, 6)
        pixels[:, 0, 0, 0] = 255
        split = np.where(row % 10 == 0, 2, np.where((row % 10 == 1) & self.validation, 1, 0))
        return Labelled(
            raw=texts if self.modality == "text" else InMemoryImages(pixels),
            label=row % 3,
            classes=("a", "b", "c"),
            group=row,
            split=split.astype(np.int8),
            counts={"skipped": 4},
        )


class Noise(View):
    def forward(self, inputs):
        return torch.rand_like(inputs)


KINDS = {"text": TextDataModule, "image": ImageDataModule}
modality = pytest.mark.parametrize("modality", KINDS)


def make(modality="image", **settings):
    settings = {"batch_size": 6, "eval_batch_size": 5, "sampler": BALANCED, **settings}
    return KINDS[modality](Made(modality), **settings)


def indices(loader):
    return [[part.index.tolist() for part in by_role(batch)] for batch in loader]


class Recorder(LightningModule):
    """Notes what it is given."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(()))
        self.trained, self.validated = [], []

    def training_step(self, batch, batch_index):
        self.trained.append(batch)
        return self.weight * batch.anchor.label.float().mean()

    def validation_step(self, batch, batch_index):
        self.validated.append(batch)

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)


def fit(module, datamodule, folder, ckpt_path=None, **settings):
    settings = {"max_epochs": 3, "logger": False, "enable_checkpointing": False, **settings}
    trainer = Trainer(
        accelerator="cpu",
        default_root_dir=folder,
        enable_progress_bar=False,
        enable_model_summary=False,
        **settings,
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*(treespec, LeafSpec|Checkpoint directory .* exists)")
        trainer.fit(module, datamodule, ckpt_path=ckpt_path)
    return trainer


@modality
def test_validation_test_and_bank_give_every_row_once_in_order(modality):
    datamodule = make(modality)
    datamodule.setup()
    splits = datamodule.splits
    assert splits.counts["train"] == 96
    for loader, rows in [
        (datamodule.val_dataloader(), splits.validation),
        (datamodule.test_dataloader(), splits.test),
        (datamodule.bank_dataloader(), splits.train),
    ]:
        batches = list(loader)
        assert len(batches) == len(loader) == -(-len(rows) // 5)
        assert torch.cat([b.anchor.index for b in batches]).tolist() == rows.tolist()
        assert all(len(b.positive.label) == b.negative.label.numel() == 0 for b in batches)


@modality
def test_training_batches_hold_training_rows_only(modality):
    datamodule = make(
        modality, positives=SameClassPositives, negatives=partial(CrossClassNegatives, k=2)
    )
    loader = datamodule.train_dataloader()
    seen = {row for batch in loader for row in batch.index.tolist()}
    assert seen == set(datamodule.splits.train.tolist())
    assert len(list(loader)) == len(loader) == 16


def test_attributes_of_a_text_datamodule():
    datamodule = make("text", max_vocabulary=5000)
    datamodule.setup()
    splits, tokenizer = datamodule.splits, datamodule.tokenizer
    assert datamodule.classes == ("a", "b", "c")
    assert datamodule.counts["skipped"] == 4
    assert datamodule.vocabulary_size == tokenizer.vocabulary_size == 2 + 4 * len(splits.train)
    assert datamodule.derived == {
        "vocabulary_size": datamodule.vocabulary_size,
        "padding_index": tokenizer.padding_index,
        "spaceless": False,
    }
    known = tokenizer.batch(["row2", "row10"])["input_ids"][:, 0]  # row 10 is a test row
    unknown = tokenizer.batch(["never-seen"])["input_ids"][0, 0]
    assert known[0] != unknown
    assert known[1] == unknown
    datamodule.setup()
    assert datamodule.splits is splits
    assert datamodule.tokenizer is tokenizer


def test_attributes_of_an_image_datamodule():
    datamodule = make("image")
    datamodule.setup()
    pixels = datamodule.splits.labelled.raw[datamodule.splits.train].double() / 255
    assert (datamodule.channels, datamodule.image_size) == (3, 8)
    assert datamodule.mean == pytest.approx(pixels.mean((0, 2, 3)).tolist())
    assert datamodule.std == pytest.approx(pixels.std((0, 2, 3), correction=0).tolist())
    told = {"channel_mean": datamodule.mean, "channel_std": datamodule.std}
    assert datamodule.derived == {"channels": 3, "image_size": 8, "size": (8, 6)} | told
    assert datamodule.preprocess.size == (8, 6)


@modality
def test_the_preprocess_of_a_trained_classifier_is_kept(modality):
    first, second = make(modality), make(modality)
    first.setup()
    second.preprocess = first.preprocess
    second.setup()
    assert second.preprocess is first.preprocess
    assert second.derived == first.derived


def test_a_source_of_the_other_modality_is_told():
    with pytest.raises(InputError, match=r"source Made is for image, and text is read"):
        TextDataModule(Made("image")).setup()


def test_what_the_classes_can_not_fill_is_told_before_training():
    with pytest.raises(
        InputError, match="asks for 8 classes a batch, but the training split has 3"
    ):
        make(batch_size=16).train_dataloader()


def test_what_the_classes_can_not_fill_is_told_with_the_name_of_the_class():
    sampler = partial(ClassBalancedSampler, samples_per_class=33)
    with pytest.raises(InputError, match=r"class 'a' has 32: set datamodule\.batch_size=96"):
        make(sampler=sampler, batch_size=99).train_dataloader()


@pytest.mark.parametrize("modality", ["text", "image"])
def test_a_sampler_may_ask_for_groups_and_for_what_is_alike_in_the_training_split(modality):
    asked = {}

    def sampler(labels, batch_size, groups, content, classes):
        asked.update(labels=labels, groups=groups, content=content, classes=classes)
        return ClassBalancedSampler(labels, batch_size)

    source = Made(modality)
    whole = source.load()
    if modality == "text":
        raw = [*whole.raw[:3], f" {whole.raw[15].upper()}!", *whole.raw[4:]]
    else:
        raw = InMemoryImages(whole.raw[np.where(np.arange(N) == 3, 15, np.arange(N))])
    source.load = lambda: whole._replace(raw=raw, group=np.arange(N) // 4)
    datamodule = KINDS[modality](source, sampler, batch_size=12)
    datamodule.train_dataloader()
    train = datamodule.splits.train
    assert asked["classes"] == ("a", "b", "c")
    assert asked["groups"].tolist() == (train // 4).tolist()
    assert asked["labels"].tolist() == (train % 3).tolist()
    kinds = np.unique(asked["content"], return_inverse=True)[1]
    assert len(kinds) == len(train)
    alike = kinds[np.searchsorted(train, 3)] == kinds
    assert train[alike].tolist() == [3, 15]
    assert kinds.max() == len(train) - 2


def test_rank_and_world_size_come_from_the_trainer():
    strategy = SimpleNamespace(root_device=torch.device("cpu"))
    shares = []
    for rank in range(2):
        datamodule = make(batch_size=2)
        datamodule.trainer = SimpleNamespace(global_rank=rank, world_size=2, strategy=strategy)
        datamodule.trainer.limit_val_batches = datamodule.trainer.limit_test_batches = 1.0
        shares.append([batch.anchor.index for batch in datamodule.train_dataloader()])
    joined = [torch.cat(pair).tolist() for pair in zip(*shares, strict=True)]
    whole = make(batch_size=4).train_dataloader()
    assert joined == [batch.anchor.index.tolist() for batch in whole]


def test_without_validation_rows_there_is_no_validation(tmp_path):
    module, datamodule = Recorder(), ImageDataModule(Made("image", validation=False), batch_size=50)
    fit(module, datamodule, tmp_path, max_epochs=1)
    assert module.trained
    assert not module.validated


@modality
def test_batches_do_not_depend_on_the_number_of_workers(modality):
    rules = {"positives": SameClassPositives, "negatives": partial(CrossClassNegatives, k=2)}
    here = make(modality, **rules).train_dataloader()
    state = torch.get_rng_state()
    elsewhere = make(modality, num_workers=2, **rules).train_dataloader()
    for epoch in range(2):
        here.sampler.set_epoch(epoch)
        elsewhere.sampler.set_epoch(epoch)
        for batch, other in zip(here, elsewhere, strict=True):
            for part, same in zip(by_role(batch), by_role(other), strict=True):
                assert torch.equal(part.index, same.index)
                assert str(part.inputs) == str(same.inputs)
    assert torch.equal(torch.get_rng_state(), state)


def test_the_view_is_drawn_for_every_row_in_training_only(tmp_path):
    datamodule = make(negatives=partial(CrossClassNegatives, k=2), view=Noise())
    module = Recorder()
    fit(module, datamodule, tmp_path, max_epochs=1)
    batch = module.trained[0]
    assert torch.equal(batch.anchor.index, batch.positive.index)
    assert batch.negative.inputs.shape == (6, 2, 3, 8, 6)
    assert len(batch.inputs.flatten(1).unique(dim=0)) == 24
    seen = module.validated[0].anchor
    assert seen.inputs.dtype == torch.float32
    assert torch.equal(seen.inputs[:, 1, 0, 0], seen.index.float() / 255)


def test_without_positives_a_row_is_seen_once(tmp_path):
    module = Recorder()
    fit(module, make("text", positives=NoPositives), tmp_path, max_epochs=1)
    batch = module.trained[0]
    assert len(batch.positive.label) == len(batch.positive.inputs["input_ids"]) == 0
    assert batch.negative.inputs["input_ids"].shape[:2] == (6, 0)


@pytest.mark.parametrize("workers", [0, 1])
@pytest.mark.parametrize("stop", [3, 16, 21])
def test_resumed_training_sees_the_batches_of_the_uninterrupted_run(tmp_path, workers, stop):
    def run(**settings):
        module = Recorder()
        saver = ModelCheckpoint(
            tmp_path, every_n_train_steps=stop, save_top_k=-1, filename="{step}"
        )
        data = make(positives=SameClassPositives, num_workers=workers)
        options = {"enable_checkpointing": True, "limit_val_batches": 0, "callbacks": [saver]}
        fit(module, data, tmp_path, **options, **settings)
        return [[part.index.tolist() for part in by_role(batch)] for batch in module.trained]

    whole = run()
    assert len(whole) == 48
    rest = run(ckpt_path=tmp_path / f"step={stop}.ckpt")
    assert rest == whole[stop:]


@pytest.mark.parametrize("quiet", [False, True])
def test_negatives_draw_a_bar_where_the_run_draws_one(quiet):
    data = TextDataModule(Made("text"), batch_size=6, negatives=LexicalNegatives)
    bar = Progress(quiet=quiet)
    data.setup()
    data.trainer = SimpleNamespace(progress_bar_callback=bar, global_rank=0, world_size=1)
    assert training_parts(data, data.splits)["negatives"].quiet is quiet


def test_the_bank_of_a_large_split_is_a_part_of_it(monkeypatch):
    monkeypatch.setattr("lightning_contrast.data.datamodule.BANK", 100)
    module = ImageDataModule(Digits())
    module.setup()
    rows = [batch.anchor.index for batch in module.bank_dataloader()]
    assert len(torch.cat(rows).unique()) == 100 and set(torch.cat(rows).tolist()) < set(
        module.splits.train.tolist()
    )


def test_of_a_large_test_split_the_same_rows_are_judged_whatever_the_seed(monkeypatch):
    def judged(seed: int) -> list[int]:
        module = ImageDataModule(Digits(), seed=seed)
        module.setup()
        assert (module.counts["test"], module.counts["test_judged"]) == (359, 100)
        assert module.unseen["test_judged"].startswith("100 of 359 test rows, drawn at random")
        rows = [batch.anchor.index for batch in module.test_dataloader()]
        return torch.cat(rows).tolist()

    monkeypatch.setattr("lightning_contrast.data.datamodule.JUDGED", 100)
    one = judged(0)
    assert one == judged(1) == sorted(set(one)) and len(one) == 100


def test_that_near_duplicates_are_not_looked_for_is_told(monkeypatch):
    def told() -> str | None:
        module = TextDataModule(Made("text"), batch_size=6)
        module.setup()
        return module.unseen.get("near_duplicates")

    assert told() is None
    monkeypatch.setattr("lightning_contrast.rows.duplicates.NEAR", 2)
    assert "only equal texts are found as duplicates, as there are more than 2" in told()


@pytest.mark.parametrize("change", ["text", "label"])
def test_a_run_that_goes_on_with_other_training_rows_is_refused(change, tmp_path):
    def data(texts, labels):
        lines = ["text,label", *(f"{t},{c}" for t, c in zip(texts, labels, strict=True))]
        (tmp_path / "rows.csv").write_text("\n".join(lines))
        return TextDataModule(Table(str(tmp_path / "rows.csv"), fractions=(1.0, 0.0, 0.0)))

    texts = [f"word{n} of row{n * n}" for n in range(20)]
    labels = ["ab"[n % 2] for n in range(20)]
    first = data(texts, labels)
    first.setup()
    first.train_dataloader()
    state = first.state_dict()
    again = data(texts, labels)
    again.setup()
    again.load_state_dict(state)
    if change == "text":
        texts[3] = "another text altogether"
    else:
        labels[3] = "a"
    other = data(texts, labels)
    other.setup()
    with pytest.raises(OtherRun, match="training rows are others"):
        other.load_state_dict(state)
