"""Names of live batches.

`<folder>/000000-<ms>-<writer>-<number>.jsonl`: the time of writing, so that they sort by arrival; the process
that wrote it; and which one of its batches it is. So no two writers ever ask for the same name, and none
has to look before it writes. What several of them were merged into has the name of the last of them with a
`=` after the number: it sorts where they did. Every such name is less than that of what a day is compacted
into (`000000=…`), and than that of what it was merged into: so a listing, which may run meanwhile, has the
one or the other.
"""

import re

_NAME = re.compile(r".*/000000-\d{15}-[0-9a-f]{8}-\d{8}=*\.jsonl")
_SUFFIX = ".jsonl"


def is_journal_key(key: str) -> bool:
    """Whether it is the key of a live batch."""
    return _NAME.fullmatch(key) is not None


def journal_key(folder: str, at: int, writer: str, number: int) -> str:
    """The key of a writer's batch; `at` in ms."""
    return f"{folder}/000000-{at:015}-{writer}-{number:08}{_SUFFIX}"


def merged_key(last: str) -> str:
    """The key for what batches are merged into of which the last one has this key."""
    return f"{last.removesuffix(_SUFFIX)}={_SUFFIX}"
