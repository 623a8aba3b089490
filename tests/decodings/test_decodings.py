"""Decodings: the same tokens as loops that read the whole text again for every token."""

import pytest
import torch
from torch.nn.functional import cosine_similarity

from lightning_contrast.decodings.contrastive import Contrastive
from lightning_contrast.decodings.greedy import Greedy
from lightning_contrast.decodings.nucleus import Nucleus
from lightning_contrast.decodings.top_k import TopK
from lightning_contrast.encoders.causal import Causal
from lightning_contrast.encoders.pretrained_causal import PretrainedCausal
from lightning_contrast.heads.next_token import NextToken
from lightning_contrast.modules.network import Network
from lightning_contrast.modules.walk import Walk, steps
from lightning_contrast.projectors.identity import IdentityProjector
from tests.told import WORDS

PROMPTS = [[3, 4, 5, 6], [7], [5, 5, 8]]


def network_of(encoder):
    torch.manual_seed(1)
    head = NextToken(encoder.out_features, 2, WORDS.vocabulary_size)
    projector = IdentityProjector(encoder.out_features)
    return Network(encoder, projector, head, WORDS, ["a", "b"]).double().eval()


GPT = {"model_type": "gpt2", "n_embd": 8, "n_layer": 2, "n_head": 2, "n_positions": 40}
LLAMA = {"model_type": "llama", "hidden_size": 8, "num_hidden_layers": 2, "intermediate_size": 8}
LLAMA |= {"num_attention_heads": 2, "tie_word_embeddings": False, "pad_token_id": 0}
SIZE = {"vocab_size": WORDS.vocabulary_size}


@pytest.fixture(scope="module", params=["causal", "gpt2", "llama"])
def network(request):
    torch.manual_seed(3)
    if request.param == "causal":
        made = Causal(WORDS.vocabulary_size, WORDS.padding_index, width=8, layers=2, heads=2)
    else:
        config = {"gpt2": GPT, "llama": LLAMA}[request.param]
        made = PretrainedCausal("tiny", config=config | SIZE)
    return network_of(made)


def padded():
    longest = max(map(len, PROMPTS))
    ids = [prompt + [0] * (longest - len(prompt)) for prompt in PROMPTS]
    mask = [[1] * len(prompt) + [0] * (longest - len(prompt)) for prompt in PROMPTS]
    return {"input_ids": torch.tensor(ids), "attention_mask": torch.tensor(mask)}


def features_of(network, ids):
    tokens = torch.tensor([ids])
    inputs = {"input_ids": tokens, "attention_mask": torch.ones_like(tokens)}
    return network.encoder(inputs)[0]


@torch.no_grad()
def plain(network, prompt, tokens, choose):
    """The tokens behind a prompt, each chosen of features of the whole text, read anew."""
    ids, end = list(prompt), network.preprocess.padding_index
    for _ in range(tokens):
        features = features_of(network, ids)
        chance = network.head.next_logits(features[-1]).softmax(0)
        ids.append(choose(network, ids, features, chance))
        if ids[-1] == end:
            break
    return ids[len(prompt) :]


def searched(penalty, k):
    def choose(network, ids, features, chance):
        best = {}
        for token in chance.topk(k).indices.tolist():
            own = features_of(network, [*ids, token])[-1]
            nearest = cosine_similarity(own[None], features).max()
            best[token] = ((1 - penalty) * chance[token] - penalty * nearest).item()
        return max(best, key=best.get)

    return choose


def until_end(network, made):
    end = network.preprocess.padding_index
    return [row[: row.index(end) + 1] if end in row else row for row in made]


@pytest.mark.parametrize(
    ("decoding", "choose"),
    [
        (Greedy(), lambda network, ids, features, chance: int(chance.argmax())),
        (Contrastive(0.6, 4), searched(0.6, 4)),
        (Contrastive(0.95, 8), searched(0.95, 8)),
        (Contrastive(0.0, 5), lambda network, ids, features, chance: int(chance.argmax())),
    ],
)
def test_a_batch_with_a_cache_is_a_plain_loop_over_whole_texts(network, decoding, choose):
    made = torch.stack([*steps(network, padded(), decoding, tokens=12)], 1).tolist()
    expected = [plain(network, prompt, 12, choose) for prompt in PROMPTS]
    assert until_end(network, made) == expected
    assert max(map(len, expected)) > 2, "a text that does not end at once"


def test_a_token_is_drawn_from_the_likely_ones_by_its_chances(network):
    walk = Walk(network, padded())
    chance = walk.logits.softmax(1)
    random = torch.Generator().manual_seed(0)
    for decoding, kept in (
        (TopK(k=3), chance >= chance.topk(3).values[:, -1:]),
        (Nucleus(p=0.5), _nucleus(chance, 0.5)),
        (Nucleus(p=1.0, temperature=1.0), chance > 0),
    ):
        drawn = torch.stack([decoding(walk, random) for _ in range(2000)])
        counts = torch.stack([column.bincount(minlength=chance.shape[1]) for column in drawn.T])
        assert not counts[~kept].any()
        share = chance * kept / (chance * kept).sum(1, keepdim=True)
        assert (counts / 2000 - share).abs().max() < 0.05


def _nucleus(chance, p):
    """The fewest tokens that hold a share p, by a loop."""
    kept = torch.zeros_like(chance, dtype=torch.bool)
    for row, line in enumerate(chance):
        held = 0.0
        for token in line.argsort(descending=True).tolist():
            if held >= p:
                break
            kept[row, token], held = True, held + line[token].item()
    return kept


def test_the_seed_says_what_is_drawn(network):
    def drawn(seed):
        return torch.stack([*steps(network, padded(), TopK(k=9), 10, seed)]).tolist()

    assert drawn(1) == drawn(1) != drawn(2)
