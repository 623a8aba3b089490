"""Causal language models of Hugging Face: tiny random ones."""

import pytest
import torch

from lightning_contrast.config.construct import construct
from lightning_contrast.config.description import describe
from lightning_contrast.encoders.pretrained_causal import PretrainedCausal
from lightning_contrast.errors import InputError
from lightning_contrast.heads.next_token import NextToken
from tests.told import GPT, TINY

IDS = torch.tensor([[3, 1, 4, 1], [5, 9, 0, 0]])
MASK = torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0]])


def test_head_and_encoder_give_the_logits_of_the_model_and_learn_as_it_does():
    torch.manual_seed(0)
    encoder = PretrainedCausal("tiny", config=GPT).eval()
    head = NextToken(8, 2, vocabulary_size=40)
    head.adopt(encoder)
    found = head.next_logits(encoder({"input_ids": IDS, "attention_mask": MASK}))
    expected = encoder.model(input_ids=IDS, attention_mask=MASK).logits
    torch.testing.assert_close(found[MASK > 0], expected[MASK > 0])
    label = torch.tensor([[1, 4, 1, -1], [9, -1, -2, -2]])
    total, _ = head.loss(encoder({"input_ids": IDS, "attention_mask": MASK}), label)
    total.backward()
    assert all(p.grad is not None and p.grad.any() for p in encoder.parameters())


def test_it_is_built_again_from_what_a_checkpoint_holds():
    encoder = PretrainedCausal("tiny", config=GPT, trainable_layers=0)
    again = construct(describe(encoder))
    again.load_state_dict(encoder.state_dict())
    inputs = {"input_ids": IDS, "attention_mask": MASK}
    torch.testing.assert_close(again(inputs), encoder(inputs))
    assert not any(p.requires_grad for p in again.parameters())


@pytest.mark.parametrize(
    ("config", "line"),
    [
        (TINY, "is a model of type bert, which is not causal"),
        ({"model_type": "t5"}, "is (of no language model|a model of type t5)"),
        (
            {"model_type": "cohere", "hidden_size": 8, "num_hidden_layers": 1, "vocab_size": 40}
            | {"num_attention_heads": 2, "intermediate_size": 8, "logit_scale": 0.5},
            "changes its logits",
        ),
    ],
)
def test_other_models_are_refused(config, line):
    with pytest.raises(InputError, match=line):
        PretrainedCausal("tiny", config=config)


def test_a_text_longer_than_the_model_is_refused():
    encoder = PretrainedCausal("tiny", config=GPT | {"n_positions": 3})
    with pytest.raises(InputError, match=r"got 4: set datamodule.max_length=3"):
        encoder({"input_ids": IDS, "attention_mask": MASK})
