"""What a part of each group is told by the data and the run, in tests."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pytorch_lightning import LightningDataModule

from lightning_contrast.data.image_reader import ImageReader
from lightning_contrast.data.mixed_reader import MixedReader
from lightning_contrast.data.moment_reader import MomentReader
from lightning_contrast.data.tokenizer import Tokenizer
from lightning_contrast.encoders.towers import Towers
from lightning_contrast.engine.contrast import Contrast
from lightning_contrast.environments.jumping import Jumping
from lightning_contrast.losses.distance_nce import DistanceNCE
from lightning_contrast.miners.keep_all import KeepAll
from lightning_contrast.modules.generator import ImageGenerator
from lightning_contrast.pairings.instance import Instance
from lightning_contrast.sources.bbc_news import BBCNews
from lightning_contrast.sources.captioned import CaptionedImages
from lightning_contrast.sources.digits import Digits
from lightning_contrast.sources.table import Table
from tests.choices import build, drawn_from
from tests.made_captions import write_captions
from tests.modules.test_classifier import parts
from tests.runs import write_news

LABELS = np.repeat(np.arange(4), 8)
TEXTS = ["one two three four five", "two three four", "five four three", "six seven", "one"] * 4
TINY = {"model_type": "bert", "hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2}
TINY |= {"intermediate_size": 8, "vocab_size": 40, "max_position_embeddings": 32}
GPT = {"model_type": "gpt2", "n_embd": 8, "n_layer": 2, "n_head": 2, "vocab_size": 40}
VISION = {"model_type": "vit", "hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2}
VISION |= {"intermediate_size": 8, "image_size": 8, "patch_size": 4}
WORDS = Tokenizer.train(TEXTS, "word", vocabulary_size=30)
READS = {"vocabulary_size": WORDS.vocabulary_size, "padding_index": WORDS.padding_index}


def towers() -> dict[str, Any]:
    """An encoder for each modality."""
    return {
        "image": build("encoder", "convnet", channels=3, image_size=8),
        "text": build("encoder", "bag", **READS),
    }


def derived(group: str, folder: Path) -> dict[str, Any]:
    """What a part of the group is told by the data and the run."""
    return TOLD.get(group, lambda _: SIZES)(folder)


SIZES = {"in_features": 6, "classes": 4, "embedding_size": 6, "vocabulary_size": 4}
SIZES |= {"observation": 3, "goal": 3}
TOLD: dict[str, Callable[[Path], dict[str, Any]]] = {
    "sampler": lambda _: {
        "labels": LABELS,
        "batch_size": 8,
        "classes": tuple("abcd"),
        "groups": LABELS // 2,
        "content": np.arange(32),
        "lengths": np.arange(32) % 5,
    },
    "positives": lambda _: drawn_from(LABELS),
    "negatives": lambda _: (
        drawn_from(LABELS) | {"embedding_size": 6, "pairing": build("pairing", "label")}
    ),
    "encoder": lambda _: {
        "channels": 3,
        "image_size": 8,
        "config": GPT,
        "towers": towers(),
        "name_or_path": "tiny",
        "channel_mean": [0.5] * 3,
        "channel_std": [0.25] * 3,
        "observation": 5,
        "actions": 4,
        "goal": 5,
        "size": (8, 8),
        **READS,
    },
    "projector": lambda _: {"in_features": 6},
    "pairing": lambda _: (
        SIZES
        | {"actions": [0, 1, 0] * 4, "ends": np.arange(12) // 3 * 3 + 2}
        | {"groups": np.arange(12) // 3}
    ),
    "candidates": lambda _: SIZES | {"pairing": build("pairing", "label")},
    "view": lambda _: {"global_view": torch.nn.Identity(), "local_view": torch.nn.Identity()},
    "callbacks": lambda folder: {
        "dirpath": folder,
        "trial": None,
        "study": "s",
        "storage": "s.journal",
        "monitor": "validation/accuracy",
        "metric": "validation/accuracy",
        "quiet": True,
    },
    "source": lambda folder: {
        "path": str(folder),
        "name": "none",
        "folder": str(folder),
        "images": "photos",
        "tasks": {"a": BBCNews(), "b": Table(str(folder / "news.csv"))},
        "environment": Jumping(),
    },
    "head": lambda _: SIZES | {"names": ["a/x", "a/y", "b/x", "b/y"]},
    "protocols": lambda _: {"corruptions": {}, "decodings": {}},
    "logger": lambda folder: {"save_dir": folder},
    "environment": lambda _: {
        "id": "FrozenLake-v1",
        "goal": 15,
        "arguments": {"render_mode": None},
    },
    "generator": lambda _: {"channels": 1, "size": (8, 8), "classes": 4},
}


def generator_parts() -> dict[str, Any]:
    """A discriminator of images of two classes, and a generator."""
    reader = ImageReader((8, 8), 1, [0.5], [0.25])
    made = parts(build("encoder", "critic", channels=1), reader)
    network = made["network"]
    network.head = build("head", "realness", in_features=network.encoder.out_features, classes=2)
    generator = build("generator", "upsampling", channels=1, size=(8, 8), classes=2)
    return made | {"generator": generator}


def whole(target: Any, folder: Path) -> dict[str, Any]:
    """What a data module, or a module, of this class is made of."""
    if issubclass(target, LightningDataModule):
        if target.modality == "moment":
            return {"environment": build("environment", "four_rooms")}
        if target.modality == "mixed":
            captions = str(write_captions(folder / "pictures"))
            return {"source": CaptionedImages(captions, identity_column="id", size=16)}
        image = target.modality == "image"
        return {"source": Digits() if image else Table(str(write_news(folder / "news.csv")))}
    if issubclass(target, ImageGenerator):
        return generator_parts()
    if target.modality == "text":
        return parts(build("encoder", "bag", **READS), WORDS)
    if target.modality == "moment":
        towers = build("encoder", "goal_towers", observation=104, actions=4, goal=104)
        own = {"contrast": Contrast(Instance(cross_view=True), KeepAll(), DistanceNCE())}
        return parts(towers, MomentReader(104, 104, 4), **own)
    convnet = build("encoder", "convnet", channels=1, image_size=8)
    reader = ImageReader((8, 8), 1, [0.5], [0.25])
    if target.modality == "mixed":
        towers = Towers({"image": convnet, "text": build("encoder", "bag", **READS)}, width=8)
        return parts(towers, MixedReader({"image": reader, "text": WORDS}))
    return parts(convnet, reader)
