"""Data that somebody brings: pasted, chosen as a file, refused in words, carried by the link or asked for again."""

import csv
import io
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from app.experiment import surface_of
from surfaces import Data
from surfaces.bases.table import MOST_ROWS, points_in
from tests.test_own_data import HOSTILE, REFUSED

from .driver import (
    CONTOUR,
    assert_losses,
    choose,
    experiment_of,
    last_step,
    open_app,
    repainted,
    seek,
    sidebar,
    times_painted,
)

GERMAN = "Größe;<b>Preis</b>\n1,5;10,25\n2,5;11\n-0,5;12,125\n4;13\n5;17,5\n"


def field(page: Page) -> Locator:
    return sidebar(page).get_by_role("textbox", name="Rows, the target last")


def said(page: Page) -> Locator:
    return sidebar(page).locator(".ravine-intake [role=alert]")


def pasted(page: Page, text: str) -> None:
    """Paste as a spreadsheet's cells are."""
    field(page).evaluate(
        """(field, text) => {
            const clipboardData = new DataTransfer();
            clipboardData.setData("text/plain", text);
            field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
        }""",
        text,
    )


def brought(page: Page, content: bytes, name: str = "some.csv") -> None:
    page.locator(".ravine-intake input[type=file]").set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": content}
    )


def surface(page: Page) -> Data:
    shown: Any = surface_of(experiment_of(page).surface)
    assert isinstance(shown, Data)
    return shown


def test_data_are_pasted_brought_refused_and_linked(page: Page) -> None:
    open_app(page)
    with repainted(page):
        choose(page, "Surface", "Your data")
    # A classic set, with one click.
    with repainted(page):
        choose(page, "Begin from", "Lee's ten Pokémon")
    assert dict(experiment_of(page).surface.fields) == {"table": "pokemon"}
    expect(field(page)).to_have_value(
        "".join([*"CP,CP after evolution\n".splitlines(True), surface(page).points_given.csv().partition("\n")[2]])
    )
    # Cells of a German spreadsheet; what is in a name is text.
    with repainted(page):
        pasted(page, GERMAN)
    one = surface(page)
    assert one.points_given.names == ("Größe", "<b>Preis</b>")
    np.testing.assert_array_equal(one.points_given.y, [10.25, 11, 12.125, 13, 17.5])
    seek(page, last_step(page))
    assert_losses(page, experiment_of(page), last_step(page))
    assert page.locator("b", has_text="Preis").count() == 0
    # What is wrong is said, with its row and column; what came stays, and so does the last picture.
    before, painted = page.url, times_painted(page, CONTOUR)
    for name in ("missing", "a formula", "thousands", "three classes", "one column"):
        given, words = REFUSED[name]
        assert isinstance(given, str)
        pasted(page, given)
        expect(said(page)).to_contain_text(words)
    for name in ("xlsx", "utf-16, cut", "nul", "no encoding"):
        brought(page, bytes(REFUSED[name][0]))
        expect(said(page)).to_contain_text(REFUSED[name][1])
    # Too much never leaves the browser.
    brought(page, b"\xa5" * 10_000_000)
    expect(said(page)).to_contain_text("10.0 MB are too much")
    assert page.url == before
    assert times_painted(page, CONTOUR) == painted
    # A file with two classes; its names are no formulas in the file that is saved.
    file = "=SUM(A1),@b,class\n" + "".join(f"{k % 5},{k % 7},{'=no' if (k * k) % 3 else '+yes'}\n" for k in range(40))
    with repainted(page):
        brought(page, file.encode("utf-16"))
    expect(said(page)).to_be_empty()
    one = surface(page)
    assert (one.regression, one.points_given.names, one.classes) == (
        "logistic",
        ("=SUM(A1)", "@b", "class"),
        ("+yes", "=no"),
    )
    with page.expect_download() as saved:
        sidebar(page).get_by_role("button", name="Save as CSV").click()
    content = saved.value.path().read_text(encoding="utf-8")
    assert content.startswith("'=SUM(A1),'@b,class\n")
    assert {row[2] for row in csv.reader(io.StringIO(content))} == {"class", "'=no", "'+yes"}
    # Another column in a role.
    sidebar(page).get_by_text("Columns", exact=True).click()
    with repainted(page):
        choose(page, "Second feature", "none: the bias")
    assert surface(page).axes == ("w", "b")
    with repainted(page):
        choose(page, "Feature", "@b")
    assert surface(page).points_given.names == ("@b", "class")
    # More than a link carries: it says so, the pictures have all of it, and who opens the link is asked for the file.
    rng = np.random.default_rng(0)
    many = "u,v,z\n" + "".join(f"{a!r},{b!r},{2 * a - b!r}\n" for a, b in rng.normal(size=(MOST_ROWS + 5, 2)).tolist())
    with repainted(page):
        brought(page, many.encode())
    expect(sidebar(page).get_by_text("more than a link holds")).to_be_visible()
    expect(sidebar(page).get_by_text("The first 1,000 of 1,005 rows")).to_be_visible()
    assert "kept." in page.url
    assert len(page.url) < 1000
    with repainted(page):
        sidebar(page).get_by_role("switch", name="Normalize features").locator("xpath=ancestor-or-self::label").click()
    assert "kept." in page.url
    fresh = page.context.new_page()
    open_app(fresh, page.url.partition("?")[2])
    expect(fresh.get_by_test_id("stToast").first).to_contain_text("choose their file")
    with repainted(fresh):
        brought(fresh, many.encode())
    assert fresh.url == page.url


@pytest.mark.parametrize("name", ["a bomb", "markup"])
def test_a_link_that_lies_leaves_a_running_page(tab: Page, name: str) -> None:
    from urllib.parse import quote

    open_app(tab, f"surface={quote(f'data~table~{HOSTILE[name][:4000]}')}&steps=20")
    expect(tab.get_by_test_id("stToast").first).to_be_visible()
    expect(field(tab)).to_be_visible()
    assert points_in(field(tab).input_value()).names == ("x", "y")
