"""Tables that somebody pastes or brings as a file: read from CSV, checked, and packed into a link."""

import base64
import binascii
import csv
import io
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from core.words import written

# Bytes and rows that are read, columns that a table may have, characters of a cell and of a name.
MOST_BYTES, MOST_ROWS, MOST_COLUMNS, MOST_CELL, MOST_NAME = 1_000_000, 1000, 30, 200, 40
LEAST_ROWS = 4
# Numbers are at most so large, and a column varies at least by so much, as a share of its size and at all.
LARGEST, VARIES, FINEST = 1e6, 1e-6, 1e-9
# Characters of a table as a link holds it (2 kB in base64), as an address of ours does, and of the text that it unpacks to.
LINK_MOST, PACKED_MOST, TEXT_MOST = 2732, 16_000, 120_000
# Digits that numbers are rounded to, one try after the other, where a table takes more than that.
DIGITS = (10, 7, 6, 5, 4)
# In the order in which they are tried: a comma may be a decimal one.
SEPARATORS = ("\t", ";", "|", ",", " ")
# Lines, and characters, that say which one it is.
LOOKED, LOOKED_AT = 60, 20_000

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE)
COMMA = re.compile(r"[+-]?\d*,\d+(e[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE)
# Either a number of thousands or one with three decimals.
EITHER = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII)
GROUPED = re.compile(r"[+-]?\d{1,3}([.,' \u00a0\u202f\u2019]\d{3})+([.,]\d+)?", re.ASCII)
PACKED = re.compile(r"z1[A-Za-z0-9_-]{4,}", re.ASCII)
# What stands in a link for a table that is too long for it.
KEPT = re.compile(r"kept\.[0-9a-f]{16}", re.ASCII)
# What a spreadsheet takes for the beginning of a formula; an apostrophe in front says that it is a text.
FORMULA = ("=", "+", "-", "@")
STRANGE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
KINDS = {
    b"PK\x03\x04": "a zip file, as .xlsx and .ods are",
    b"\xd0\xcf\x11\xe0": "an Excel workbook",
    b"\x1f\x8b": "a gzip file",
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
}


class DataError(ValueError):
    """What is wrong with a table, in words, with the row (from 1, the header among them) and the column where that is known."""

    def __init__(self, words: str, row: int | None = None, column: str | None = None) -> None:
        here = [f"row {row}" if row else "", f"column {quoted(column)}" if column is not None else ""]
        place = ", ".join(part for part in here if part)
        super().__init__(f"{place}: {words}" if place else words)
        self.row, self.column = row, column

    def __reduce__(self) -> tuple[type["DataError"], tuple[str]]:
        return DataError, (str(self),)


def quoted(text: str) -> str:
    """Foreign text, quoted and cut to a bearable length."""
    return repr(text if len(text) <= MOST_NAME else text[: MOST_NAME - 1] + "…")


@dataclass(frozen=True)
class Table:
    """Cells as they stand, row by row under their names; `numbers` are the rows' own, `beyond` is how many more there were."""

    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...]
    beyond: int = 0

    @cached_property
    def decimal_comma(self) -> bool:
        """Whether some cell can be nothing but a number with a decimal comma."""
        return any(COMMA.fullmatch(cell) and not EITHER.fullmatch(cell) for row in self.rows for cell in row)

    @cached_property
    def decimal_point(self) -> bool:
        """Whether some cell has a decimal point."""
        return any("." in cell and NUMBER.fullmatch(cell) for row in self.rows for cell in row)

    def column(self, k: int) -> list[str]:
        """The cells of a column."""
        return [row[k] for row in self.rows]

    def values(self, k: int) -> np.ndarray:
        """A column as numbers (n,); DataError, with the row, where it is none."""
        made = np.array([self._number(cell, row, k) for cell, row in zip(self.column(k), self.numbers, strict=True)])
        if np.ptp(made) <= VARIES * np.abs(made).max():
            raise DataError(
                f"every number is about {written(float(made[0]))}; a constant column says nothing", None, self.names[k]
            )
        if np.ptp(made) < FINEST:
            raise DataError(
                "all numbers are within a billionth; take another unit, such as millionths", None, self.names[k]
            )
        return made

    def target(self, k: int) -> tuple[np.ndarray, tuple[str, str] | None]:
        """A column as numbers (n,), and the two texts that 0 and 1 stand for, None where it holds numbers."""
        cells = self.column(k)
        if not self._texts(k):
            return self.values(k), None
        for cell, row in zip(cells, self.numbers, strict=True):
            _there(cell, row, self.names[k])
            if len(cell) > MOST_NAME:
                raise DataError(f"a text of {len(cell)} characters; at most {MOST_NAME}", row, self.names[k])
        texts = sorted(set(cells))
        if len(texts) != 2:
            some = ", ".join(map(quoted, texts[:3])) + (", …" if len(texts) > 3 else "")
            raise DataError(
                f"a target is numbers or two different texts, not {len(texts)}: {some}", None, self.names[k]
            )
        return np.array([float(texts.index(cell)) for cell in cells]), (texts[0], texts[1])

    def _number(self, cell: str, row: int, k: int) -> float:
        name = self.names[k]
        _there(cell, row, name)
        found = _plain(cell)
        if found is None and EITHER.fullmatch(cell) and not self.decimal_comma:
            raise DataError(f"{quoted(cell)} may be a thousand or a decimal comma; write it without", row, name)
        if found is None and COMMA.fullmatch(cell):
            if self.decimal_point:
                raise DataError(f"{quoted(cell)} has a decimal comma, where other numbers have a point", row, name)
            found = float(cell.replace(",", "."))
        elif found is not None and "." in cell and self.decimal_comma:
            raise DataError(f"{quoted(cell)} has a point, where other numbers have a decimal comma", row, name)
        if found is None and GROUPED.fullmatch(cell):
            raise DataError(f"{quoted(cell)} has thousands marks; write it without", row, name)
        if found is None:
            raise DataError(f"{quoted(cell)} is no number", row, name)
        if not abs(found) <= LARGEST:
            raise DataError(f"{quoted(cell)} is more than a million; take another unit, such as thousands", row, name)
        return found

    def _texts(self, k: int) -> bool:
        """Whether no cell of a column looks like a number."""
        return not any(_numeral(cell) for cell in self.column(k))

    def proposed(self) -> tuple[tuple[int, ...], int]:
        """Which columns are the features and which is the target, where nobody says: the first two, and the last.

        Texts are no features. Of more than three columns those that cannot be used are passed over, see `passed_over`.
        """
        every = list(range(len(self.names)))
        targets = [k for k in every if self._why(self.target, k) is None]
        target = targets[-1] if targets and len(every) > 3 else every[-1]
        self.target(target)
        others = [k for k in every if k != target]
        if len(every) > 3:
            features = [k for k in others if self._why(self.values, k) is None][:2]
        else:
            features = [k for k in others if not self._texts(k)]
        return tuple(features or others[:1]), target

    @cached_property
    def passed_over(self) -> list[str]:
        """What is wrong with the columns that look like numbers and cannot be used."""
        found = [self._why(self.target, k) for k in range(len(self.names)) if not self._texts(k)]
        return [words for words in found if words]

    def _why(self, made: Callable[[int], object], k: int) -> str | None:
        try:
            made(k)
        except DataError as error:
            return str(error)
        return None

    def points(self, features: Sequence[int] | None = None, target: int | None = None) -> "Points":
        """The points that one or two columns of features and one of targets make; DataError where they cannot."""
        if features is None or target is None:
            features, target = self.proposed()
        chosen = [*features, target]
        if not 1 <= len(features) <= 2 or len(set(chosen)) != len(chosen):
            raise DataError("one or two features and a target are to be chosen, each another column")
        x = np.column_stack([self.values(k) for k in features])
        y, classes = self.target(target)
        return Points(tuple(self.names[k] for k in chosen), x, y, classes)


def _there(cell: str, row: int, name: str) -> None:
    if not cell:
        raise DataError("a value is missing", row, name)


def _numeral(cell: str) -> bool:
    """Whether a cell looks like a number, however it is written."""
    return any(kind.fullmatch(cell) for kind in (NUMBER, COMMA, GROUPED))


def _plain(cell: str) -> float | None:
    """The number that a cell without a comma is."""
    return float(cell) if NUMBER.fullmatch(cell) else None


@dataclass(frozen=True, eq=False)
class Points:
    """One or two features (n, 1 or 2) and a target (n,) with their `names`; `classes` are the texts that 0 and 1 stand for."""

    names: tuple[str, ...]
    x: np.ndarray
    y: np.ndarray
    classes: tuple[str, str] | None = None

    @cached_property
    def two_valued(self) -> bool:
        """Whether the target has two values."""
        return len(np.unique(self.y)) == 2

    def csv(self, digits: int | None = None) -> str:
        """As a file of CSV that no spreadsheet takes for formulas; every digit is kept, or so many."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(map(as_cell, self.names))
        labels = [as_cell(name) for name in self.classes or ()]
        for row, y in zip(self.x.tolist(), self.y.tolist(), strict=True):
            writer.writerow([*(_digits(v, digits) for v in row), labels[int(y)] if labels else _digits(y, digits)])
        return text.getvalue()

    @cached_property
    def _kept(self) -> tuple[str, int | None]:
        for digits in (None, *DIGITS):
            plain = self.csv(digits)
            text = packed(plain)
            if len(text) <= PACKED_MOST and len(plain.encode()) <= TEXT_MOST:
                return text, digits
        raise DataError(f"the table takes more than {PACKED_MOST} characters, even with {DIGITS[-1]} digits a number")

    @property
    def packed(self) -> str:
        """As it stands in a link."""
        return self._kept[0]

    @property
    def digits(self) -> int | None:
        """To how many digits each number was rounded for it; None where every one is kept."""
        return self._kept[1]


def _digits(number: float, digits: int | None) -> str:
    text = repr(number) if digits is None else f"{number:.{digits}g}"
    return text.removesuffix(".0")


def as_cell(text: str) -> str:
    """A text that a spreadsheet would take for a formula, with an apostrophe in front, which `read` leaves out again."""
    return f"'{text}" if text.startswith(FORMULA) else text


def packed(text: str) -> str:
    """A table as it stands in a link: deflated, in base64's letters."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = squeeze.compress(text.encode()) + squeeze.flush()
    return "z1" + base64.urlsafe_b64encode(body).decode().rstrip("=")


def unpacked(text: str) -> str:
    """The other way round; DataError for what is none, or would take more room than a table."""
    if len(text) > PACKED_MOST:
        raise DataError(f"a table in a link has at most {PACKED_MOST} characters")
    try:
        body = base64.urlsafe_b64decode(text[2:] + "=" * (-len(text[2:]) % 4))
        squeezed = zlib.decompressobj(-15)
        plain = squeezed.decompress(body, TEXT_MOST)
        whole = squeezed.eof and not squeezed.unused_data
        words = plain.decode()
    except (ValueError, binascii.Error, zlib.error):
        whole, words = False, ""
    if not whole:
        raise DataError("the table in this link is damaged, or too long")
    return words


def decoded(given: bytes) -> str:
    """The text of a file: UTF-8, UTF-16 with its mark, or Windows' Latin-1; DataError for what is no text."""
    if len(given) > MOST_BYTES:
        raise DataError(f"{len(given) / 1e6:.1f} MB are too much: at most 1 MB is read")
    for mark, kind in KINDS.items():
        if given.startswith(mark):
            raise DataError(f"this is {kind}; save it as CSV in the spreadsheet, or paste the rows")
    marks = (
        (b"\xef\xbb\xbf", "utf-8-sig", "UTF-8"),
        (b"\xff\xfe", "utf-16", "UTF-16"),
        (b"\xfe\xff", "utf-16", "UTF-16"),
    )
    for mark, codec, name in marks:
        if given.startswith(mark):
            try:
                return given.decode(codec)
            except UnicodeDecodeError:
                raise DataError(f"this begins as {name} and is none; save it as CSV in UTF-8") from None
    if b"\0" in given:
        raise DataError("this holds NUL bytes and is no CSV; save it as CSV in UTF-8")
    for codec in ("utf-8", "cp1252"):
        try:
            return given.decode(codec)
        except UnicodeDecodeError:
            continue
    raise DataError("this is neither UTF-8 nor Latin-1; save it as CSV in UTF-8")


def _clean(text: str) -> str:
    """The text with the line ends and minus signs of ours; DataError where it is no table's."""
    # Before anything looks at it: a character has four bytes at most.
    if len(text) > MOST_BYTES or len(text.encode("utf-8", "replace")) > MOST_BYTES:
        raise DataError("more than 1 MB is not read")
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    strange = STRANGE.search(text)
    if strange:
        raise DataError(f"this holds the character {strange[0]!r} and is no CSV")
    if not text.strip():
        raise DataError("there are no rows")
    return text


def _separator(text: str) -> str:
    """What parts the cells: of those that make more than one the first that makes all rows alike, else most of them."""
    head = text[:LOOKED_AT].split("\n")[:LOOKED]
    if len(text) > LOOKED_AT and len(head) > 1 and len(head) < LOOKED:
        head = head[:-1]
    best, most = "", 0.0
    for separator in SEPARATORS:
        try:
            rows = [row for row in _rows("\n".join(head), separator) if any(map(str.strip, row))]
        except csv.Error:
            continue
        if not rows:
            continue
        width, times = Counter(map(len, rows)).most_common(1)[0]
        share = times / len(rows) if width > 1 else 0.0
        if share > most:
            best, most = separator, share
        if most == 1:
            break
    if not best:
        raise DataError(
            "there is one column only; a feature and a target are needed, parted by commas, semicolons or tabs"
        )
    return best


def _rows(text: str, separator: str) -> Iterable[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=separator != "\t")


def read(given: str | bytes, separator: str = "") -> Table:
    """The table in a text or in a file of CSV; DataError, in words, where there is none.

    A `separator` is taken as given; else it is the one that makes all rows alike.
    """
    text = _clean(decoded(given) if isinstance(given, bytes) else given)
    separator = separator or _separator(text)
    kept: list[tuple[int, list[str]]] = []
    beyond = 0
    try:
        for number, row in enumerate(_rows(text, separator), 1):
            cells = [_tidy(cell) for cell in row]
            if not any(cells):
                continue
            if len(kept) > MOST_ROWS:
                beyond += 1
                continue
            while len(cells) > len(kept[0][1] if kept else cells) and not cells[-1]:
                cells.pop()
            if kept and len(cells) != len(kept[0][1]):
                raise DataError(f"{_cells(len(cells))}, where the first row has {len(kept[0][1])}", number)
            if len(cells) > MOST_COLUMNS:
                raise DataError(f"{len(cells)} columns are too many: at most {MOST_COLUMNS}", number)
            long = next((k for k, cell in enumerate(cells) if len(cell) > MOST_CELL), None)
            if long is not None:
                raise DataError(
                    f"a cell of {len(cells[long])} characters; is a quotation mark not closed?", number, f"{long + 1}"
                )
            kept.append((number, cells))
    except csv.Error as error:
        raise DataError(f"this is no CSV ({error})") from None
    while kept and len(kept[0][1]) > 1 and not any(row[-1] for _, row in kept):
        for _, row in kept:
            row.pop()
    head = kept[0][1] if kept else []
    if len(head) < 2:
        raise DataError("there is one column only; a feature and a target are needed")
    named = not any(map(_numeral, head))
    if named:
        kept = kept[1:]
    elif len(kept) > MOST_ROWS:
        kept, beyond = kept[:MOST_ROWS], beyond + 1
    if len(kept) < LEAST_ROWS:
        raise DataError(f"{len(kept)} row{'s' * (len(kept) != 1)} of numbers; at least {LEAST_ROWS} are needed")
    names = _names(head) if named else _usual(len(head))
    return Table(names, tuple(tuple(row) for _, row in kept), tuple(number for number, _ in kept), beyond)


def _tidy(cell: str) -> str:
    """A cell in one line of printable letters, without the apostrophe of `as_cell`."""
    if not cell.isprintable():
        # Before all else: what is not seen must not make another number, or another name, of what is.
        cell = "".join(c if c.isprintable() else " " for c in cell)
    cell = " ".join(cell.split()).replace("\u2212", "-")
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(FORMULA) else cell


def _cells(count: int) -> str:
    return f"{count} cell{'s' * (count != 1)}"


def _usual(width: int) -> tuple[str, ...]:
    """What columns without a header are called."""
    return ("x", "y") if width == 2 else (*(f"x{k}" for k in range(1, width)), "y")


def _names(head: list[str]) -> tuple[str, ...]:
    """The names of the columns, printable, each another one."""
    names: list[str] = []
    for k, cell in enumerate(head, 1):
        name = cell[:MOST_NAME].strip() or f"column {k}"
        if name in names:
            name = f"{name[: MOST_NAME - 6]} ({k})"
        names.append(name)
    return tuple(names)


@lru_cache(maxsize=64)
def points_in(text: str) -> Points:
    """The points in a text of CSV, or in one that is packed."""
    if KEPT.fullmatch(text):
        raise DataError("this link was made with more data than it holds; choose their file under “Your data”")
    return (read(unpacked(text), ",") if PACKED.fullmatch(text) else read(text)).points()
