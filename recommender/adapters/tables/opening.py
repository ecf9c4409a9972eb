"""From a path to stretches of whole lines, plain or gzip, in bounded memory."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from recommender.adapters.tables.formats import FORMATS, LONGEST_LINE, Format
from recommender.domain.errors import FileRefused

BLOCK = 4 << 20
"""Bytes that are unpacked and parsed at once."""

HEAD = 1 << 12
"""A header ends within this many bytes."""

GZIP = b"\x1f\x8b"
ZIP = (b"PK\3\4", b"PK\5\6")
BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Stretch:
    r"""Whole lines of a file, without its header.

    text: lines that each end in \n (CRLF has become LF). first: number of the first line, from 1.
    done: share of the file's bytes that have been read. damage: why the file breaks off behind these
    lines, None if it does not; torn: what is left of the line in which it does.
    """

    text: bytes
    first: int
    done: float
    damage: str | None = None
    torn: bytes = b""

    @property
    def lines(self) -> int:
        """How many lines there are."""
        return self.text.count(b"\n")


def check(file: Path, expected: Format) -> None:
    """Raise FileRefused, with what was expected or the OS's reason, if a file is not what it was given as."""
    with _opened(file) as (stream, _):
        head = stream.read(HEAD)
        if head.startswith(ZIP):
            raise FileRefused(str(file), f"expected {expected.name}; this is a zip archive, unpack it first")
        if not head:
            raise FileRefused(str(file), stream.damage or f"expected {expected.name}; this file is empty")
    line, newline, _ = head.removeprefix(BOM).partition(b"\n")
    if b"\0" in line:
        raise FileRefused(str(file), f"expected {expected.name} as UTF-8 text; these bytes are not text")
    if not newline and stream.damage:
        raise FileRefused(str(file), stream.damage)
    _check_header(file, line.decode(errors="replace").rstrip("\r"), expected)


def _check_header(file: Path, line: str, expected: Format) -> None:
    columns = tuple(each.removeprefix('"').removesuffix('"') for each in line.split(","))
    if columns == expected.columns:
        return
    for other in FORMATS:
        if columns == other.columns:
            raise FileRefused(str(file), f"this is {other.name}; give it with {other.option}")
    raise FileRefused(str(file), f"expected the header {expected.header}; found {line[:100]!r}")


def stretches(file: Path, block: int = BLOCK) -> Iterator[Stretch]:
    """The lines of a checked file below its header; there is at least one stretch, and the last is done.

    A line that is cut off by damage is not part of any stretch's text; a last line without a newline is.
    A line that fills whole blocks is shortened, to what is still too long to be accepted.
    """
    with _opened(file) as (stream, size):
        _, _, rest = stream.read(HEAD).partition(b"\n")
        line, last = 2, False
        while not last:
            more = stream.read(block)
            data, last = rest + more, len(more) < block
            if last and data and not stream.damage:
                data = data.removesuffix(b"\n") + b"\n"
            cut = data.rfind(b"\n") + 1
            whole, rest = data[:cut].replace(b"\r\n", b"\n"), data[cut:][: max(block, LONGEST_LINE + 1)]
            done = 1.0 if last else min(stream.position / size, 1.0)
            stretch = Stretch(whole, line, done, stream.damage, rest) if last else Stretch(whole, line, done)
            line += stretch.lines
            yield stretch


class _Stream:
    """A file's bytes, unpacked; damage in a gzip file is not an error but an early end."""

    def __init__(self, raw: BufferedReader, unpacked: BufferedReader | gzip.GzipFile) -> None:
        self._raw = raw
        self._unpacked = unpacked
        self.damage: str | None = None

    @property
    def position(self) -> int:
        """Bytes of the file, as stored, that have been read."""
        return self._raw.tell()

    def read(self, size: int) -> bytes:
        """The next `size` bytes; fewer only at the end."""
        data = bytearray()
        while len(data) < size and (more := self._more(size - len(data))):
            data += more
        return bytes(data)

    def _more(self, size: int) -> bytes:
        if self.damage:
            return b""
        try:
            return self._unpacked.read1(size)
        except EOFError:
            self.damage = "the gzip file is cut off here; expected more data"
        except (zlib.error, gzip.BadGzipFile):
            self.damage = "the gzip file is damaged here; expected valid data"
        return b""


@contextmanager
def _opened(file: Path) -> Iterator[tuple[_Stream, int]]:
    """The unpacked file and its size as stored, in bytes."""
    try:
        if file.is_dir():
            raise FileRefused(str(file), "expected a file; this is a directory")
        if file.exists() and not file.is_file():
            raise FileRefused(str(file), "expected a regular file, which can be read twice")
        with ExitStack() as stack:
            raw = stack.enter_context(file.open("rb"))
            packed = raw.peek(len(GZIP)).startswith(GZIP)
            unpacked = stack.enter_context(gzip.GzipFile(fileobj=raw)) if packed else raw
            yield _Stream(raw, unpacked), file.stat().st_size
    except FileNotFoundError as error:
        raise FileRefused(str(file), "expected a file; there is none of this name") from error
    except OSError as error:
        raise FileRefused(str(file), f"cannot be read: {error.strerror or error}") from error
