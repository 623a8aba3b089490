"""Writes conf/README.md from the comments of conf/: python scripts/conf_readme.py [--print].

The comment lines at the top of a YAML file are Markdown: the first paragraph says what the choice
is, in a table, and further ones stand below the table. A comment behind a value says what the value
means. In train.yaml, a comment behind a group says what the group decides. A line "Data: labels,
views." of a loss or a recipe names the kinds of data that it fits (``DATA``). The map for those who
know another library stands in scripts/peers.yaml.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import yaml

CONF = Path(__file__).resolve().parents[1] / "conf"
PEERS = Path(__file__).with_name("peers.yaml")
COMMANDS = ("train", "evaluate", "predict", "embed", "search", "generate", "act", "export")
HIDDEN = ("_target_", "_partial_", "defaults", "hydra")
PAPER = re.compile(r"(?<![\d.\[/])(\d{4}\.\d{5})(?!\d)")
SETTING = re.compile(r"[\w.]+=[\w.,\[\]]*[\w\]]")
LABELS = "a class label for each row"
DATA = {
    "labels": (LABELS, "several rows of a class (`sampler=class_balanced`, `pairing=label`)"),
    "prototypes": (
        LABELS,
        "any rows; learnt rows of the classes (`candidates=[prototypes]`)",
    ),
    "drawn": (LABELS, "a row of its class for each anchor (`pairing=drawn`)"),
    "triplets": (LABELS, "a row of its class and k rows of others for each anchor"),
    "views": ("no labels", "two views of each row (`positives=view`, `pairing=instance`)"),
    "paths": (
        "labels as paths, such as `sport/football`",
        "any rows (`source.label_paths=true`, `pairing=levels`)",
    ),
    "sets": ("several labels for each row", "any rows (`pairing=overlap`)"),
    "spans": ("spans in texts, such as names", "texts with spans (`source=spans`, `unit=token`)"),
    "boxes": ("boxes in images", "images with boxes (`source=coco`, `unit=box`)"),
    "teacher": (
        "no labels, and a trained teacher",
        "any rows; the teacher's keys of them (`candidates=[teacher]`)",
    ),
    "scored": (
        "pairs with a graded similarity",
        "rows with their scored pairs (`source=scored_pairs`, `pairing=scored`)",
    ),
    "tokens": ("texts, without labels", "the tokens of each text (`unit=token`)"),
    "moments": ("no labels, and an environment", "moments of trajectories (`modality=moment`)"),
    "demonstrations": (
        "an expert's episodes in several tasks",
        "moments of all tasks (`source=demonstrations`, `pairing=behaviour`)",
    ),
    "pairs": ("pairs, such as question and answer", "rows with their pairs (`positives=paired`)"),
}
HEAD = """\
# Choices and values

*`scripts/conf_readme.py` writes this page from the comments of the YAML files: edit those.*

A run is composed of one choice for each group. On the command line `GROUP=CHOICE` makes a choice,
and `GROUP.KEY=VALUE` sets a value of it. Values that belong to no group are set by their name:

```sh
lightning-contrast train loss=triplet_margin loss.margin=0.3 datamodule.batch_size=40 seed=1
```

`candidates`, `callbacks`, `logger`, `protocols` and `regulariser` take lists. The keys of their
choices begin with the name of the choice, and null leaves one out (`callbacks.health=null`):

```sh
lightning-contrast train candidates=[in_batch,queue] candidates.queue.size=2048
```

`--cfg job` behind a command prints the composed values and stops. A key that no choice has is an
error that lists those that exist. `--config-dir DIR` adds groups and choices of your own.
`null` means "none", and `???` that you have to give the value.
"""


class Value(NamedTuple):
    key: str
    default: str
    meaning: str = ""


class Choice(NamedTuple):
    name: str
    path: str
    paragraphs: list[str]
    data: list[str]
    values: list[Value]


def comment_of(line: str) -> str:
    """What stands behind the first # of a line that is in no quotation marks."""
    bare = re.sub(r"'[^']*'|\"[^\"]*\"", lambda found: "_" * len(found[0]), line)
    place = re.search(r"\s#\s", bare)
    return line[place.end() :].strip() if place else ""


def fenced(paragraph: str) -> str:
    """Commands, which are indented, between fences; other Markdown as it is."""
    if not paragraph.startswith("    "):
        return paragraph
    return "\n".join(["```sh", *(line[4:] for line in paragraph.splitlines()), "```"])


def values_of(node: yaml.Node, lines: list[str], prefix: str = "") -> Iterator[Value]:
    """The values below a node. What a part nests below itself counts as one value."""
    entries = node.value if isinstance(node, yaml.MappingNode) else []
    part = any(key.value == "_target_" for key, _ in entries)
    for key, value in entries:
        name, meaning = prefix + key.value, comment_of(lines[key.start_mark.line])
        if key.value in HIDDEN:
            continue
        if not isinstance(value, yaml.MappingNode) or value.flow_style:
            default = value.start_mark.buffer[value.start_mark.index : value.end_mark.index]
            if not default.startswith("${") or meaning:
                yield Value(name, re.sub(r"\n\s*-?\s*", " ", default.strip()), meaning)
        elif part:
            yield Value(name, "", meaning or ", ".join(inner.value for inner, _ in value.value))
        else:
            yield from values_of(value, lines, f"{name}.")


def read(path: Path) -> Choice:
    """A YAML file as what its comments and values say."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    size = next(number for number, line in enumerate(lines) if not line.startswith("#"))
    head = [line[2:] for line in lines[:size] if not line.startswith("# @package")]
    data = [line.removeprefix("Data: ") for line in head if line.startswith("Data: ")]
    prose = "\n".join(line for line in head if not line.startswith("Data: "))
    chosen = re.findall(r"^  - override /([\w/]+): ([^#\n]*)", text, re.MULTILINE)
    values = [Value(group, choice.strip()) for group, choice in chosen]
    values += values_of(yaml.compose(text, Loader=yaml.SafeLoader), lines)
    return Choice(
        path.stem,
        path.relative_to(CONF).as_posix(),
        [fenced(part) for part in prose.split("\n\n")],
        data[0].rstrip(".").split(", ") if data else [],
        values,
    )


def choices(group: str) -> list[Choice]:
    return [read(path) for path in sorted((CONF / group).glob("*.yaml"))]


def groups() -> list[tuple[str, str]]:
    """The groups of train.yaml and generate.yaml, each with its comment: first those that choose
    for others."""
    texts = ((CONF / name).read_text(encoding="utf-8") for name in ("train.yaml", "generate.yaml"))
    lines = "\n".join(texts).splitlines()
    found = [(re.match(r"  - (\w+): ", line), comment_of(line)) for line in lines]
    named = [(match[1], comment) for match, comment in found if match]
    return sorted(named, key=lambda group: group[0] not in ("modality", "recipe"))


def row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def table(*head: str) -> list[str]:
    return ["", row(*head), "|---" * len(head) + "|"]


def shown(values: list[Value]) -> str:
    """Values without a meaning side by side, the others on a line each."""
    bare, said = [], []
    for key, default, meaning in values:
        name = f"`{key}={default}`" if default else f"`{key}`"
        bare += [] if meaning else [name]
        said += [f"{name}: {meaning}"] if meaning else []
    return "<br>".join([*([" ".join(bare)] if bare else []), *said])


def group_page(group: str, decides: str) -> Iterator[str]:
    found = choices(group)
    common = [
        value
        for value in found[0].values
        if value.meaning and len(found) > 1 and all(value in other.values for other in found)
    ]
    yield from ("", f"## {group}", "", f"{decides[:1].upper()}{decides[1:]}.")
    yield from table(f"`{group}=`", "what it is", "values, with their defaults")
    for choice in found:
        own = [value for value in choice.values if value not in common]
        what = " ".join(choice.paragraphs[0].split())
        yield row(f"[`{choice.name}`]({choice.path})", what, shown(own))
    if common:
        yield from ("", "Every choice also has:", "", *(f"- {shown([value])}" for value in common))
    for choice in found:
        if len(choice.paragraphs) > 1:
            yield from ("", f"**{choice.name}.** " + "\n\n".join(choice.paragraphs[1:]))


def losses_by_data() -> Iterator[str]:
    yield from ("", "## Losses by the data they need")
    yield from table("you have", "a batch holds", "recipes to start from", "losses that fit")
    for kind, (have, batch) in DATA.items():
        named = [[c.name for c in choices(g) if kind in c.data] for g in ("recipe", "loss")]
        yield row(have, batch, *(", ".join(f"`{name}`" for name in names) for names in named))
    yield from (
        "",
        "A recipe that sets `loss.temperature` needs `~loss.temperature` beside a loss that",
    )
    yield "has none, such as `sigmoid`."


def peers() -> Iterator[str]:
    yield from ("", "## Coming from another library")
    for library, parts in yaml.safe_load(PEERS.read_text(encoding="utf-8")).items():
        yield from ("", f"### {library}")
        yield from table("there", "here")
        for part, classes in parts.items():
            for name, ours in classes.items():
                yield row(f"`{part}.{name}`", SETTING.sub(r"`\g<0>`", ours))


def command_page(command: str) -> Iterator[str]:
    choice = read(CONF / f"{command}.yaml")
    yield from ("", f"### {command}", "", "\n\n".join(choice.paragraphs))
    yield from table("key, with its default", "what it means")
    yield from (row(f"`{value.key}={value.default}`", value.meaning) for value in choice.values)


def page() -> str:
    """The whole page."""
    lines = HEAD.splitlines() + table("group", "what it decides")
    lines += [row(f"[`{group}`](#{group})", decides) for group, decides in groups()]
    lines += ["", "What [another library](#coming-from-another-library) has, and the"]
    lines += ["[keys of each command](#commands), come last.", *losses_by_data()]
    for group, decides in groups():
        lines += group_page(group, decides)
    lines += peers()
    lines += ["", "## Commands"]
    for command in COMMANDS:
        lines += command_page(command)
    return PAPER.sub(r"[\1](https://arxiv.org/abs/\1)", "\n".join(lines)) + "\n"


if __name__ == "__main__":
    if sys.argv[1:] == ["--print"]:
        print(page(), end="")
    elif sys.argv[1:]:
        sys.exit(f"error: {' '.join(sys.argv[1:])!r} is no option: use --print, or none")
    else:
        (CONF / "README.md").write_text(page(), encoding="utf-8")
