"""Formulas as the screen shows them, read as mathematics again: what a reader would work out with a pencil.

A small grammar of its own, so that a formula that is written wrongly is worked out wrongly.
"""

import math
import re
from typing import Any

import numpy as np

TOKEN = re.compile(
    r"\\htmlClass\{[a-z-]+\}|\\left[(|]|\\right[)|]|\\operatorname\{[a-z]+\}|\\text(?:style)?(?:\{[a-z ]+\})?|\\begin\{cases\}|"
    r"\\end\{cases\}|\\\\|\\[a-zA-Z]+|\\,|«\d+»|\d+\.?\d*|[-+^_{}=<>&,]"
)


def worked_out(formula: str, values: list[Any]) -> Any:
    """The value of a filled formula, its slots «k» standing for `values[k]`."""
    tokens = [t for t in TOKEN.findall(formula) if t not in (r"\,", r"\textstyle")]
    left = re.sub(r"\s", "", TOKEN.sub("", formula))
    assert not left, f"{left!r} of {formula!r} was not understood"
    reader = _Reader(tokens, values)
    result = reader.comparison()
    assert reader.at == len(tokens), f"{formula!r} ends at {reader.tokens[reader.at :]}"
    return result


class _Reader:
    def __init__(self, tokens: list[str], values: list[Any]) -> None:
        self.tokens, self.values, self.at = tokens, values, 0

    @property
    def next(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, *wanted: str) -> str:
        token = self.next
        assert not wanted or token in wanted, f"{token!r} where one of {wanted} was due in {self.tokens}"
        self.at += 1
        return token

    def comparison(self) -> Any:
        left = self.sum()
        compare = {">": np.greater, "<": np.less, r"\ge": np.greater_equal, r"\le": np.less_equal, "=": np.equal}
        if self.next in compare:
            return compare[self.take()](left, self.sum())
        return left

    def sum(self) -> Any:
        total = self.product()
        while self.next in ("+", "-"):
            total = total + self.product() if self.take() == "+" else total - self.product()
        return total

    def product(self) -> Any:
        if self.next == "-":
            self.take()
            return -self.product()
        if self.next == r"\sum":
            self.take()
            return np.sum(self.product())
        total = self.power()
        while True:
            if self.next in (r"\cdot", r"\bmod"):
                total = total * self.power() if self.take() == r"\cdot" else total % self.power()
            elif self.next.startswith((r"\htmlClass", r"\left", r"\sqrt", r"\frac", r"\operatorname", "«")):
                total = total * self.power()
            else:
                return total

    def power(self) -> Any:
        base = self.atom()
        if self.next == "^":
            self.take()
            exponent = self.group() if self.next == "{" else float(self.take())
            return base**exponent
        return base

    def group(self) -> Any:
        self.take("{")
        value = self.sum()
        self.take("}")
        return value

    def parenthesis(self) -> list[Any]:
        self.take(r"\left(")
        values = [self.comparison()]
        while self.next == ",":
            self.take()
            values.append(self.comparison())
        self.take(r"\right)")
        return values

    def cases(self) -> Any:
        rows = []
        while True:
            value = self.sum()
            self.take("&")
            rows.append((value, True if self.next == r"\text{else}" and self.take() else self.comparison()))
            if self.take("\\\\", r"\end{cases}") == r"\end{cases}":
                break
        result = rows[-1][0]
        for value, test in reversed(rows[:-1]):
            result = np.where(test, value, result)
        return result

    def atom(self) -> Any:
        token = self.take()
        if token.startswith(r"\htmlClass"):
            return self.group()
        if token.startswith("«"):
            return self.values[int(token[1:-1])]
        if token[0].isdigit():
            return float(token)
        match token:
            case "-":
                return -self.atom()
            case r"\left(":
                self.at -= 1
                return self.parenthesis()[0]
            case r"\left|":
                value = self.sum()
                self.take(r"\right|")
                return np.abs(value)
            case r"\frac":
                return self.group() / self.group()
            case r"\sqrt":
                return np.sqrt(self.group())
            case r"\max":
                return np.maximum(*self.parenthesis())
            case r"\min":
                return np.minimum(*self.parenthesis())
            case r"\exp":
                return np.exp(*self.parenthesis())
            case r"\ln":
                return np.log(*self.parenthesis())
            case r"\operatorname{sign}":
                return np.sign(*self.parenthesis())
            case r"\begin{cases}":
                return self.cases()
        raise AssertionError(f"{token!r} was not understood")


def about(value: float, digits: int = 4) -> float:
    """How far a number may be off that was written with so many digits."""
    return 10.0 ** (math.floor(math.log10(abs(value) or 1.0)) - digits + 1)
