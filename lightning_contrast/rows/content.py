"""Keys of rows: hashes of their content, which do not depend on the order of the rows."""

import re
import unicodedata
from collections.abc import Iterable
from hashlib import blake2b

import numpy as np

from lightning_contrast.types import Images

# Scripts without spaces (Thai and Lao, Burmese, Khmer, Japanese, Chinese): each sign is a word.
SIGNS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
)
_WORD = re.compile(rf"[{SIGNS}]|[^\W{SIGNS}]+")
_SIGN = re.compile(f"[{SIGNS}]")


def normalise(text: str) -> str:
    """The words of a text in lower case, joined by spaces; a text without words is only stripped.

    >>> normalise("  Caf\\u00e9,\\nCAFE!  "), normalise(" :-) ")
    ('café cafe', ':-)')
    """
    words = _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
    return " ".join(words) or text.strip()


def mostly_signs(texts: Iterable[str]) -> bool:
    """Whether more than half of the words are signs of a script without spaces.

    >>> mostly_signs(["\u597d"]), mostly_signs(["good"])
    (True, False)
    """
    all_of_them = "\n".join(texts)
    return len(_SIGN.findall(all_of_them)) * 2 > len(_WORD.findall(all_of_them))


def text_keys(texts: Iterable[str]) -> np.ndarray:
    """A hash of each text, uint64 ``(N,)``.

    >>> text_keys(["a", "a"]).tolist()[0] == text_keys(["b", "a"]).tolist()[1]
    True
    """
    keys = (digest(text.encode("utf-8", "surrogatepass")) for text in texts)
    return np.fromiter(keys, dtype=np.uint64)


def image_keys(images: Images) -> np.ndarray:
    """A hash of each image, uint64 ``(N,)``: its own fingerprint if it has one, else its pixels."""
    if hasattr(images, "fingerprints"):
        return images.fingerprints()
    blocks = np.array_split(np.arange(len(images)), len(images) // 1024 + 1)
    pixels = (image for block in blocks for image in images[block].numpy())
    return np.array([digest(image.tobytes()) for image in pixels], dtype=np.uint64)


def salted(keys: np.ndarray, salt: str) -> np.ndarray:
    """The keys scrambled by a salt, uint64 ``(N,)``: each salt sorts the rows in another order.

    It is a bijection of 64 bits, so different keys stay different. Source: Steele et al., 2014
    (OOPSLA), the finaliser of SplitMix64.

    >>> keys = np.arange(3, dtype=np.uint64)
    >>> salted(keys, "a").tolist() == salted(keys, "b").tolist()
    False
    """
    mixed = keys ^ np.uint64(digest(salt.encode()))
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return mixed ^ (mixed >> np.uint64(31))


def digest(data: bytes) -> int:
    """64 bits of the BLAKE2 hash: the same in every process, unlike ``hash``."""
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "little")
