"""A vocabulary of words, pieces of words or characters, learnt from the training texts."""

from collections.abc import Iterable
from itertools import chain, islice
from typing import Any

from lightning_contrast.data.words import word_pattern
from lightning_contrast.errors import InputError

PADDING, UNKNOWN = "[PAD]", "[UNK]"
SAMPLE = 1000  # texts that decide how numbers are cut into tokens
KINDS = ("word", "bpe", "byte_bpe", "char")


def learnt_pipeline(texts: Iterable[str], kind: str, vocabulary_size: int) -> str:
    """A vocabulary of the most frequent ``word``s, of ``bpe`` pieces (Sennrich et al. 2016,
    arXiv:1508.07909), or of ``char``acters, learnt from ``texts`` (lower case, accents stripped;
    characters as they are). ``byte_bpe``: pieces of bytes, of which every text comes back as it was
    (Radford et al. 2019, GPT-2).

    What is a word says ``data.words``; what the vocabulary lacks is an unknown token. Pieces and
    characters keep everything, blanks too. Returns a ``tokenizer.json``. Raises ``InputError`` for
    another ``kind`` or a vocabulary without room.
    """
    from tokenizers import Regex, decoders, models, normalizers, pre_tokenizers, trainers
    from tokenizers import Tokenizer as Pipeline

    if kind not in KINDS:
        raise InputError(f"tokenizer kind must be word, bpe, byte_bpe or char, got {kind!r}")
    if vocabulary_size < 3:
        raise InputError(f"vocabulary_size must be at least 3, got {vocabulary_size}")
    options: dict[str, Any] = {
        "vocab_size": vocabulary_size,
        "special_tokens": [PADDING, UNKNOWN],
        "show_progress": False,
    }
    if kind == "char":
        pipeline = Pipeline(models.WordLevel(unk_token=UNKNOWN))
        pipeline.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
        pipeline.decoder = decoders.Fuse()
        pipeline.train_from_iterator(texts, trainers.WordLevelTrainer(**options))
        return pipeline.to_str()
    if kind == "byte_bpe":
        pipeline = Pipeline(models.BPE())
        pipeline.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        pipeline.decoder = decoders.ByteLevel()
        options["special_tokens"] = [PADDING]
        bytes_of_all = pre_tokenizers.ByteLevel.alphabet()
        trainer: Any = trainers.BpeTrainer(**options, initial_alphabet=bytes_of_all)
        pipeline.train_from_iterator(texts, trainer)
        return pipeline.to_str()
    if kind == "word":
        pipeline = Pipeline(models.WordLevel(unk_token=UNKNOWN))
        texts = iter(texts)
        first = list(islice(texts, SAMPLE))
        texts = chain(first, texts)
        pattern = Regex(word_pattern(first))
        pipeline.pre_tokenizer = pre_tokenizers.Split(pattern, "removed", invert=True)
        trainer = trainers.WordLevelTrainer(**options)
    else:
        pipeline = Pipeline(models.BPE(unk_token=UNKNOWN))
        pipeline.pre_tokenizer = pre_tokenizers.Metaspace()
        pipeline.decoder = decoders.Metaspace()
        trainer = trainers.BpeTrainer(**options)
    pipeline.normalizer = normalizers.Sequence(
        [normalizers.NFKD(), normalizers.Lowercase(), normalizers.StripAccents()]
    )
    pipeline.train_from_iterator(texts, trainer)
    return pipeline.to_str()
