"""Rows with pairs from the source to the batch: nothing of a test row's pair among training's."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from PIL import Image

from lightning_contrast.build.parts import build_datamodule, build_module, build_trainer
from lightning_contrast.data.prepare import prepare
from lightning_contrast.data.text import TextDataModule
from lightning_contrast.errors import InputError
from lightning_contrast.pairings.instance import Instance
from lightning_contrast.positives.paired import PairedPositives
from lightning_contrast.rows.content import normalise
from lightning_contrast.rows.near_duplicates import near_duplicates
from lightning_contrast.rows.partners import partners_of
from lightning_contrast.sources._labelled import with_pairs
from lightning_contrast.sources.bbc_news import BBCNews
from lightning_contrast.sources.source import Source
from lightning_contrast.types import Labelled, Rows
from tests.batches import by_role
from tests.runs import composed


@dataclass
class Given(Source):
    """Questions and answers from memory."""

    questions: list[str]
    answers: list[str]
    label: list[int]
    own: list[int] = field(default_factory=list)
    modality: ClassVar[str] = "text"

    def load(self) -> Labelled:
        rows = np.arange(len(self.questions))
        split = np.array(self.own or [-1] * len(rows), dtype=np.int8)
        names = ("a", "b", "c", "d", "e")[: max(self.label) + 1]
        labelled = Labelled(self.questions, np.array(self.label), names, rows, split, {})
        return with_pairs(labelled, [*self.questions, *self.answers])


def made(rows: int = 60, **settings: Any) -> Given:
    """Questions that share no words with each other, nor do the answers."""
    questions = [f"what{i} is{i} this{i} thing{i}" for i in range(rows)]
    answers = [f"it{i} has{i} been{i} row{i}" for i in range(rows)]
    return Given(questions, answers, [i % 2 for i in range(rows)], **settings)


def test_no_pair_of_a_held_out_article_is_near_a_text_or_pair_of_training() -> None:
    """Titles with their bodies; some bodies under other titles, some titles as bodies."""
    news = BBCNews().load()
    parts = [text.strip().split("\n", 1) for text in news.raw]
    titles, bodies = ([part[i].strip() for part in parts] for i in range(2))
    random = np.random.default_rng(0)
    for one, other in random.permutation(len(titles))[:200].reshape(2, 100).T:
        bodies[other] = bodies[one] + " And so on."
    splits = prepare(Given(titles, bodies, news.label.tolist()))
    rows = splits.labelled
    assert rows.identity is not None
    everything = [normalise(text) for text in rows.raw]
    group = near_duplicates(everything)
    groups = [set(group[side]) | set(group[partners_of(rows, side).row]) for side in splits[1:4]]
    assert not groups[0] & groups[1] and not groups[0] & groups[2] and not groups[1] & groups[2]
    assert splits.counts["groups_across_splits"] == 0
    assert splits.counts["rows"] == splits.counts["pairs"] == len(titles)
    assert sum(map(len, splits[1:4])) == len(titles), "pairs are on no side"
    assert (rows.split[np.concatenate(splits[1:4])] == -1).all()


def test_pairs_that_are_alike_bind_their_rows() -> None:
    source = made()
    source.answers[7] = source.answers[30].upper()
    source.answers[9] = source.questions[40]
    splits = prepare(source)
    side = np.full(60, -1)
    for number in range(3):
        side[splits[number + 1]] = number
    assert side[7] == side[30]
    assert side[9] == side[40]
    assert splits.counts["duplicates"] == 2


def test_a_class_is_not_made_of_a_row_and_its_pair() -> None:
    source = made()
    source.label[5] = 2
    with pytest.raises(InputError, match="two rows or more, and these have one: c"):
        prepare(source)


def test_a_question_with_two_answers_is_no_copy_and_the_same_answer_is() -> None:
    source = made(drop_duplicates=True)
    source.questions[2] = source.questions[10].upper()
    source.questions[4], source.answers[4] = source.questions[20], source.answers[20].upper()
    splits = prepare(source)
    kept = np.sort(np.concatenate(splits[1:4])).tolist()
    assert set(range(60)) - set(kept) in ({4}, {20})
    assert splits.counts["duplicates_dropped"] == 1


def pairs_of(batch: Any, source: Given) -> list[tuple[str, str]]:
    return [(source.questions[i], source.answers[i]) for i in batch.anchor.index.tolist()]


def shown(datamodule: TextDataModule, inputs: dict[str, torch.Tensor]) -> list[str]:
    vocabulary = datamodule.tokenizer._pipeline  # type: ignore[union-attr]
    return [vocabulary.decode(row.tolist()) for row in inputs["input_ids"]]


@pytest.mark.parametrize("workers", [0, 2])
def test_the_batch_holds_each_row_with_its_own_pair(workers: int) -> None:
    source = made()
    datamodule = TextDataModule(
        source, positives=PairedPositives, batch_size=7, num_workers=workers
    )
    seen = []
    for batch in datamodule.train_dataloader():
        expected = pairs_of(batch, source)
        both = (shown(datamodule, part.inputs) for part in by_role(batch)[:2])
        assert list(zip(*both, strict=True)) == expected
        assert torch.equal(batch.positive.index, batch.anchor.index)
        assert torch.equal(batch.positive.label, batch.anchor.label)
        seen += batch.anchor.index.tolist()
    assert sorted(seen) == datamodule.splits.train.tolist()  # type: ignore[union-attr]


def test_the_words_of_training_pairs_are_known_and_those_of_other_pairs_are_not() -> None:
    datamodule = TextDataModule(source := made())
    datamodule.setup()
    splits = datamodule.splits
    assert splits is not None
    known = datamodule.tokenizer._pipeline.get_vocab()  # type: ignore[union-attr]
    for row in splits.train:
        assert set(f"{source.questions[row]} {source.answers[row]}".split()) <= set(known)
    for row in np.concatenate((splits.validation, splits.test)):
        assert not set(f"{source.questions[row]} {source.answers[row]}".split()) & set(known)


def test_an_evaluation_sees_the_rows_and_no_pair() -> None:
    datamodule = TextDataModule(made(), positives=PairedPositives, eval_batch_size=5)
    datamodule.setup()
    splits = datamodule.splits
    assert splits is not None
    for loader, side in [
        (datamodule.bank_dataloader(), splits.train),
        (datamodule.test_dataloader(), splits.test),
    ]:
        rows = torch.cat([batch.anchor.index for batch in loader])
        assert rows.tolist() == side.tolist()
        assert all(not len(batch.positive.label) for batch in loader)


def on_rank(rank: int, world_size: int, batch_size: int) -> TextDataModule:
    datamodule = TextDataModule(made(), positives=PairedPositives, batch_size=batch_size)
    strategy = SimpleNamespace(root_device=torch.device("cpu"))
    trainer: Any = SimpleNamespace(global_rank=rank, world_size=world_size, strategy=strategy)
    trainer.limit_val_batches = trainer.limit_test_batches = 1.0
    datamodule.setup()
    datamodule.trainer = trainer
    return datamodule


def test_two_ranks_share_the_pairs_of_one() -> None:
    whole = on_rank(0, 1, 8)
    shares = [on_rank(rank, 2, 4) for rank in range(2)]
    draws = [part.train_dataloader().sampler for part in (whole, *shares)]
    loaders = [part.train_dataloader().dataset for part in (whole, *shares)]
    for one, *parts in zip(*draws, strict=True):
        batch = loaders[0].__getitems__(one)
        both = [loader.__getitems__(d) for loader, d in zip(loaders[1:], parts, strict=True)]
        texts = [text for share in both for text in shown(whole, share.positive.inputs)]
        assert texts == shown(whole, batch.positive.inputs)
        assert torch.cat([share.positive.index for share in both]).equal(batch.positive.index)


def test_a_stream_resumed_in_mid_epoch_goes_on_with_the_same_pairs() -> None:
    def seen(batches: Any) -> list[list[str]]:
        return [shown(datamodule, batch.positive.inputs) for batch in batches]

    datamodule = TextDataModule(made(), positives=PairedPositives, batch_size=5)
    whole = seen(datamodule.train_dataloader())
    loader = datamodule.train_dataloader()
    first = [batch for batch, _ in zip(loader, range(3), strict=False)][:2]
    datamodule.load_state_dict({"position": {**loader.state_dict(), "batch": 2}})
    assert seen(first) + seen(datamodule.train_dataloader()) == whole


def test_instance_pairing_takes_row_and_pair_for_one_another() -> None:
    datamodule = TextDataModule(made(), positives=PairedPositives, batch_size=6)
    batch = next(iter(datamodule.train_dataloader()))
    index = torch.cat((batch.anchor.index, batch.positive.index))
    role, slot = torch.arange(2).repeat_interleave(6), torch.arange(12)
    rows = Rows(torch.eye(12), index, index, role, slot)
    pairs = Instance(cross_view=True)(rows, rows)
    assert torch.equal(pairs.positive, torch.eye(12, dtype=torch.bool).roll(6, 1))
    assert (pairs.positive | pairs.negative).sum(1).tolist() == [6] * 12


def test_a_source_without_pairs_and_pairs_without_use_are_told(tmp_path: Any) -> None:
    with pytest.raises(InputError, match=r"source has none: set source\.pair_column") as error:
        PairedPositives(partners=None, identity=None)
    assert "\n" not in str(error.value)
    rows = [f"w{i} v{i},u{i} x{i},{'xy'[i % 2]}" for i in range(60)]
    (tmp_path / "qa.csv").write_text("\n".join(["text,answer,label", *rows]))
    given = ["source=table", f"source.path={tmp_path}/qa.csv", "source.pair_column=answer"]
    run = composed("recipe=triplet_explicit", "datamodule.batch_size=10", *given)
    datamodule = build_datamodule(run)
    with pytest.warns(UserWarning, match="positives SameClassPositives leave them out"):
        build_module(run, datamodule)


def test_photographs_and_their_pairs_are_trained_on(tmp_path: Any) -> None:
    random = np.random.default_rng(0)
    for i in range(40):
        pixels = random.integers(0, 256, (8, 8), dtype=np.uint8)
        for folder, shade in (("photos", pixels), ("drawings", 255 - pixels)):
            (tmp_path / folder / "ab"[i % 2]).mkdir(parents=True, exist_ok=True)
            Image.fromarray(shade).save(tmp_path / folder / "ab"[i % 2] / f"{i}.png")
    run = composed(
        *("modality=image", "recipe=paired", "source=folder", f"source.path={tmp_path}/photos"),
        *(f"source.pair_path={tmp_path}/drawings", "source.size=8", "source.channels=1"),
        "datamodule.batch_size=10",
    )
    run["trainer"] |= {"max_epochs": 1, "limit_train_batches": 2, "accelerator": "cpu"}
    datamodule = build_datamodule(run)
    for batch in datamodule.train_dataloader():
        assert (batch.positive.inputs == 255 - batch.anchor.inputs).all()
    trainer = build_trainer(run, tmp_path, [], [])
    trainer.fit(build_module(run, datamodule), datamodule)
    assert trainer.global_step == 2
    assert datamodule.counts["pairs"] == 40
