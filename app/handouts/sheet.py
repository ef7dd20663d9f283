"""A page of plain HTML in the app's type and colours, light, dark and printed; nothing of it runs."""

from html import escape
from pathlib import Path

import streamlit as st

from app.handouts.colours import COLOURS, MODES
from app.player import BASE, PREFIX

MEDIA = Path(st.__file__).parent / "static" / "static" / "media"
# How the app's typefaces are called, and the files in which Streamlit brings them.
FACES = {
    "Source Sans": ("SourceSansVF-Upright", "normal"),
    "Source Serif": ("SourceSerifVariable-Roman", "normal"),
    "Source Code": ("SourceCodeVF-Upright", "normal"),
}
SHEET = Path(__file__).with_name("sheet.css")
# The pages beside the app, under their addresses.
GALLERY, WORKSHEET, PLAN = "gallery", "worksheet", "plan"


def _faces() -> str:
    """The typefaces that are there; without them the page has the system's."""
    rules = []
    for name, (file, style) in FACES.items():
        for path in sorted(MEDIA.glob(f"{file}.*.woff2"))[:1]:
            rules.append(
                f'@font-face {{ font-family: "{name}"; font-style: {style}; font-weight: 200 900; font-display: swap; '
                f'src: url("{BASE}/static/media/{path.name}") format("woff2"); }}'
            )
    return "\n".join(rules)


def _style() -> str:
    style = SHEET.read_text(encoding="utf-8")
    for mode in MODES:
        colours = COLOURS[mode]
        named = {name: getattr(colours, name) for name in ("page", "card", "text", "muted", "accent", "line", "soft")}
        named |= {f"run-{slot}": colour for slot, colour in enumerate(colours.runs, 1)}
        style = style.replace(f"{{{mode}}}", " ".join(f"--{name}: {colour};" for name, colour in named.items()))
    return f"{_faces()}\n{style}"


STYLE = _style()


def page(title: str, body: str) -> str:
    """The whole page; `body` is HTML already, the title is not."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · Ravine</title>"
        f'<link rel="icon" href="{PREFIX}/images/mark.svg" type="image/svg+xml">'
        f"<style>{STYLE}</style></head><body>{body}</body></html>\n"
    )


def top(title: str, *links: tuple[str, str]) -> str:
    """What stands at the top of a page: its title, and links to others, which are not printed."""
    ways = "".join(f'<a href="{escape(to)}">{escape(words)}</a>' for words, to in links)
    return f'<header class="top"><h1>{escape(title)}</h1><nav>{ways}</nav></header>'


def small(name: str, alt: str = "", size: int = 92) -> str:
    """A small picture by its name, `lessons/one-rate` or `gallery/half`, light or dark as the page is."""
    light, dark = (f"{PREFIX}/images/{name}-{mode}.png" for mode in MODES)
    return (
        f'<picture><source srcset="{dark}" media="screen and (prefers-color-scheme: dark)">'
        f'<img src="{light}" width="{size}" height="{size}" alt="{escape(alt)}"></picture>'
    )


def link(page_name: str, query: str) -> str:
    """Where an experiment is in the app, seen from one of these pages; `query` is a link as an entry writes it."""
    path = "" if page_name == "playground" else page_name
    return f"./{path}?{query.rpartition('?')[2]}"


def lesson_link(slug: str) -> str:
    """Where a lesson is in the app, seen from one of these pages."""
    return f"./lessons?lesson={slug}"


def worksheet_link(slug: str) -> str:
    """Where a lesson's worksheet is."""
    return f"./{WORKSHEET}?lesson={slug}"
