"""Writes data/languages/emoji.jsonl: names of emoji in ten languages beside the English ones.

    ./scripts/fetch_data emoji && ./scripts/fetch_data freedict
    python experiments/languages/pairs.py

``words`` is a name word by word in English, as freedict's dictionaries have it (they lack Chinese),
``both`` that and the name itself. Keywords are
further pairs, for training. A concept's family (man, woman and person) stays on one side of the
split. Flags are left out: their names are names of countries.
"""

import json
from collections import defaultdict
from pathlib import Path

LANGUAGES = ("de", "es", "fr", "it", "ja", "pl", "pt", "ru", "tr", "zh")


LONGEST, MEANINGS = 5, 3  # units of a phrase in the dictionary, and meanings of it


def main() -> None:
    folder = Path("data/languages")
    folder.mkdir(parents=True, exist_ok=True)
    lines = emoji(dictionaries())
    with Path(folder, "emoji.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    print(f"{len(lines)} pairs in {file.name}")


def dictionaries() -> dict[str, dict[str, list[str]]]:
    """By language, words and phrases with their English ones."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    with Path("data/freedict/pairs.jsonl").open(encoding="utf-8") as file:
        for pair in map(json.loads, file):
            found[pair["language"]][pair["word"].lower()].append(pair["english"])
    return found


def in_english(text: str, words: dict[str, list[str]], language: str) -> str:
    """The longest words that the dictionary has, from the left; others as they are."""
    apart = "" if language in ("ja", "zh") else " "
    plain = text.lower().translate(str.maketrans(",:", "  "))
    units = plain.split() if apart else list("".join(plain.split()))
    found, place = [], 0
    while place < len(units):
        for end in range(min(place + LONGEST, len(units)), place, -1):
            if (known := words.get(apart.join(units[place:end]))) or end == place + 1:
                found += known[:MEANINGS] if known else units[place:end]
                place = end
                break
    return " ".join(found)


def emoji(words_of: dict[str, dict[str, list[str]]]) -> list[dict[str, str]]:
    lines, seen = [], set()
    for line in Path("data/emoji/names.jsonl").read_text(encoding="utf-8").splitlines():
        concept = json.loads(line)
        if concept["flag"] == "yes":
            continue
        names, words = concept["names"], concept["keywords"]
        english = ", ".join(words.get("en", ()))
        for language in LANGUAGES:
            about = {"language": language, "family": concept["family"]}
            own = ", ".join(words.get(language, ()))
            found = [("name", names["en"], names[language]), ("keywords", names["en"], own)]
            if (english, language) not in seen:  # else two families would share a row
                found.append(("keywords", english, own))
                seen.add((english, language))
            for kind, text, name in found:
                if text and name:
                    told = in_english(name, words_of.get(language, {}), language)
                    about |= {"kind": kind, "words": told, "both": f"{told} = {name}"}
                    lines.append({"english": text, "name": name, **about})
    return lines


if __name__ == "__main__":
    main()
