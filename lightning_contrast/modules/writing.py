"""What a network writes behind a text."""

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from lightning_contrast.errors import InputError
from lightning_contrast.modules.walk import steps
from lightning_contrast.types import Answer

INCOMPLETE = "�"  # the bytes of a sign whose last ones are in the next token


def read_prompts(network: Any, prompts: Sequence[str], tokens: int) -> dict[str, Tensor]:
    """The prompts as a token dict.

    Raises:
        InputError: the network writes no texts, or no token; a prompt is empty, or too long for so
            many tokens behind it.
    """
    if network.head.answer is not Answer.TOKEN:
        raise InputError(
            "the network writes no texts: give the checkpoint of a run with recipe=simctg or "
            "recipe=language_model"
        )
    texts = not isinstance(prompts, str) and all(isinstance(each, str) for each in prompts)
    if not (texts and len(prompts) and all(each.strip() for each in prompts)):
        raise InputError(
            "a prompt must be a text with a word at least, as the network goes on with it: set "
            'prompt="The match"'
        )
    if tokens < 1:
        raise InputError(f"tokens must be 1 at least, got {tokens}: set tokens=64")
    tokenizer = network.preprocess
    most, longest = tokenizer.max_length, max(tokenizer.lengths(prompts))
    if longest + tokens > most:
        room = f"tokens={most - longest}" if longest < most else "a shorter prompt"
        raise InputError(
            f"a prompt of {longest} tokens and tokens={tokens} behind it are more than the {most} "
            f"that the network reads of a text: set {room}"
        )
    return tokenizer.batch(prompts)


def stream(
    network: Any, prompt: str, decoding: Any, tokens: int = 64, seed: int = 0
) -> Iterator[str]:
    """What the network writes behind a prompt, piece by piece; raises as ``read_prompts``."""
    inputs = read_prompts(network, [prompt], tokens)
    decode, end = network.preprocess.decode, network.preprocess.padding_index
    ids = inputs["input_ids"][0].tolist()
    told = decode(ids)
    for token in steps(network, inputs, decoding, tokens, seed):
        if token.item() == end:
            return
        ids.append(int(token))
        text = decode(ids)
        if not text.endswith(INCOMPLETE):
            yield text[len(told) :]
            told = text


def written(
    network: Any, prompts: Sequence[str], decoding: Any, tokens: int = 64, seed: int = 0
) -> list[str]:
    """What the network writes behind each prompt, all at once; raises as ``read_prompts``."""
    inputs = read_prompts(network, prompts, tokens)
    made = torch.stack([*steps(network, inputs, decoding, tokens, seed)], 1)
    tokenizer, there = network.preprocess, inputs["attention_mask"].bool()
    rows = zip(inputs["input_ids"], there, made.tolist(), strict=True)
    return [
        text_behind(tokenizer, ids[own].tolist(), until_end(new, tokenizer.padding_index))
        for ids, own, new in rows
    ]


def text_behind(tokenizer: Any, front: list[int], new: list[int]) -> str:
    """What tokens say behind those before them: a blank, or a part of a word, may stand between."""
    return tokenizer.decode(front + new)[len(tokenizer.decode(front)) :]


def until_end(tokens: list[int], end: int) -> list[int]:
    """The tokens before the end of the text.

    >>> until_end([5, 6, 0, 0], 0)
    [5, 6]
    """
    return tokens[: tokens.index(end)] if end in tokens else tokens
