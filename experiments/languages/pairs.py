"""Writes data/languages/emoji.jsonl: names of emoji in ten languages beside the English ones.

    for data in emoji freedict mueller cc_cedict; do ./scripts/fetch_data $data; done
    python experiments/languages/pairs.py

``words`` is a name word by word in English, as dictionaries have it, ``both`` that and the name
itself. Keywords are further pairs, for training. A concept's family (man, woman and person) stays
on one side of the split. Flags are left out: their names are names of countries.
"""

import json
from pathlib import Path

from dictionary import Dictionary, dictionaries

MEANINGS = {"name": 5, "keywords": 2}  # of a word
LANGUAGES = ("de", "es", "fr", "it", "ja", "pl", "pt", "ru", "tr", "zh")


def main() -> None:
    folder = Path("data/languages")
    folder.mkdir(parents=True, exist_ok=True)
    lines = emoji(dictionaries())
    with Path(folder, "emoji.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    print(f"{len(lines)} pairs in {file.name}")


def emoji(dictionary: dict[str, Dictionary]) -> list[dict[str, str]]:
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
                    told = dictionary[language].in_english(name, MEANINGS[kind])
                    about |= {"kind": kind, "words": told, "both": f"{told} = {name}"}
                    lines.append({"english": text, "name": name, **about})
    return lines


if __name__ == "__main__":
    main()
