"""Classes by their names: the prototype of a class, or of each word, is the mean of its prompts."""

import math
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from lightning_contrast.errors import InputError
from lightning_contrast.modules.prompt_head import prompt_head

KNOWN = {"a cat": [1.0, 0.0], "cat": [0.6, 0.8], "a pet": [0.0, 1.0], "pet": [0.0, 1.0]}


def network(modality="mixed"):
    def embed(prompts):
        return torch.tensor([KNOWN[prompt] for prompt in prompts])

    found = SimpleNamespace(modality=modality, embed=embed, projector=nn.Identity())
    found.device, found.similarity = torch.device("cpu"), "cosine"
    return found


def test_a_class_is_the_mean_of_its_prompts():
    named = prompt_head(network(), ["cat", "pet"], ["{}", "a {}"])
    torch.testing.assert_close(named.vectors[0], torch.tensor([0.8944, 0.4472]), atol=1e-4, rtol=0)


def test_a_class_of_several_words_is_as_near_as_those_that_are_near():
    head = prompt_head(network(), ["C1", "C2"], ["a {}"], {"C1": ["cat", "pet"], "C2": ["pet"]})
    cat, pet = (each / head.temperature for each in (0.6, 0.8))  # cosines of what is asked
    first = math.log((math.exp(cat) + math.exp(pet)) / 2)
    torch.testing.assert_close(head(torch.tensor([[3.0, 4.0]])), torch.tensor([[first, pet]]))
    torch.testing.assert_close(
        head(torch.tensor([[3.0, 4.0]])).softmax(1)[0, 0].item(), 1 / (1 + math.exp(pet - first))
    )


@pytest.mark.parametrize(
    ("classes", "templates", "words", "modality", "line"),
    [
        (["cat"], ["{}"], None, "mixed", "two or more"),
        (["cat", "pet"], ["none"], None, "mixed", "a template must hold {}"),
        (["cat", "pet"], ["{}"], {"dog": ["dog"]}, "mixed", "names 'dog', which is none of"),
        (["cat", "pet"], ["{}"], None, "image", "a network that reads texts"),
    ],
)
def test_mistakes_are_one_line(classes, templates, words, modality, line):
    with pytest.raises(InputError, match=line) as caught:
        prompt_head(network(modality), classes, templates, words)
    assert "\n" not in str(caught.value)
