"""Which emoji are versions of one another: a family stays on one side of a split."""

import re

MAN, WOMAN, PERSON = "1f468", "1f469", "1f9d1"
BOY, GIRL, CHILD = "1f466", "1f467", "1f9d2"
ALIKE = {MAN: PERSON, WOMAN: PERSON, BOY: CHILD, GIRL: CHILD}
# Sex, hair, skin and direction are versions of the sign that they stand behind.
ADDED = re.compile("fe0f|200d|264[02]|1f9b[0-3]|1f3f[b-f]|27a1")


def _between(first: int, last: int) -> list[str]:
    return [f"{code:04x}" for code in range(first, last + 1)]


FAMILIES: list[list[str]] = [  # the first gives its name
    [PERSON, "1f471", "1f9d4"],  # blond, bearded
    ["1f48f", "1f9d1-2764-1f48b-1f9d1"],  # kiss
    ["1f491", "1f9d1-2764-1f9d1"],  # couple with heart
    ["1f46d", "1f46b", "1f46c", "1f9d1-1f91d-1f9d1"],  # holding hands
    ["1f385", "1f936", "1f9d1-1f384"],  # Christmas
    ["1f483", "1f57a"],  # dancing
    ["1f934", "1f478", "1fac5"],  # crowned
    ["1f930", "1fac3", "1fac4"],  # pregnant
    ["1f931", "1f9d1-1f37c"],  # feeding a baby
    ["1f9d3", "1f474", "1f475"],  # old
    ["1f401", "1f42d"],  # animals and their faces
    ["1f404", "1f42e"],
    ["1f405", "1f42f"],
    ["1f407", "1f430"],
    ["1f408", "1f408-2b1b", "1f431", *_between(0x1F638, 0x1F640)],
    ["1f409", "1f432"],
    ["1f40b", "1f433"],
    ["1f40e", "1f434"],
    ["1f412", "1f435", *_between(0x1F648, 0x1F64A)],
    ["1f415", "1f415-1f9ba", "1f436"],
    ["1f416", "1f437"],
    ["1f42a", "1f42b"],
    ["20e3", "1f51f"],  # keycaps
    _between(0x1F550, 0x1F567),  # clocks
    _between(0x1F311, 0x1F318),  # moons
    _between(0x1F31A, 0x1F31D),  # moons with faces
    _between(0x1F30D, 0x1F30F),  # globes
    _between(0x1F947, 0x1F949),  # medals
    _between(0x1F4EA, 0x1F4ED),  # mailboxes
    _between(0x1F507, 0x1F50A),  # loudspeakers
    _between(0x1F4C5, 0x1F4C6),  # calendars
    ["1f512", "1f513", "1f50f", "1f510"],  # locks
    ["1f4d5", *_between(0x1F4D7, 0x1F4D9)],  # books, by colour
    ["2764", "1f9e1", *_between(0x1F499, 0x1F49C), "1f5a4", "1f90d", "1f90e"],  # hearts, by colour
    ["2764", *_between(0x1FA75, 0x1FA77)],
    ["1f534", "1f535", *_between(0x1F7E0, 0x1F7E4), "26aa", "26ab"],  # circles
    ["1f7e5", *_between(0x1F7E6, 0x1F7EB), "2b1b", "2b1c", "25aa", "25ab"],  # squares
    ["1f7e5", *_between(0x25FB, 0x25FE)],
    _between(0x1F536, 0x1F539),  # diamonds
    ["1f53a", "1f53b"],  # triangles
    ["27a1", *_between(0x2B05, 0x2B07), *_between(0x2194, 0x2199)],  # arrows
]
FAMILY_OF = {member: family[0] for family in FAMILIES for member in family}


def family(concept: str) -> str:
    """The family of an emoji, by its code points.

    >>> family("1f469-200d-1f9b0"), family("1f3c3-200d-2640-fe0f"), family("0023-fe0f-20e3")
    ('1f9d1', '1f3c3', '20e3')
    """
    first, *others = concept.removesuffix("-fe0f").split("-")
    codes = [first, *(code for code in others if not ADDED.fullmatch(code))]
    if codes[-1] == "20e3":
        return "20e3"
    plain = "-".join(ALIKE.get(code, code) for code in codes)
    if re.fullmatch(f"({PERSON}-)+{CHILD}(-{CHILD})*", plain):
        return "1f46a"
    return FAMILY_OF.get(plain, plain)
