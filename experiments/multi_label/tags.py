"""Debian's packages with their tags, as JSON lines: python experiments/multi_label/tags.py FILE.

Each row has the short description of a package, what it is used for and works with (its tags
``use::`` and ``works-with::``) as a list of labels, and its source package, by which rows are kept
together. ``apt-cache dumpavail`` says all.
"""

import json
import subprocess
import sys
from collections import Counter

FACETS = ("use::", "works-with::")
LEAST = 50  # packages of a label


def packages():
    """The fields of each package that apt knows."""
    text = subprocess.run(["apt-cache", "dumpavail"], capture_output=True, text=True, check=True)
    for part in text.stdout.split("\n\n"):
        fields = {}
        for line in part.splitlines():
            if line[:1] == " ":
                fields[name] += line
            else:
                name, _, value = line.partition(": ")
                fields[name] = value
        yield fields


def rows():
    found = {}
    for fields in packages():
        tags = [tag.strip() for tag in fields.get("Tag", "").split(",")]
        labels = sorted(tag for tag in tags if tag.startswith(FACETS) and "TODO" not in tag)
        text = fields.get("Description-en", fields.get("Description", ""))
        if labels and text:
            source = fields.get("Source", fields["Package"]).split()[0]
            found[text] = {"text": text.split("  ")[0], "label": labels, "source": source}
    count = Counter(label for row in found.values() for label in row["label"])
    for row in found.values():
        row["label"] = [label for label in row["label"] if count[label] >= LEAST]
        if row["label"]:
            yield row


if __name__ == "__main__":
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        for row in rows():
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
