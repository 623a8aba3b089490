"""What is done to a text or an image before an exported classifier sees it, in plain words."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lightning_contrast.data.tokenizer import Tokenizer
    from lightning_contrast.modules.network import Network

TOKENIZER = "tokenizer.json"


def preprocessing(network: "Network") -> dict[str, Any]:
    """``preprocessing.json``: classes, inputs, outputs, and how to make the inputs."""
    classes, width = len(network.classes), network.projector.out_features
    described = {"text": _texts, "image": _images}[network.modality](network.preprocess)
    return {
        "modality": network.modality,
        "classes": network.classes,
        **described,
        "outputs": {
            "probabilities": f"float32 (batch, {classes}), in the order of classes",
            "embedding": f"float32 (batch, {width}), of unit norm",
            "logits": f"float32 (batch, {classes})",
        },
        "temperature": network.temperature,
        "temperature_means": "probabilities = softmax(logits / temperature); null: not calibrated",
    }


def portable_tokenizer(tokenizer: "Tokenizer") -> str:
    """A ``tokenizer.json`` for the ``tokenizers`` library that cuts and pads as we do.

    >>> from lightning_contrast.data.tokenizer import Tokenizer
    >>> text = portable_tokenizer(Tokenizer.train(["a cat sat"], max_length=2))
    >>> from tokenizers import Tokenizer as Pipeline
    >>> [row.attention_mask for row in Pipeline.from_str(text).encode_batch(["a cat sat", "cat"])]
    [[1, 1], [1, 0]]
    """
    from tokenizers import Tokenizer as Pipeline

    pipeline = Pipeline.from_str(tokenizer.json)
    pipeline.enable_truncation(tokenizer.max_length)
    index = tokenizer.padding_index
    pipeline.enable_padding(pad_id=index, pad_token=pipeline.id_to_token(index))
    return pipeline.to_str()


def _texts(tokenizer: "Tokenizer") -> dict[str, Any]:
    return {
        "inputs": {
            "input_ids": "int64 (batch, tokens)",
            "attention_mask": "int64 (batch, tokens), 1 where there is a token",
        },
        "tokenizer": TOKENIZER,
        "max_length": tokenizer.max_length,
        "padding_index": tokenizer.padding_index,
        "unknown_index": tokenizer.unknown_index,
        "steps": [
            f"{TOKENIZER} (library: tokenizers) gives the ids of each text, cut to max_length and "
            "padded to the longest of the batch",
            "a text without a single token (attention_mask all 0) is given the one token "
            "unknown_index, with attention_mask 1",
        ],
    }


def _images(reader: Any) -> dict[str, Any]:
    height, width = reader.size
    grey = reader.channels == 1
    return {
        "inputs": {"images": f"float32 (batch, {reader.channels}, {height}, {width}), from 0 to 1"},
        "channels": reader.channels,
        "height": height,
        "width": width,
        "mean": reader.mean,
        "std": reader.std,
        "steps": [
            "turn the picture upright by its EXIF orientation",
            "lay what is transparent on white",
            "convert to grey: 0.299 R + 0.587 G + 0.114 B" if grey else "convert to RGB",
            f"scale by bicubic interpolation to cover {width} x {height} pixels, and cut what "
            "sticks out equally on both sides (Pillow: ImageOps.fit)",
            "(a JPEG may be decoded at a smaller size, of at least twice that)",
            "divide by 255; channels first",
            "nothing more: (image - mean) / std is part of the exported graph",
        ],
    }
