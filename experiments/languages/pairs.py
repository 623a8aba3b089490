"""Writes data/languages/emoji.jsonl, names of emoji in ten languages beside the English ones, and
words.jsonl, common words of nine of these languages.

    ./scripts/fetch_data emoji && ./scripts/fetch_data freedict
    python experiments/languages/pairs.py

Common is an English word or phrase for which several languages have a translation. Keywords are
further pairs, for training. A concept's family (man, woman and person) stays on one side of the
split. Flags are left out: their names are names of countries.
"""

import json
from collections import defaultdict
from pathlib import Path

LANGUAGES = ("de", "es", "fr", "it", "ja", "pl", "pt", "ru", "tr", "zh")


KNOWN = 4  # languages that translate a word
MOST = 3  # translations of a word into one language


def main() -> None:
    folder = Path("data/languages")
    folder.mkdir(parents=True, exist_ok=True)
    for name, lines in (("emoji", emoji()), ("words", words())):
        with Path(folder, f"{name}.jsonl").open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        print(f"{len(lines)} pairs in {file.name}")


def words() -> list[dict[str, str]]:
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    with Path("data/freedict/pairs.jsonl").open(encoding="utf-8") as file:
        for pair in map(json.loads, file):
            found[pair["english"].lower()][pair["language"]].append(pair["word"])
    return [
        {"english": english, "name": word, "language": language}
        for english, translations in found.items()
        if len(translations) >= KNOWN
        for language, all_of_them in translations.items()
        for word in all_of_them[:MOST]
    ]


def emoji() -> list[dict[str, str]]:
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
            lines += [
                {"english": text, "name": name, "kind": kind, **about}
                for kind, text, name in found
                if text and name
            ]
    return lines


if __name__ == "__main__":
    main()
