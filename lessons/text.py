"""Sentences: Markdown without HTML as a small tree, and that tree as plain text or as safe HTML.

Markdown is read by markdown-it-py (MIT, CommonMark). Of what it finds only paragraphs, lists, strong, emphasis, code and
links to the web are taken; all else is complained about. Nothing of a text is ever evaluated.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from html import escape

from markdown_it import MarkdownIt
from markdown_it.token import Token

from lessons.model import Block, Quantity, Span, Words

MARKDOWN = MarkdownIt("commonmark", {"html": False}).disable(["image", "autolink", "html_block", "html_inline"])
# What stands between braces, and what looks like HTML.
BRACES = re.compile(r"\{([^{}]*)\}")
MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>|<!--")
# Tokens of inline Markdown that hold others.
HOLDING = {"strong_open": "strong", "em_open": "emphasis", "link_open": "link"}
ALLOWED = "A lesson's text holds paragraphs, lists, **strong**, *emphasis*, `code` and [links](https://…)"
TAGS = {"paragraph": "p", "bullets": "ul", "numbers": "ol"}
# What is told of what is wrong, and in which line.
Complain = Callable[[int, str], None]


def tokens(text: str) -> list[Token]:
    """The blocks of a Markdown text."""
    return MARKDOWN.parse(text)


def words_of(text: str, line: int, complain: Complain) -> Words:
    """One line of inline Markdown, which stands in `line` of its file."""
    inline = MARKDOWN.parseInline(text)
    return inlines(inline[0], line, complain) if inline else ()


def inlines(token: Token, line: int, complain: Complain) -> Words:
    """The spans of an inline token that begins in `line`."""
    return _Reader(line, complain).read(iter(token.children or []), "")


class _Reader:
    """Reads one run of inline tokens, counting lines as they break."""

    def __init__(self, line: int, complain: Complain) -> None:
        self.line, self.complain = line, complain

    def read(self, children: Iterator[Token], until: str) -> Words:
        """The spans up to the token that closes."""
        found: list[Span] = []
        for token in children:
            if token.type == until:
                break
            found += self._one(token, children)
        return tuple(found)

    def _one(self, token: Token, children: Iterator[Token]) -> list[Span]:
        if token.type in ("softbreak", "hardbreak"):
            self.line += 1
            return [Span("text", " ", line=self.line)]
        if token.type in ("text", "text_special"):
            return self._text(token.content)
        if token.type == "code_inline":
            return [Span("code", token.content, line=self.line)]
        if token.type in HOLDING:
            line, href = self.line, str(token.attrs.get("href", ""))
            inside = self.read(children, token.type.replace("_open", "_close"))
            if token.type == "link_open" and not href.startswith("https://"):
                self.complain(line, f"a link must begin with https://; got {href[:60]!r}")
            return [Span(HOLDING[token.type], inside=inside, href=href, line=line)]  # type: ignore[arg-type]
        self.complain(self.line, f"{token.type} is not taken. {ALLOWED}")
        return []

    def _text(self, text: str) -> list[Span]:
        if MARKUP.search(text):
            self.complain(self.line, f"HTML is not taken. {ALLOWED}")
        made: list[Span] = []
        for i, part in enumerate(BRACES.split(text)):
            # What was between braces stands at every other place.
            if i % 2 or part:
                made.append(Span("named" if i % 2 else "text", part.strip() if i % 2 else part, line=self.line))
        if any("{" in span.text or "}" in span.text for span in made if span.kind == "text"):
            self.complain(self.line, "a brace is open; braces name quantities, like {good.rate}")
        return made


def mapped(words: Words, change: Callable[[Span], Span]) -> Words:
    """The same words with each span that names a quantity changed."""
    return tuple(
        change(span) if span.kind == "named" else replace(span, inside=mapped(span.inside, change)) for span in words
    )


def mapped_blocks(blocks: Iterable[Block], change: Callable[[Span], Span]) -> tuple[Block, ...]:
    """The same of blocks."""
    return tuple(replace(block, items=tuple(mapped(words, change) for words in block.items)) for block in blocks)


def spans(words: Words) -> Iterator[Span]:
    """Every span, those inside others too."""
    for span in words:
        yield span
        yield from spans(span.inside)


def lines_of(blocks: Iterable[Block]) -> list[Words]:
    """The words of every paragraph and of every item of a list."""
    return [words for block in blocks for words in block.items]


def plain(words: Words) -> str:
    """The words as plain text; a quantity as it is shown."""
    return "".join(
        span.quantity.shown if span.quantity else plain(span.inside) if span.inside else _own(span) for span in words
    )


def _own(span: Span) -> str:
    return f"{{{span.text}}}" if span.kind == "named" else span.text


def as_html(words: Words) -> str:
    """The words as HTML: everything escaped, a quantity that has a step as a button with that step, its side and its slot.

    A number, or a word that opens its meaning, stays on one line with a mark right behind it or a bracket before it.
    """
    made = ""
    for k, span in enumerate(words):
        mark = MARK.match(words[k + 1].text) if k + 1 < len(words) and words[k + 1].kind == "text" else None
        if span.kind == "text":
            before = words[k - 1] if k else None
            taken = MARK.match(span.text) if before is not None and before.kind != "text" else None
            made += escape(span.text[taken.end() :] if taken else span.text)
            continue
        bracket = "(" if made.endswith("(") else ""
        whole = f"{bracket}{_html(span)}{escape(mark[0]) if mark else ''}"
        made = made.removesuffix(bracket)
        made += f'<span class="rv-joined">{whole}</span>' if (bracket or mark) and span.kind != "link" else whole
    return made


def blocks_as_html(blocks: Sequence[Block]) -> str:
    """The same of paragraphs and lists."""
    made = []
    for block in blocks:
        tag = TAGS[block.kind]
        inside = "".join(f"<li>{as_html(words)}</li>" for words in block.items)
        made.append(f"<{tag}>{as_html(block.items[0]) if tag == 'p' else inside}</{tag}>")
    return "".join(made)


# What never begins a line.
MARK = re.compile(r"[.,;:!?)]+")


def _html(span: Span) -> str:
    inside = as_html(span.inside)
    match span.kind:
        case "strong":
            return f"<strong>{inside}</strong>"
        case "emphasis":
            return f"<em>{inside}</em>"
        case "code":
            return f"<code>{escape(span.text)}</code>"
        case "link":
            return f'<a href="{escape(span.href)}" rel="noopener noreferrer" target="_blank">{inside}</a>'
    return _quantity_html(span.quantity) if span.quantity else escape(_own(span))


def _quantity_html(quantity: Quantity) -> str:
    shown = escape(quantity.shown)
    if quantity.at is None:
        return f'<span class="ravine-quantity">{shown}</span>'
    run = f' data-side="{quantity.run.side}" data-slot="{quantity.run.slot}"' if quantity.run else ""
    return f'<button type="button" class="ravine-quantity" data-step="{quantity.at}"{run}>{shown}</button>'
