"""An update that somebody types, a line for each name that it sets: `m = beta1 m + (1 - beta1) g`.

The same reader reads each right side, with names in the places of x and y. What the lines come to is one tree of nodes, where
a name stands for the very node that its line made; a name that is read before its line is what the step before made of it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import Any, NamedTuple

from core.either import Number
from core.formula.nodes import Node, listed, number, worth
from core.formula.text import FUNCTIONS, FormulaError, Letters, Reader, check_characters

# What a text may have: characters, and numbers that it remembers.
LONGEST, MOST_REMEMBERED = 400, 4
# What a rule is given.
GIVEN = {"g": "the gradient", "t": "the number of the step", "eta": "the rate", "e": "2.718...", "pi": "3.141..."}
GREEK = (
    *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "kappa", "lambda", "mu", "nu", "xi", "pi"),
    *("rho", "sigma", "tau", "phi", "chi", "psi", "omega"),
)
# Constants whose name is a word of Python's, and what they are called instead.
FIELDS = {"lambda": "lambd"}
# What the step before made of a name.
BEFORE = "_before"
EXAMPLE = "theta = theta - eta g"

NAME = re.compile(
    r"""(?P<hat>\\hat[ ]*(?P<brace>\{?)[ ]*)?
    \\?(?P<stem>GREEK|(?<!\\)[a-z])(?![a-zA-Z])
    (?:_?(?P<digit>[1-9])(?![0-9.])|_\{(?P<below>[1-9])\})?
    (?P<hatted>_hat(?![a-zA-Z]))?
    (?P<time>_t(?![a-zA-Z0-9])|_\{[ ]*t[ ]*(?:-[ ]*1[ ]*)?\}|_0(?![0-9.])|_\{0\})?""".replace("GREEK", "|".join(GREEK)),
    re.VERBOSE,
)
CLOSING = re.compile(r"[ ]*\}(?P<time>_t(?![a-zA-Z0-9])|_\{[ ]*t[ ]*(?:-[ ]*1[ ]*)?\})?")
SETS = re.compile(r"[ ]*(?:=|\\(?:leftarrow|gets)(?![a-zA-Z]))")


class Name(NamedTuple):
    """A name as it stands in a text: what it is called, when it is meant ("", "before" or "first"), and where it ends."""

    name: str
    when: str
    end: int


def name_at(text: str, at: int, stop: int) -> Name | None:
    """The name that begins at a character: `m`, `beta_1`, `m_hat`, `\\hat{m}_t`, `v_{t-1}`, `s_0`."""
    found = NAME.match(text, at, stop)
    if not found:
        return None
    end, time = found.end(), found["time"] or ""
    if found["brace"]:
        # The index of \hat{m}_t stands behind the brace.
        closing = CLOSING.match(text, end, stop)
        if not closing:
            return None
        end, time = closing.end(), time or closing["time"] or ""
    when = "before" if "-" in time else "first" if "0" in time else ""
    hat = "_hat" if found["hat"] or found["hatted"] else ""
    return Name(found["stem"] + (found["digit"] or found["below"] or "") + hat, when, end)


@dataclass(frozen=True)
class Names(Letters):
    """The names that a line may read; `assigned` are those that have a line."""

    assigned: frozenset[str] = frozenset()

    def parted(self, word: str) -> bool:
        return False

    def called(self, text: str, at: int) -> tuple[str, int] | None:
        found = name_at(text, at, len(text))
        if found is None or found.name in ("e", "pi"):
            return None
        if found.when == "first":
            raise FormulaError(f"the first value of {found.name} stands in front of a = alone", text, at)
        name = found.name
        if found.when == "before" and name in self.assigned:
            name += BEFORE
        elif found.when == "before" and name != "theta":
            words = (
                f"{name} of the step before is not kept: keep it in a line of its own, as d = {name}, and read d first"
            )
            raise FormulaError(words, text, at)
        return (FIELDS.get(name, name) if name not in self.assigned else name), found.end

    def instead(self, name: str) -> str:
        if name in ("x", "y"):
            return "a rule acts on each coordinate alike, write theta"
        if name.lower() != name:
            return f"letters are small here, write {name.lower()}"
        if any(name.startswith(known) or name.endswith(known) for known in FUNCTIONS):
            return "part a function from what stands beside it by a blank, as in g sqrt(v)"
        if NAME.fullmatch(name):
            return f"write a line {name} = ..., or a constant, as beta1, mu or c"
        if len(name) == 2:
            return f"for a product write {name[0]} {name[1]}"
        return "a name is one letter or a Greek one, perhaps with a digit or _hat: m, beta1, m_hat"


class Line(NamedTuple):
    """A name, what it becomes, and the line of the text that says so, counted from 1."""

    name: str
    tree: Node
    row: int


@dataclass(frozen=True, eq=False)
class Assignments:
    """What a text says, as it was typed: its `lines` but the last, and how `theta` moves.

    `remembered` are the names that a step hands to the next, `firsts` what they are before the first; `constants` the names
    that have no line. A step is theta - decay - eta / scale * direction where `factors`, else theta - decay - direction;
    `results` are these three. For what is computed see `worth`.
    """

    lines: tuple[Line, ...]
    theta: Line
    remembered: tuple[str, ...]
    firsts: Mapping[str, Node]
    constants: tuple[str, ...]
    factors: bool
    results: tuple[Node, Node, Node]
    # The nodes that are computed: of each line, of the results and of what is remembered, and an order for all of them.
    made: tuple[Node, ...]
    given: tuple[Node, ...]
    kept: tuple[Node, ...]
    order: Sequence[Node]

    @property
    def common(self) -> tuple[int, ...]:
        """The places among the remembered that belong to no coordinate: neither g nor theta is in what they become."""
        own = {name: node.letters for name, node in zip(self.remembered, self.kept, strict=True)}
        moved = {"g", "theta"}
        while more := {name for name, letters in own.items() if letters & moved} - moved:
            moved |= more
        return tuple(k for k, name in enumerate(self.remembered) if name not in moved)

    def first(self, constants: Mapping[str, Number]) -> tuple[Number, ...]:
        """What is remembered before the first step."""
        trees = [self.firsts.get(name, number(0.0)) for name in self.remembered]
        return tuple(worth(listed(*trees), constants, *trees))

    def worth(self, place: Mapping[str, Number]) -> tuple[list[Any], list[Any], list[Any]]:
        """What the lines, the results and the remembered come to, where the letters are what `place` says."""
        every = worth(self.order, place, *self.made, *self.given, *self.kept)
        lines, results = len(self.made), len(self.made) + 3
        return every[:lines], every[lines:results], every[results:]


class _Piece(NamedTuple):
    """A line of the text: whose it is, where the name begins, where the right side begins and ends, and its row."""

    name: Name
    at: int
    begin: int
    end: int
    row: int


@lru_cache(maxsize=256)
def read_rule(text: str, constants: frozenset[str]) -> Assignments:
    """What a text says, whose names without a line may be `constants`. Raises FormulaError, and nothing else, for any other.

    What it sets stands in lines, or between semicolons.
    """
    if len(text) > LONGEST:
        raise FormulaError(f"a rule has at most {LONGEST} characters; this has {len(text)}", text, LONGEST)
    check_characters(text, "\n")
    pieces = _pieces(text)
    if not pieces:
        raise FormulaError(f"there is no rule yet: type one, as {EXAMPLE}", text, len(text))
    firsts = {piece.name.name: piece for piece in pieces if piece.name.when == "first"}
    own = [piece for piece in pieces if piece.name.when != "first"]
    assigned = frozenset(piece.name.name for piece in own)
    _check_names(text, pieces)
    if not own or own[-1].name.name != "theta":
        last = next((piece for piece in own if piece.name.name == "theta"), None)
        words = "theta moves in the last line; before it other lines may read where it is"
        missing = f"no line says where theta goes: end with one, as {EXAMPLE}"
        raise FormulaError(words if last else missing, text, last.at if last else len(text))
    free = constants - {FIELDS.get(name, name) for name in assigned}
    begin = frozenset({"g", "theta", "t", "eta"}) | free
    assigned -= {"theta"}
    known = begin | assigned | {name + BEFORE for name in assigned}
    names = Names(known, frozenset(), EXAMPLE.partition("= ")[2], assigned)
    lines, nodes = [], 0
    for piece in own:
        reader = Reader(text, names, piece.begin, piece.end, nodes)
        lines.append(Line(piece.name.name, reader.whole(), piece.row))
        nodes = reader.nodes
    trees = {}
    for name, piece in firsts.items():
        reader = Reader(text, Names(free, frozenset(), "0.1"), piece.begin, piece.end, nodes)
        trees[name], nodes = reader.whole(), reader.nodes
    return _assembled(text, lines, trees, {piece.name.name: piece for piece in own}, firsts, free)


def _pieces(text: str) -> list[_Piece]:
    found, at = [], 0
    for part in re.split(r"(\n|(?<!\\);)", text):
        end, begin = at + len(part), at + len(part) - len(part.lstrip(" "))
        if part.strip(" ;\n"):
            name = name_at(text, begin, end)
            sets = SETS.match(text, name.end if name else begin, end)
            if not name or not sets:
                words = f"a line sets a name: write m = ... or theta = ..., as in {EXAMPLE}"
                raise FormulaError(words, text, name.end if name and name.end < end else begin)
            found.append(_Piece(name, begin, sets.end(), end, text.count("\n", 0, begin) + 1))
        at = end
    return found


def _check_names(text: str, pieces: Sequence[_Piece]) -> None:
    seen: set[tuple[str, str]] = set()
    for piece in pieces:
        name, when, _ = piece.name
        if name in GIVEN:
            raise FormulaError(f"{name} is {GIVEN[name]}, which a rule is given: choose another name", text, piece.at)
        if when == "before" or (when == "first" and name == "theta"):
            raise FormulaError(f"a line says what {name} becomes: write {name} = ...", text, piece.at)
        if (name, when) in seen:
            raise FormulaError(f"{name} has a line already: choose another name, as {name}_hat", text, piece.at)
        seen.add((name, when))


def _assembled(
    text: str,
    lines: Sequence[Line],
    firsts: Mapping[str, Node],
    places: Mapping[str, _Piece],
    beginnings: Mapping[str, _Piece],
    free: frozenset[str],
) -> Assignments:
    names = [line.name for line in lines[:-1]]
    read_early = {
        letter.removesuffix(BEFORE)
        for k, line in enumerate(lines)
        for letter in line.tree.letters
        if letter.endswith(BEFORE) or letter in names[k:]
    }
    remembered = tuple(name for name in names if name in read_early)
    if len(remembered) > MOST_REMEMBERED:
        words = f"a rule remembers at most {MOST_REMEMBERED} numbers, and this is one more"
        raise FormulaError(words, text, places[remembered[MOST_REMEMBERED]].at)
    for name, piece in beginnings.items():
        if name not in remembered:
            words = f"{name} is not remembered, so it has no first value: no line reads what the step before made of it"
            raise FormulaError(words, text, piece.at)
    now = {name: Node("letter", name=name) for name in ("g", "theta", "t", "eta", *free, *remembered)}
    now |= {name + BEFORE: now[name] for name in remembered}
    made = []
    for line in lines[:-1]:
        now[line.name] = _computed(line.tree, now, free)
        made.append(now[line.name])
    factors, results = _parted(lines[-1].tree)
    given = tuple(_computed(tree, now, free) for tree in results)
    kept = tuple(now[name] for name in remembered)
    used = frozenset().union(*(line.tree.letters for line in lines), *(tree.letters for tree in firsts.values()))
    return Assignments(
        tuple(lines[:-1]),
        lines[-1],
        remembered,
        firsts,
        tuple(sorted(used & free)),
        factors,
        results,
        tuple(made),
        given,
        kept,
        listed(*made, *given, *kept),
    )


def _parted(tree: Node) -> tuple[bool, tuple[Node, Node, Node]]:
    """How theta moves: whether the rate is a factor of its last term, and direction, scale and decay."""
    one, nothing, theta = number(1.0), number(0.0), "theta"
    left, step = (tree.args[0], tree.args[1]) if tree.op in ("add", "subtract") else (tree, nothing)
    if tree.op == "add":
        step = Node("negative", (step,))
    decay = nothing
    if left.op in ("add", "subtract") and left.args[0].name == theta:
        decay = left.args[1] if left.op == "subtract" else Node("negative", (left.args[1],))
    elif left.op == "multiply" and (shrunk := _shrunk(*left.args) or _shrunk(*reversed(left.args))):
        decay = shrunk
    elif left.name != theta:
        return False, (Node("subtract", (Node("letter", name=theta), tree)), one, nothing)
    above: list[Node] = []
    below: list[Node] = []
    node = step
    while node.op in ("multiply", "divide"):
        (above if node.op == "multiply" else below).append(node.args[1])
        node = node.args[0]
    if node.name != "eta":
        return False, (step, one, decay)
    if len(above) == 1 and not below and above[0].op == "divide":
        # eta times a fraction.
        above, below = [above[0].args[0]], [above[0].args[1]]
    direction, scale = (reduce(_times, reversed(factors)) if factors else one for factors in (above, below))
    return True, (direction, scale, decay)


def _shrunk(theta: Node, share: Node) -> Node | None:
    """What theta (1 - u) is less than theta."""
    if theta.name == "theta" and share.op == "subtract" and share.args[0].is_number(1.0):
        return _times(share.args[1], theta)
    return None


def _times(left: Node, right: Node) -> Node:
    return Node("multiply", (left, right))


def _computed(tree: Node, now: Mapping[str, Node], constants: frozenset[str]) -> Node:
    """A tree with nodes in the places of its letters, as it is worked out.

    A square in a product is taken factor by factor, from left to right, as the methods beside it write it: a g^2 is (a g) g. A
    whole exponent that counts with the step is taken as they take it, too.
    """
    new: dict[int, Node] = {}
    for node in listed(tree):
        args = tuple(new[id(a)] for a in node.args)
        if node.op == "letter":
            made = now[node.name]
        elif node.op == "multiply" and node.args[1].op == "power" and args[1].args[1].is_number(2.0):
            base = args[1].args[0]
            made = _times(_times(args[0], base), base)
        elif node.op == "power":
            base, exponent = args
            made = _power(base, exponent, constants)
        else:
            made = Node(node.op, args, node.value, node.name) if args else node
        new[id(node)] = made
    return new[id(tree)]


def _power(base: Node, exponent: Node, constants: frozenset[str]) -> Node:
    if "t" in exponent.letters and _is_whole(exponent):
        return Node("counted", (base, exponent))
    return Node("power" if exponent.letters <= constants else "raised", (base, exponent))


def _is_whole(node: Node) -> bool:
    """Whether a number is whole in every step."""
    if node.op == "number":
        return node.value.is_integer()
    if node.op in ("add", "subtract", "multiply", "negative"):
        return all(map(_is_whole, node.args))
    return node.op == "letter" and node.name == "t"
