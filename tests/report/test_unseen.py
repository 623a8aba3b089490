"""What of the data cannot be seen stands in result.json, in the report and in the card."""

import copy
import json

import pytest

from lightning_contrast.evaluation.judge import judge, publish
from lightning_contrast.report.card import write_model_card

LINES = {
    "unknown_tokens": "12 % of the tokens are unknown: set datamodule.tokenizer=bpe",
    "truncated": "3 of 150 texts are longer than 512 tokens | <b>: set datamodule.max_length=600",
}


def left_by(subject, folder, unseen):
    subject, subject.directory = copy.copy(subject), folder
    subject.datamodule = copy.copy(subject.datamodule)
    subject.datamodule.unseen = unseen
    result = judge(subject)
    sections, _ = publish(subject, result, {})
    result |= {"train/steps": 1, "train/cpu_seconds": 1.0}
    write_model_card(folder / "model_card.md", subject, result, sections)
    names = ("result.json", "report.html", "model_card.md")
    return [(folder / name).read_text(encoding="utf-8") for name in names]


def test_every_line_stands_in_all_three(text_subject, tmp_path):
    result, page, card = left_by(text_subject, tmp_path, LINES)
    found = json.loads(result)
    assert {f"unseen/{name}": line for name, line in LINES.items()}.items() <= found.items()
    assert LINES["unknown_tokens"] in page and "tokens | &lt;b&gt;: set" in page
    block = card.partition("What of the data it cannot see:\n\n")[2].partition("\n\n")[0]
    assert block.splitlines()[0] == f"- {LINES['unknown_tokens']}"
    assert r"tokens \| &lt;b&gt;: set" in block.splitlines()[1]


@pytest.mark.parametrize("name", ["text_subject", "image_subject"])
def test_where_everything_is_seen_there_is_no_block(name, request, tmp_path):
    result, _, card = left_by(request.getfixturevalue(name), tmp_path, {})
    assert "unseen/" not in result and "cannot see" not in card and "\n\n\n" not in card
