"""Spans of new types: which texts are examples, which are tagged, and how."""

import numpy as np
import pytest
import torch
from seqeval.metrics import f1_score
from seqeval.scheme import IOB2

from lightning_contrast.errors import InputError
from lightning_contrast.evaluation.other_rows import other_rows
from lightning_contrast.metrics.decode import best_tags
from lightning_contrast.protocols.new_spans import NewSpans, drawn
from tests.made_spans import write_spans
from tests.protocols.untrained import untrained

NEW = {"types": ["place"]}
TINY = ("encoder.width=16", "encoder.buckets=64", "encoder.layers=1", "source.types=[animal]")


@pytest.fixture(scope="module")
def subject(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    path = write_spans(folder / "spans.jsonl", 200)
    return untrained(
        folder, "recipe=entities", "source=spans", f"source.path={path}", *TINY, fit_head=False
    )


@pytest.fixture(scope="module")
def others(subject):
    return other_rows(subject, NEW, "new", 1000, same_classes=False)


def test_a_draw_has_enough_of_each_type_and_no_text_without_one(subject, others):
    own = drawn(others.source, others.rows, 3, 0, seed=0)
    spans = others.source.spans
    assert [int((spans.row == row).sum()) for row in own] == [1] * len(own)
    assert len(own) == 3 and set(own) <= set(others.rows)
    assert set(own) != set(drawn(others.source, others.rows, 3, 1, seed=0))
    trained = {subject.rows.raw[row] for row in subject.datamodule.splits.train}
    assert not trained & {others.source.raw[row] for row in others.rows}
    with pytest.raises(InputError, match=r"shots=999 asks for more spans of 'place'"):
        drawn(others.source, others.rows, 999, 0, seed=0)


def test_the_nearest_token_gives_its_tag_as_in_a_plain_loop(subject, others):
    found = NewSpans(NEW, shots=[2], draws=1, texts=20)(subject).figures
    assert found == NewSpans(NEW, shots=[2], draws=1, texts=20)(subject).figures
    order = np.random.default_rng(subject.seed).permutation(others.rows)
    tested, support = np.sort(order[:20]), drawn(others.source, order[20:], 2, 0, subject.seed)

    def tokens(row):
        text, network = others.source.raw[row], subject.network
        inputs = network.preprocess.batch([text])
        tags = ["O"] * len(text)  # a token is a character
        for at in np.flatnonzero(others.source.spans.row == row):
            start, stop = others.source.spans.start[at], others.source.spans.stop[at]
            tags[start:stop] = ["B-place"] + ["I-place"] * (stop - start - 1)
        return network.encode_as_trained(inputs)[0], tags

    known = [pair for row in support for pair in zip(*tokens(row), strict=True)]
    names, gold, guess = others.source.classes, [], []
    for row in tested:
        features, tags = tokens(row)
        best = torch.full((len(features), len(names)), -1.0)
        for place, one in enumerate(features):
            for other, tag in known:
                cosine = torch.cosine_similarity(one, other, dim=0)
                number = names.index(tag)
                best[place, number] = torch.maximum(best[place, number], cosine)
        gold.append(tags)
        guess.append([names[tag] for tag in best_tags(best / 0.1, [len(best)], names)[0]])
    expected = f1_score(gold, guess, mode="strict", scheme=IOB2)
    assert found["new_spans/nearest_2"] == pytest.approx(expected) and expected > 0
    assert found["new_spans/nearest_2/sd"] == 0 and "new_spans/means_2" in found


def test_without_a_source_it_says_so(subject):
    assert NewSpans()(subject).notes
