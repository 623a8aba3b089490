"""Texts with their translations: from a table, from two files, with the mistakes."""

import json

import pytest

from lightning_contrast.data.prepare import prepare
from lightning_contrast.errors import InputError
from lightning_contrast.sources.parallel import Parallel

SIDES = ("train", "validation", "test")
PAIRS = [(f"text number {n}", f"testo numero {n}") for n in range(20)]


def table(path, pairs=PAIRS):
    rows = [json.dumps({"text": text, "translation": other}) for text, other in pairs]
    path.write_text("\n".join(rows))
    return str(path)


def files(folder, texts, others):
    for name, lines in (("en.txt", texts), ("it.txt", others)):
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return {"path": str(folder / "en.txt"), "pair_path": str(folder / "it.txt")}


def found(source):
    """The pairs of the rows, by identity."""
    rows = source.load()
    texts = [text for text, side in zip(rows.raw, rows.split, strict=True) if side != -2]
    translations = [
        (texts[owner], text)
        for text, owner, side in zip(rows.raw, rows.identity, rows.split, strict=True)
        if side == -2
    ]
    return texts, translations


def test_two_columns_and_two_files_hold_the_same_pairs(tmp_path):
    both = files(tmp_path, *zip(*PAIRS, strict=True))
    one = found(Parallel(path=table(tmp_path / "t.jsonl")))
    assert one == found(Parallel(**both)) == ([text for text, _ in PAIRS], PAIRS)


def test_equal_texts_are_one_row_with_each_of_its_translations_once(tmp_path):
    pairs = [("a b", "x"), ("c d", "z"), ("a b", "y"), ("a b", "x")]
    source = Parallel(path=table(tmp_path / "t.jsonl", pairs))
    assert found(source) == (["a b", "c d"], [("a b", "x"), ("c d", "z"), ("a b", "y")])
    assert source.load().counts == {"skipped": 0, "pairs_repeated": 1}


def test_a_text_and_its_translation_stay_together_and_rows_need_no_label(tmp_path):
    splits = prepare(Parallel(path=table(tmp_path / "t.jsonl")))
    sides = (splits.train, splits.validation, splits.test)
    assert sorted(row for side in sides for row in side) == list(range(20))
    assert splits.counts["pairs"] == 20 and splits.labelled.classes == ()


def test_rows_of_a_group_stay_on_one_side(tmp_path):
    rows = [{"text": f"t {n}", "translation": f"x {n}", "book": n // 4 or None} for n in range(24)]
    (tmp_path / "t.jsonl").write_text("\n".join(map(json.dumps, rows)))
    splits = prepare(Parallel(path=str(tmp_path / "t.jsonl"), group_column="book"))
    assert splits.counts["groups"] == 5 + 4  # four rows have no book
    for side in (splits.train, splits.validation, splits.test):
        books = [row // 4 for row in side if row >= 4]
        assert all(books.count(book) == 4 for book in books)


def test_what_is_wrong_with_a_pair_is_told_or_left_out(tmp_path):
    pairs = [*PAIRS, ("a text", " "), ("", "un testo")]
    path = table(tmp_path / "t.jsonl", pairs)
    with pytest.raises(InputError, match=r"row 21 of t\.jsonl: both texts of a pair must be fil"):
        Parallel(path=path).load()
    source = Parallel(path=path, skip_bad_rows=True)
    assert found(source)[1] == PAIRS and source.load().counts["skipped"] == 2


def test_files_of_different_lengths_and_missing_ones_are_told(tmp_path):
    texts, others = zip(*PAIRS, strict=True)
    with pytest.raises(InputError, match=r"it\.txt ends before line 20, and .*en\.txt goes on"):
        Parallel(**files(tmp_path, texts, others[:-1])).load()
    with pytest.raises(InputError, match=r"en\.txt ends before line 19, and .*it\.txt goes on"):
        Parallel(**files(tmp_path, texts[:-2], others)).load()
    with pytest.raises(InputError, match=r"source\.pair_path: .*gone\.txt"):
        Parallel(path=str(tmp_path / "en.txt"), pair_path=str(tmp_path / "gone.txt")).check_files()
    (tmp_path / "none.jsonl").write_text("")
    with pytest.raises(InputError, match=r"none\.jsonl"):
        Parallel(path=str(tmp_path / "none.jsonl")).load()


def test_other_characters_than_the_encodings_are_told(tmp_path):
    names = files(tmp_path, ["one", "two"], ["uno", "due"])
    (tmp_path / "it.txt").write_bytes(b"uno\ndue \xff\n")
    with pytest.raises(InputError, match=r"line 2 of .*en\.txt and .*it\.txt"):
        Parallel(**names).load()


def test_pairs_of_a_dictionary_are_for_training_alone(tmp_path):
    more = [(f"word {n}", f"parola {n}") for n in range(30)] + [("text number 3", "terzo testo")]
    source = Parallel(
        path=table(tmp_path / "t.jsonl"), train_path=table(tmp_path / "d.jsonl", more)
    )
    splits = prepare(source)
    raw, side = splits.labelled.raw, {name: getattr(splits, name) for name in SIDES}
    texts = {name: [raw[row] for row in rows] for name, rows in side.items()}
    assert [word for word, _ in more[:30] if word not in texts["train"]] == []
    alone = prepare(Parallel(path=source.path))  # whose own rows are split as ever
    for name in ("validation", "test"):
        assert texts[name] == [alone.labelled.raw[row] for row in getattr(alone, name)]
    assert found(source)[1][-1] == ("text number 3", "terzo testo")  # on the side of its text


def test_a_dictionary_needs_no_column_of_groups_and_must_be_there(tmp_path):
    rows = [{"text": f"t {n}", "translation": f"x {n}", "book": n // 4} for n in range(24)]
    (tmp_path / "t.jsonl").write_text("\n".join(map(json.dumps, rows)))
    more = table(tmp_path / "d.jsonl", [("word", "parola")])
    source = Parallel(path=str(tmp_path / "t.jsonl"), train_path=more, group_column="book")
    assert len(set(source.load().group)) == 7
    source.train_path = str(tmp_path / "no.jsonl")
    with pytest.raises(InputError, match=r"source\.train_path"):
        source.load()
