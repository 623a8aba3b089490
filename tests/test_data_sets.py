"""``scripts/data_sets``: made archives become the rows that they should."""

import io
import json
import os

import pytest
from data_sets import _cldr, _npm, debian_descriptions, emoji, icons, peoples_daily
from data_sets.__main__ import main
from data_sets._emoji_families import family
from PIL import Image

from lightning_contrast.sources.captioned import CaptionedImages
from lightning_contrast.sources.emoji import Emoji
from tests.registry import Registry

RED = (200, 10, 10, 255)
FACE, FLAG, HEART, MAN, ONLY = "1f600", "1f1ee-1f1f9", "2764-fe0f", "1f468-200d-1f9b0", "1f9ff"
ENTRIES = [
    (FACE, "GRINNING FACE", "Smileys & Emotion", ["grinning", "+1"]),
    (FLAG, "Italy Flag", "Flags", ["it", "flag-it"]),
    (HEART, "HEAVY BLACK HEART", "Smileys & Emotion", ["heart"]),
    (MAN, "MAN: RED HAIR", "People & Body", ["grinning"]),  # "grinning" is no name of one concept
    (ONLY, "NAZAR AMULET", "Objects", ["nazar_amulet"]),  # not of Fluent
    ("1f3fb", "EMOJI MODIFIER", "Component", ["skin-tone-2"]),
]
NAMES = {
    "annotations": {
        "en": {"😀": ["grinning face", "face", "grin"], "❤": ["red heart", "love"]},
        "it": {"😀": ["faccina con un gran sorriso"], "❤️": ["cuore rosso"]},
        "en-AU": {"😀": ["a face"]},
        "und": {},
    },
    "annotationsDerived": {
        "en": {"🇮🇹": ["flag: Italy", "flag"], "👨‍🦰": ["man: red hair", "man"]},
        "it": {"🇮🇹": ["bandiera: Italia"], "👨‍🦰": ["uomo: capelli rossi"]},
    },
}


def picture(kind, colour=RED, size=64):
    image = Image.new("RGBA", (size, size))
    image.paste(colour, (0, 0, size // 2, size))
    file = io.BytesIO()
    image.save(file, kind, lossless=True)
    return file.getvalue()


@pytest.fixture
def registry(tmp_path, monkeypatch):
    registry = Registry(tmp_path / "registry")
    monkeypatch.setenv("REGISTRY", str(registry.folder))
    monkeypatch.setenv("PATH", f"{registry.folder / 'bin'}:{os.environ['PATH']}")
    return registry


@pytest.fixture
def with_emoji(registry, monkeypatch):
    keys = ("image", "name", "category", "short_names", "subcategory")
    entries = [dict(zip(keys, (f"{e[0]}.png", *e[1:], "kind"), strict=True)) for e in ENTRIES]
    listed = {"emoji.json": json.dumps(entries).encode()}
    for name in ("google", "twitter"):
        drawn = {f"img/{name}/64/{e[0]}.png": picture("PNG") for e in ENTRIES}
        sheet = {f"img/{name}/sheets/64.png": b"no picture"}
        put = registry.put(getattr(emoji, name.upper()), listed | drawn | sheet)
        monkeypatch.setattr(emoji, name.upper(), put)
    drawn = {f"assets/{e[0]}.webp": picture("WEBP", size=256) for e in ENTRIES if e[0] != ONLY}
    monkeypatch.setattr(emoji, "FLUENT", registry.put(emoji.FLUENT, drawn))
    for kind, languages in NAMES.items():
        files = {}
        for language, names in languages.items():
            words = {s: {"tts": [w[0]], "default": w[1:]} for s, w in names.items()}
            whole = {kind: {"annotations": words} if words else {}}
            files[f"{kind}/{language}/annotations.json"] = json.dumps(whole).encode()
        monkeypatch.setitem(_cldr.KINDS, kind, registry.put(_cldr.KINDS[kind], files))


def lines(file):
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_emoji_that_three_vendors_share_have_pictures_and_names(with_emoji, tmp_path, capsys):
    data = tmp_path / "data"
    assert main(["emoji"], data) == 0
    out = capsys.readouterr().out
    assert "downloading emoji-datasource-google 16.0.0 (74 MB)\n" in out
    assert f"4 emoji of three vendors, named in 2 languages (0 MB): {data / 'emoji'}\n" in out
    rows = lines(data / "emoji" / "pictures.jsonl")
    assert [row["vendor"] for row in rows] == ["google"] * 4 + ["twitter"] * 4 + ["fluent"] * 4
    assert [row["image"] for row in rows[8:10]] == ["fluent/1f600.png", "fluent/1f1ee-1f1f9.png"]
    assert rows[0] == {
        "image": "google/1f600.png",
        "vendor": "google",
        "captions": ["grinning face"],
        "keywords": ["face", "grin"],
        "concept": "1f600",
        "family": "1f600",
        "label": "Smileys & Emotion",
        "path": "Smileys & Emotion/kind",
        "flag": "no",
    }
    assert [row["captions"] for row in rows[1:3]] == [
        ["flag: Italy", "Italy Flag"],
        ["red heart", "heavy black heart", "heart"],
    ]
    assert [row["flag"] for row in rows[:4]] == ["no", "yes", "no", "no"]
    names = lines(data / "emoji" / "names.jsonl")
    assert [each["concept"] for each in names] == [FACE, FLAG, HEART, MAN]
    assert names[2]["names"] == {"en": "red heart", "it": "cuore rosso"}
    assert names[2]["keywords"] == {"en": ["love"], "it": []}


def test_a_webp_becomes_a_small_png_with_its_alpha(with_emoji, tmp_path):
    main(["emoji"], tmp_path)
    for vendor in ("google", "fluent"):
        image = Image.open(tmp_path / "emoji" / vendor / f"{FACE}.png")
        assert (image.format, image.size, image.mode) == ("PNG", (64, 64), "RGBA")
        assert image.getpixel((5, 30)) == RED
        assert image.getpixel((60, 30))[3] == 0


def test_the_pictures_are_two_sources(with_emoji, tmp_path):
    main(["emoji"], tmp_path)
    captioned = CaptionedImages(
        str(tmp_path / "emoji" / "pictures.jsonl"),
        caption_columns=["captions"],
        identity_column="concept",
        group_column="family",
        attribute_columns=["vendor"],
    )
    assert captioned.load().counts["captions"] == 7
    rows = Emoji(str(tmp_path / "emoji"), flags=False, keywords=False).load()
    assert rows.raw.parts["text"] == ["grinning face", "red heart", "man: red hair"]
    assert rows.classes == ("People & Body", "Smileys & Emotion")


def test_a_second_run_fetches_nothing(with_emoji, registry, tmp_path, capsys):
    assert main(["emoji"], tmp_path / "data") == 0
    first = registry.calls
    assert len(first) == 5
    assert main(["emoji"], tmp_path / "data") == 0
    assert registry.calls == first
    assert capsys.readouterr().out.endswith("data/emoji is there already\n")


def test_half_an_archive_is_refused_and_nothing_is_left(with_emoji, registry, tmp_path, capsys):
    archive = registry.folder / "emoji-datasource-twitter-16.0.0.tgz"
    archive.write_bytes(archive.read_bytes()[:-20])
    assert main(["emoji"], tmp_path / "data") == 1
    assert capsys.readouterr().err == (
        "error: emoji-datasource-twitter-16.0.0.tgz has another checksum than it should: "
        "run again\n"
    )
    assert not list((tmp_path / "data").iterdir())


def test_a_package_that_cannot_be_had_is_one_line(with_emoji, registry, tmp_path, capsys):
    (registry.folder / "lobehub-fluent-emoji-3d-1.1.0.tgz").unlink()
    assert main(["emoji"], tmp_path / "data") == 1
    assert capsys.readouterr().err == (
        "error: @lobehub/fluent-emoji-3d 1.1.0 (16 MB) could not be downloaded "
        "(npm error code ENOTFOUND): check the network (or the proxy) and run again\n"
    )
    assert not list((tmp_path / "data").iterdir())


def test_a_file_that_the_archive_lacks_is_named(
    with_emoji, registry, tmp_path, monkeypatch, capsys
):
    empty = registry.put(emoji.GOOGLE, {f"img/google/64/{FACE}.png": picture("PNG")})
    monkeypatch.setattr(emoji, "GOOGLE", empty)
    assert main(["emoji"], tmp_path / "data") == 1
    assert "emoji-datasource-google-16.0.0.tgz has no file package/emoji.json" in (
        capsys.readouterr().err
    )
    assert not list((tmp_path / "data").iterdir())


def test_without_npm_the_registry_that_is_configured_is_asked(registry, tmp_path, monkeypatch):
    package = registry.put(icons.MDI, {"meta.json": b"[]"})
    place = tmp_path / "public" / "@mdi" / "svg" / "-"
    place.mkdir(parents=True)
    (registry.folder / "mdi-svg-7.4.47.tgz").rename(place / "svg-7.4.47.tgz")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", (tmp_path / "public").as_uri() + "/")
    assert _npm.files(package, "meta", tmp_path) == {"package/meta.json": b"[]"}
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", tmp_path.as_uri())
    with pytest.raises(Exception, match=r"@mdi/svg 7.4.47 .* could not be downloaded \(.*No such"):
        _npm.files(package, "meta", tmp_path)


@pytest.mark.parametrize(
    ("members", "name"),
    [
        (["1f468", "1f469-200d-1f9b0", "1f471-200d-2640-fe0f", "1f9d4"], "1f9d1"),
        (["1f468-200d-2695-fe0f", "1f9d1-200d-2695-fe0f"], "1f9d1-2695"),
        (["1f46a", "1f469-200d-1f469-200d-1f467-200d-1f466", "1f468-200d-1f466"], "1f46a"),
        (["1f48f", "1f469-200d-2764-fe0f-200d-1f48b-200d-1f468"], "1f48f"),
        (["0023-fe0f-20e3", "0039-fe0f-20e3", "1f51f"], "20e3"),
        (["1f550", "1f567"], "1f550"),
        (["2764-fe0f", "1f5a4", "1fa77"], "2764"),
        (["1f3c3-200d-2640-fe0f", "1f3c3"], "1f3c3"),
        (["1f1ee-1f1f9"], "1f1ee-1f1f9"),
        (["2640-fe0f"], "2640"),
        (["27a1-fe0f", "2b05-fe0f"], "27a1"),
    ],
)
def test_versions_of_one_another_are_a_family(members, name):
    assert {family(member) for member in members} == {name}


SVG = '<svg xmlns="http://www.w3.org/2000/svg" {} viewBox="0 0 24 24"><path d="{}"/></svg>'
DOWN, UP, HALF = "M0 12H24V24H0Z", "M0 0H24V12H0Z", "M0 0H12V24H0Z"


def icon(name, base, **others):
    return {"id": name, "baseIconId": base, "name": name, "aliases": [], "tags": []} | others


def test_icons_are_drawn_and_families_share_no_drawing(registry, tmp_path, monkeypatch, capsys):
    pytest.importorskip("resvg_py")
    meta = [
        icon("arrow-up", "arrow-up", aliases=["go-up"], tags=["Arrow", "Move"]),
        icon("up-bold", "arrow-up"),
        icon("north", "north"),  # the drawing of arrow-up
        icon("house", "house"),
    ]
    drawn = {"arrow-up": UP, "up-bold": DOWN, "north": UP, "house": DOWN + DOWN}
    files = {f"svg/{n}.svg": SVG.format(f'id="mdi-{n}"', d).encode() for n, d in drawn.items()}
    mdi = registry.put(icons.MDI, files | {"meta.json": json.dumps(meta).encode()})
    monkeypatch.setattr(icons, "MDI", mdi)
    drawn = {"house": HALF, "home": HALF, "zap": UP + DOWN}  # home: a former name
    files = {f"icons/{n}.svg": SVG.format(f'class="{n}"', d).encode() for n, d in drawn.items()}
    tags = {"house": ["living", "building"], "zap": []}
    lucide = registry.put(icons.LUCIDE, files | {"tags.json": json.dumps(tags).encode()})
    monkeypatch.setattr(icons, "LUCIDE", lucide)

    assert main(["icons"], tmp_path / "data") == 0
    assert "6 icons of two vendors" in capsys.readouterr().out
    rows = lines(tmp_path / "data" / "icons" / "pictures.jsonl")
    assert rows[0] == {
        "image": "mdi/arrow-up.png",
        "vendor": "mdi",
        "concept": "arrow-up",
        "captions": ["arrow up", "go up"],
        "keywords": ["Arrow", "Move"],
        "family": "arrow",
        "label": "Arrow",
    }
    assert [row["family"] for row in rows] == ["arrow", "arrow", "arrow", "house", "house", "zap"]
    assert (rows[4]["captions"], rows[4]["label"], rows[5]["label"]) == (
        ["house", "home"],
        "living",
        None,
    )
    image = Image.open(tmp_path / "data" / "icons" / "mdi" / "arrow-up.png").convert("RGBA")
    assert image.size == (64, 64)
    assert image.getpixel((32, 10)) == (0, 0, 0, 255) and image.getpixel((32, 50))[3] == 0


def test_icons_name_the_extra_that_they_need(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(__import__("sys").modules, "resvg_py", None)
    assert main(["icons"], tmp_path) == 1
    assert capsys.readouterr().err == (
        "error: package 'resvg-py' is not installed: pip install 'lightning-contrast[icons]'\n"
    )


def entry(package, key, language, line):
    return (
        f"Package: {package}\nDescription-md5: {key}\nDescription-{language}: {line}\n"
        " A longer text.\n .\n Description-it: not this\n\n"
    )


LISTS = {
    "host_main_i18n_Translation-en": entry("cat", "1", "en", "show a file")
    + entry("vim", "2", "en", "editor")
    + entry("ed", "3", "en", "show a file"),
    "host_updates_main_i18n_Translation-en": entry("nano", "4", "en", "small editor"),
    "host_main_i18n_Translation-it": entry("cat", "1", "it", "mostra un file")
    + entry("vim", "2", "it", "editor")  # as in English
    + entry("ed", "3", "it", "mostra un file")  # the same pair again
    + entry("nano", "4", "it", "piccolo editor è qui")
    + entry("old", "9", "it", "senza inglese"),
    "host_main_i18n_Translation-fr": entry("vim", "2", "fr", "éditeur"),
    "host_main_i18n_Translation-de": entry("vim", "2", "de", "Editor"),
}


def test_descriptions_are_paired_by_the_checksum_of_the_english(registry, tmp_path, capsys):
    (registry.folder / "lists").mkdir()
    for name, text in LISTS.items():
        (registry.folder / "lists" / name).write_text(text, encoding="utf-8")
    assert main(["debian_descriptions"], tmp_path / "data") == 0
    assert "another language: 2 it, 1 fr, 1 de (0 MB)" in capsys.readouterr().out
    folder = tmp_path / "data" / "debian_descriptions"
    assert [tuple(row.values()) for row in lines(folder / "it.jsonl")] == [
        ("show a file", "mostra un file", "cat"),
        ("small editor", "piccolo editor è qui", "nano"),
    ]
    assert lines(folder / "fr.jsonl") == [
        {"english": "editor", "translation": "éditeur", "package": "vim"}
    ]


@pytest.mark.parametrize("missing", ["all", "de"])
def test_no_mirror_and_no_translation_are_one_line(registry, tmp_path, capsys, missing):
    reason = "E: Failed to fetch it"
    if missing == "de":
        (registry.folder / "lists").mkdir()
        for name, text in LISTS.items():
            if not name.endswith("de"):
                (registry.folder / "lists" / name).write_text(text, encoding="utf-8")
        reason = "apt's sources have no Translation-de"
    assert main(["debian_descriptions"], tmp_path / "data") == 1
    assert capsys.readouterr().err == (
        f"error: {debian_descriptions.WHAT} could not be downloaded ({reason}): "
        "check the network (or the proxy) and run again\n"
    )
    assert not list((tmp_path / "data").iterdir())


def test_without_apt_the_mend_is_said(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["debian_descriptions"], tmp_path / "data") == 1
    assert "error: apt-get is needed and was not found" in capsys.readouterr().err


def test_sentences_of_the_peoples_daily_hold_whole_names_and_are_split_by_time():
    text = "江/nr 泽民/nr 、/w 李/nr 鹏/nr 说/v ：/w “/w 好/a 。/w ”/w 北京/ns 很/d 大/a ！/w\n完/v"
    found = list(peoples_daily.sentences(text))
    assert ["".join(w for w, _ in s) for s in found] == [
        "江泽民、李鹏说：“好。”",
        "北京很大！",
        "完",
    ]
    row = peoples_daily.row_of(found[0])
    spans = [row["text"][s["start"] : s["end"]] for s in row["spans"]]
    assert spans == ["江泽民", "李鹏"]
    rows = [{"text": str(n % 17), "spans": []} for n in range(20)]
    kept = list(peoples_daily.by_time(rows))
    assert [row["split"] for row in kept] == ["train"] * 16 + ["validation"]  # the last are copies
