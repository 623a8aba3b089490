"""Captions told from the same words in another order, against a plain loop."""

from functools import partial

import numpy as np
import pytest

from lightning_contrast.evaluation.judge import examine
from lightning_contrast.protocols.accuracy import Accuracy
from lightning_contrast.protocols.word_order import WordOrder
from lightning_contrast.rows.partners import partners_of
from lightning_contrast.rows.swapped import swapped
from tests.made_captions import write_captions
from tests.protocols.untrained import untrained
from tests.runs import write_news

SMALL = ("modality=mixed", "recipe=clip", "source.size=16", "source.identity_column=id")


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return write_captions(tmp_path_factory.mktemp("pictures"))


def subject(path, folder, *words):
    return untrained(folder, *SMALL, f"source.path={path}", *words, fit_head=False)


def test_the_share_is_that_of_a_plain_loop(path, tmp_path):
    tested = subject(path, tmp_path, "encoder@encoder.towers.text=transformer")
    found = WordOrder(resamples=200)(tested)
    splits, random = tested.datamodule.splits, np.random.default_rng(0)
    raw, identity = splits.labelled.raw, splits.labelled.identity
    take = partial(tested.modality.take, raw)
    shares = []
    for caption in partners_of(splits.labelled, splits.test).row:
        texts = [*take(np.array([caption])), swapped(take(np.array([caption]))[0], random)]
        right, wrong = tested.network.embed(texts)
        told = []
        for row in splits.test:
            if identity[row] == identity[caption]:
                picture = tested.network.embed(take(np.array([row])))[0]
                told.append(float(picture @ right > picture @ wrong))
        shares.append(np.mean(told))
    figures = found.figures
    assert not found.notes
    assert figures["order/captions"] == len(shares)
    assert figures["order/accuracy"] == pytest.approx(np.mean(shares), abs=1e-9)
    assert figures["order/accuracy/low"] < np.mean(shares) < figures["order/accuracy/high"]


def test_a_bag_of_words_is_blind_to_order(path, tmp_path):
    found = WordOrder()(subject(path, tmp_path, "encoder.towers.text.ngrams=1"))
    assert found.figures["order/accuracy"] == found.figures["order/accuracy/high"] == 0.5
    assert "blind" in found.notes[0]


def test_rows_without_captions_are_told(tmp_path):
    news = write_news(tmp_path / "news.csv")
    tested = untrained(tmp_path, "source=table", f"source.path={news}")
    found = WordOrder()(tested)
    assert found.figures == {} and "no test row has a caption" in found.notes[0]


def test_protocols_that_do_not_fit_the_head_name_those_of_the_run(path, tmp_path):
    notes = examine(subject(path, tmp_path), {"accuracy": Accuracy()})["left_out"].findings.notes
    assert "set protocols=[retrieval,zero_shot]" in notes[0]
