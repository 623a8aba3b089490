"""Texts encoded by their length are what they are all in one go."""

import numpy as np
import pytest
import torch

from lightning_contrast.data.tokenizer import Tokenizer
from lightning_contrast.encoders.bag import Bag
from lightning_contrast.encoders.transformer import Transformer
from lightning_contrast.heads.linear import LinearHead
from lightning_contrast.modules.by_length import PIXELS, TOKENS, by_length
from lightning_contrast.modules.network import Network
from lightning_contrast.projectors.identity import IdentityProjector

ENCODERS = {
    "bag": lambda: Bag(50, 0, ngrams=2, buckets=100),
    "transformer": lambda: Transformer(50, 0),
}


def texts(rows: int) -> list[str]:
    lengths = np.random.default_rng(0).integers(1, 60, rows)
    return [" ".join(f"w{(row + n) % 40}" for n in range(size)) for row, size in enumerate(lengths)]


@pytest.fixture(params=ENCODERS)
def network(request) -> Network:
    torch.manual_seed(0)
    encoder = ENCODERS[request.param]()
    width = encoder.out_features
    tokenizer = Tokenizer.train([" ".join(f"w{n}" for n in range(40))], max_length=50)
    head = LinearHead(width, classes=2)
    return Network(encoder, IdentityProjector(width), head, tokenizer, ["a", "b"]).eval()


@pytest.mark.parametrize("rows", [1, 2, 300])
@torch.inference_mode()
def test_features_are_those_of_one_padded_batch_in_its_order(network, rows) -> None:
    inputs = network.preprocess.batch(texts(rows))
    torch.testing.assert_close(by_length(network, inputs), network(inputs), rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(
        network.features(texts(rows), batch_size=130), network(inputs), rtol=1e-5, atol=1e-5
    )


def test_a_chunk_is_as_wide_as_its_longest_row() -> None:
    seen = []

    def encode(rows):
        seen.append(tuple(rows["input_ids"].shape))
        return rows["input_ids"][:, :1].float()

    length = torch.randperm(300) + 1
    mask = (torch.arange(300) < length[:, None]).long()
    found = by_length(encode, {"input_ids": mask * length[:, None], "attention_mask": mask})
    assert [width for _, width in seen] == np.cumsum([rows for rows, _ in seen]).tolist()
    assert len(seen) > 9 and max(rows * width for rows, width in seen) <= TOKENS
    assert found[:, 0].tolist() == length.tolist()


def test_a_token_behind_a_gap_is_not_cut_off_and_a_row_without_any_keeps_a_cell() -> None:
    mask = torch.tensor([[1, 0, 1, 0], [0, 0, 0, 0]])
    ids = torch.tensor([[1, 2, 4, 8], [16, 0, 0, 0]])
    inputs = {"input_ids": ids, "attention_mask": mask}
    found = by_length(lambda rows: rows["input_ids"].sum(1, keepdim=True), inputs)
    assert found.tolist() == [[7], [16]]


def test_images_and_no_rows_at_all_go_through_as_they_are() -> None:
    for inputs in (
        torch.rand(70, 1, 2, 2),
        {"input_ids": torch.zeros(0, 5), "attention_mask": torch.zeros(0, 5)},
        {"input_ids": torch.zeros(0, 0), "attention_mask": torch.zeros(0, 0)},
    ):
        seen: list = []
        by_length(lambda rows, seen=seen: seen.append(rows), inputs)
        assert len(seen) == 1 and seen[0] is inputs


def test_large_images_go_in_chunks_and_small_ones_in_one() -> None:
    seen = []

    def encode(rows):
        seen.append(len(rows))
        return rows[:, 0, 0, :1]

    side = 500
    images = torch.arange(100.0)[:, None, None, None].expand(100, 1, side, side)
    assert by_length(encode, images)[:, 0].tolist() == list(range(100))
    assert max(seen) * side**2 <= PIXELS and sum(seen) == 100 and len(seen) == 3
    by_length(encode, images[:40])
    assert seen[3:] == [40]
    huge = torch.zeros(1, 1, 1).expand(2, 1, 4000, 4000)
    assert by_length(encode, huge).shape == (2, 1)
