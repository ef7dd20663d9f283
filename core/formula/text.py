"""From text to a tree: what may be typed, and in plain words what may not. docs/formulas.md has the grammar as a table."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import e, pi
from typing import NamedTuple, NoReturn

from core.entry import LONGEST
from core.formula.nodes import MOST_PRODUCTS, Node, listed, number, worth

# What a text may have: characters, parts of its tree, brackets in brackets, and how large its numbers may be.
MOST_NODES, DEEPEST, LARGEST = 120, 24, 1e12
COORDINATES = "xy"
# Single letters that stand for a number which can be set.
CONSTANTS = "abcdfghijklmnopqrsuvw"
NUMBERS = {"e": e, "pi": pi}
# What may be called, with how many arguments.
ONE_ARGUMENT = (
    *("sin", "cos", "tan", "exp", "log", "sqrt", "abs", "tanh", "cosh", "sinh", "atan"),
    *("sigmoid", "softplus", "relu", "sign", "floor"),
)
FUNCTIONS = dict.fromkeys(ONE_ARGUMENT, 1) | {"min": 2, "max": 2, "mod": 2}
# Other names of the same.
ALIASES = {"ln": "log", "arctan": "atan", "sigma": "sigmoid"}
SPOKEN = {1: "one argument", 2: "two arguments"}

TOKEN = re.compile(
    r"""(?P<space>\s+ | \\[,;:!\ ] | \\(?:left|right|[bB]igg?[lr]?|q?quad|displaystyle)(?![a-zA-Z]))
    | (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    | (?P<coordinate>x_(?:[12]|\{[12]\}))
    | \\(?:operatorname\*?|mathrm)\s*\{(?P<named>[a-zA-Z]+)\}
    | \\(?P<command>[a-zA-Z]+)
    | (?P<word>[a-zA-Z]+)
    | (?P<sign>\*\*|[-+*/^(){}\[\]|,])""",
    re.VERBOSE,
)
# What stands in front of the formula itself: "f(x, y) =".
HEAD = re.compile(r"\s*[fz]\s*(\(\s*x\s*(,\s*y\s*)?\)\s*)?=")
COMMANDS = {"cdot": "*", "times": "*", "div": "/", "lvert": "|", "rvert": "|", "vert": "|"}
FRACTIONS = ("frac", "dfrac", "tfrac")
PAIRS = {"(": ")", "[": "]", "{": "}"}
COMMA = "a comma parts the arguments of min, max and mod; a number has a point, as in 1.5"


@dataclass(frozen=True)
class Letters:
    """The letters that a formula may be made of: `known` ones, of which the `coordinates` differ from place to place.

    `example` is what to type where there is nothing yet.
    """

    known: frozenset[str]
    coordinates: frozenset[str]
    example: str

    def parted(self, word: str) -> bool:
        """Whether letters that stand together are a product: a x^2 of ax^2."""
        return bool(re.fullmatch(f"[{CONSTANTS}{COORDINATES}][{COORDINATES}]+", word))

    def called(self, text: str, at: int) -> tuple[str, int] | None:
        """The name that begins at a character, if names are more than letters here, and where it ends."""
        return None

    def instead(self, name: str) -> str:
        """What to write for a name that there is not."""
        return _instead(name)


# Those of a loss.
LOSS = Letters(frozenset(COORDINATES + "t" + CONSTANTS), frozenset(COORDINATES), "x^2 + 3 y^2")


class FormulaError(ValueError):
    """A text that is no formula: in plain words what is wrong, and at which of its characters, counted from 0."""

    def __init__(self, words: str, text: str, position: int) -> None:
        begin = text.rfind("\n", 0, position) + 1
        where = f"at character {position - begin + 1}" if position < len(text) else "at the end"
        if "\n" in text and position < len(text):
            where = f"in line {text.count(chr(10), 0, position) + 1} {where}"
        super().__init__(f"{words} ({where})")
        self.words, self.text, self.position = words, text, position

    def __reduce__(self) -> tuple[type, tuple[str, str, int]]:
        return FormulaError, (self.words, self.text, self.position)


class Token(NamedTuple):
    """A number, a word, a sign, or the end; `at` is where it begins."""

    kind: str
    text: str
    at: int


@lru_cache(maxsize=512)
def read(text: str) -> Node:
    """The tree of a formula in x, y, t and constants. Raises FormulaError, and nothing else, for any other text.

    Its length and its characters are looked at before anything else is.
    """
    if len(text) > LONGEST:
        raise FormulaError(f"a formula has at most {LONGEST} characters; this has {len(text)}", text, LONGEST)
    check_characters(text)
    head = HEAD.match(text)
    return Reader(text, LOSS, head.end() if head else 0, len(text)).whole()


def check_characters(text: str, others: str = "") -> None:
    """Raise FormulaError for a character that no formula has, unless it is one of `others`."""
    for at, character in enumerate(text):
        if not " " <= character <= "~" and character not in others:
            words = f"{character!r} is no character of a formula: use plain letters, digits and signs, as in x^2 + 3 y"
            raise FormulaError(words, text, at)


def _tokens(text: str, letters: Letters, at: int, stop: int) -> Iterator[Token]:
    single = 0
    while at < stop:
        name = letters.called(text, at)
        if name:
            yield Token("name", name[0], at)
            at, single = name[1], 0
            continue
        found = TOKEN.match(text, at, stop)
        if not found:
            sign = text[at]
            words = (
                f"{sign} stands in no formula: type what it comes to, as in {letters.example}"
                if sign in "=<>"
                else (f"{sign} has no meaning in a formula")
            )
            raise FormulaError(words, text, at)
        kind, end = found.lastgroup or "", found.end()
        part = found[kind]
        if kind == "number":
            if single and part[0] != ".":
                # \frac12 is a half.
                part, single = part[0], single - 1
                end = at + 1
            yield Token("number", part, at)
        elif kind in ("word", "named"):
            # Letters that stand together: a x^2 of ax^2.
            parted = letters.parted(part)
            yield from (Token("word", c, at + k) for k, c in enumerate(part)) if parted else (Token("word", part, at),)
        elif kind == "command" and part in COMMANDS:
            yield Token("sign", COMMANDS[part], at)
        elif kind == "command":
            if part not in FRACTIONS and part != "pi" and ALIASES.get(part, part) not in FUNCTIONS:
                raise FormulaError(f"\\{part} is unknown: {letters.instead(part)}", text, at)
            yield Token("fraction" if part in FRACTIONS else "word", part, at)
            single = 2 * (part in FRACTIONS)
        elif kind == "coordinate":
            yield Token("word", COORDINATES["12".index(part.strip("x_{}"))], at)
        elif kind == "sign":
            single = 0
            yield Token("sign", "^" if part == "**" else part, at)
        at = end
    yield Token("end", "", stop)


class Reader:
    """Descends from sums to products to powers. Each gives its node; a factor also says why nothing may be put beside it.

    It reads a text from one character to another; `nodes` counts on from what was read before.
    """

    def __init__(self, text: str, letters: Letters, begin: int, end: int, nodes: int = 0) -> None:
        self.text, self.letters = text, letters
        self.tokens = list(_tokens(text, letters, begin, end))
        self.k, self.nodes, self.depth = 0, nodes, 0
        # The brackets that are open; within bars the next bar closes.
        self.open: list[str] = []

    def whole(self) -> Node:
        if self.now.kind == "end":
            self.refuse(f"there is no formula yet: type one, as in {self.letters.example}")
        tree = self.sum()
        if self.now.text == ",":
            self.refuse(COMMA)
        if self.now.kind != "end":
            self.refuse(
                f"{self.now.text} closes nothing" if self.now.text in ")]}" else f"{self.now.text} has no place here"
            )
        return tree

    @property
    def now(self) -> Token:
        return self.tokens[self.k]

    def refuse(self, words: str, at: int | None = None) -> NoReturn:
        raise FormulaError(words, self.text, self.now.at if at is None else at)

    def took(self, *signs: str) -> str:
        """The sign that stands here, if it is one of these, which is then passed."""
        if self.now.kind != "sign" or self.now.text not in signs:
            return ""
        self.k += 1
        return self.tokens[self.k - 1].text

    def node(self, op: str, *args: Node) -> Node:
        self.nodes += 1
        if self.nodes > MOST_NODES:
            self.refuse(f"a formula has at most {MOST_NODES} numbers, letters and operations")
        return Node(op, args)

    def leaf(self, leaf: Node) -> Node:
        self.node(leaf.op)
        return leaf

    def sum(self) -> Node:
        left = self.product()
        while sign := self.took("+", "-"):
            left = self.node("add" if sign == "+" else "subtract", left, self.product())
        return left

    def product(self) -> Node:
        left, unclear = self.factor()
        while True:
            if self.took("*"):
                right, unclear = self.factor()
                left = self.node("multiply", left, right)
            elif self.took("/"):
                right, _ = self.factor()
                left, unclear = self.node("divide", left, right), "divided"
            elif self.begins():
                if self.now.kind == "number":
                    self.refuse(
                        f"{self.now.text} stands behind what it multiplies: write 2x or x*2, and x^2 for a square"
                    )
                called = bool(self.function())
                if unclear == "divided":
                    self.refuse("1/2x is (1/2) x to some and 1/(2 x) to others: write brackets, or * between")
                if unclear and not called:
                    self.refuse(f"{unclear}: write brackets")
                right, unclear = self.factor()
                left = self.node("multiply", left, right)
            else:
                return left

    def begins(self) -> bool:
        """Whether a factor begins here, so that a product is meant."""
        if self.now.kind == "sign":
            # x[0] is no product.
            return self.now.text in ("(", "{") or (self.now.text == "|" and "|" not in self.open[-1:])
        return self.now.kind != "end"

    def function(self) -> str:
        """The function whose name stands here, empty where none does."""
        name = ALIASES.get(self.now.text, self.now.text)
        return name if self.now.kind == "word" and name in FUNCTIONS else ""

    def factor(self) -> tuple[Node, str]:
        """A signed power; and why it is unclear what a factor beside it would belong to, empty where it is clear."""
        self.depth += 1
        if self.depth > DEEPEST:
            self.refuse(f"brackets, signs and exponents lie at most {DEEPEST} deep in one another")
        try:
            if sign := self.took("+", "-"):
                inner, unclear = self.factor()
                if sign == "+":
                    return inner, unclear
                return (number(-inner.value) if inner.plain else self.node("negative", inner)), unclear
            name = self.function()
            if name:
                called, unclear = self.call(name)
                return (called, unclear) if unclear else self.powered(called)
            return self.powered(self.atom())
        finally:
            self.depth -= 1

    def powered(self, base: Node) -> tuple[Node, str]:
        """A base with its exponent, where one follows."""
        if not self.took("^"):
            return base, ""
        at, bracketed = self.now.at, self.now.text in PAIRS
        exponent, unclear = self.factor()
        if not bracketed and not base.letters:
            said = base.name or f"{base.value:g}"
            unclear = unclear or f"{said}^2x is {said}^(2 x) to some and {said}^2 x to others"
        if base.name == "e" and base.op == "number":
            return self.node("exp", exponent), unclear
        return self.power(base, exponent, at), unclear

    def power(self, base: Node, exponent: Node, at: int) -> Node:
        if not exponent.letters:
            value = _constant(exponent)
            if value is None or abs(value) > MOST_PRODUCTS:
                self.refuse(f"a constant exponent lies between -{MOST_PRODUCTS} and {MOST_PRODUCTS}", at)
            if value == 0.5:
                return self.node("sqrt", base)
        if exponent.letters & self.letters.coordinates:
            return self.node("raised", base, exponent)
        return self.node("power", base, exponent)

    def call(self, name: str) -> tuple[Node, str]:
        """A function of its arguments, in brackets or bare."""
        typed = self.now
        self.k += 1
        exponent = None
        if self.took("^"):
            at = self.now.at
            exponent = (
                self.bracketed() if self.now.text in PAIRS else self.atom() if self.now.kind == "number" else None
            )
            if exponent is None or not exponent.plain or exponent.value < 1:
                self.refuse(f"{typed.text}^2 x is a square; of any other power write ({typed.text}(x))^...", at)
        if name == "sqrt" and self.text[typed.at] == "\\" and self.now.text == "[":
            self.refuse("of roots there is only the square root: write (...)^(1/3)")
        unclear = ""
        if self.now.text in PAIRS:
            args = self.arguments()
        elif FUNCTIONS[name] > 1 or not self.begins():
            self.refuse(
                f"{typed.text} needs {SPOKEN[FUNCTIONS[name]]}: write {typed.text}(x{', y' * (FUNCTIONS[name] - 1)})"
            )
        else:
            args = [self.bare()]
            unclear = f"{typed.text} x y is {typed.text}(x) y to some and {typed.text}(x y) to others"
        wanted = FUNCTIONS[name]
        if len(args) != wanted and not (name in ("min", "max") and len(args) > wanted):
            self.refuse(f"{typed.text} needs {SPOKEN[wanted]}, and has {len(args)}", typed.at)
        called = self.node(name, *args[:wanted])
        for more in args[wanted:]:
            called = self.node(name, called, more)
        return (self.power(called, exponent, typed.at) if exponent else called), unclear

    def bare(self) -> Node:
        """An argument without brackets: one factor, or a number in front of a letter: 2x."""
        first, _ = self.factor()
        if first.plain and self.now.kind in ("word", "name") and not self.function():
            return self.node("multiply", first, self.factor()[0])
        return first

    def arguments(self) -> list[Node]:
        return self.inside(lambda: [self.sum(), *self.others()])

    def others(self) -> Iterator[Node]:
        while self.took(","):
            yield self.sum()

    def bracketed(self) -> Node:
        """What stands in brackets, of whatever kind."""
        return self.inside(lambda: [self.sum()])[0]

    def inside(self, content: Callable[[], list[Node]]) -> list[Node]:
        """What `content` reads behind the bracket, or bar, that stands here, up to the one that closes it."""
        start = self.now
        closing = PAIRS.get(self.took(start.text), "|")
        if closing != "|" and self.took(closing):
            self.refuse(f"nothing stands between {start.text} and {closing}", start.at)
        self.open.append(start.text)
        found = content()
        if not self.took(closing):
            if self.now.text == ",":
                self.refuse(COMMA)
            if self.now.kind == "end":
                self.refuse(f"{start.text} is not closed: {closing} is missing", start.at)
            self.refuse(f"{self.now.text} where {closing} should close what {start.text} opens")
        self.open.pop()
        return found

    def atom(self) -> Node:
        token = self.now
        if token.kind == "number":
            self.k += 1
            value = float(token.text)
            if value > LARGEST:
                self.refuse("a number is at most 1e12", token.at)
            return self.leaf(number(value))
        if token.kind == "fraction":
            self.k += 1
            above, below = (self.bracketed() if self.now.text == "{" else self.atom() for _ in range(2))
            return self.node("divide", above, below)
        if token.kind in ("word", "name"):
            self.k += 1
            return self.leaf(self.letter(token))
        if token.kind == "sign" and token.text in PAIRS:
            return self.bracketed()
        if token.kind == "sign" and token.text == "|":
            return self.node("abs", *self.inside(lambda: [self.sum()]))
        if token.kind == "end":
            self.refuse("something is missing at the end")
        self.refuse(f"a number, a letter or a bracket is missing before {token.text}")

    def letter(self, token: Token) -> Node:
        name = token.text
        if name in NUMBERS:
            return number(NUMBERS[name], name)
        if name in self.letters.known:
            return Node("letter", name=name)
        self.refuse(f"{name} is unknown: {self.letters.instead(name)}", token.at)


def _instead(name: str) -> str:
    """What to write for a name that there is not."""
    small = ALIASES.get(name.lower(), name.lower())
    if name == "z":
        return "use x and y, or another letter for a constant"
    if small in FUNCTIONS or small in NUMBERS or (len(name) == 1 and small in COORDINATES + CONSTANTS):
        return f"letters are small here, write {name.lower()}"
    if len(name) == 1:
        return "use x and y, and small letters for constants"
    if any(name.startswith(known) or name.endswith(known) for known in FUNCTIONS):
        return "part a function from what stands beside it by a blank, as in x sin(x)"
    if len(name) == 2 and set(name) <= set(CONSTANTS + COORDINATES):
        return f"for a product write {name[0]} {name[1]}"
    return "use x, y, single small letters for constants, and " + ", ".join(FUNCTIONS)


def _constant(tree: Node) -> float | None:
    """What a tree without letters is worth; None where that is no number."""
    (value,) = worth(listed(tree), {}, tree)
    return value if value - value == 0.0 else None
