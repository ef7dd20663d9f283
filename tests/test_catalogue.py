"""docs/catalogue.md says of every entry what its file declares, and is what `make catalogue` writes now."""

import re
from typing import Any

import pytest

from core.entry import Entry
from docs import catalogue
from optimizers import OPTIMIZERS
from surfaces import PENALTIES, SURFACES

ENTRIES = [(kind, entry) for kind in catalogue.KINDS for entry in kind.base.registry.values()]
every_entry = pytest.mark.parametrize(("kind", "entry"), ENTRIES, ids=[f"{k.title}-{e.slug}" for k, e in ENTRIES])

# Optimizers that no library is asked for, and why.
UNMATCHED = {
    "composed": "the lecture's own grid; the known methods among its combinations are entries of their own",
    "gradient_flow": "the curve that methods follow, not a method: an equation, which SciPy solves",
    "line_search": "the textbook's backtracking from the rate; libraries start and shorten by rules of their own",
    "update_rule": "whoever types it; its copies of other methods take their very steps, tests/test_update_rule.py",
    "newton": "the textbook's bare step; libraries guard it by a search or a trust region, so that it meets no saddle",
}


def section_of(page: str, kind: catalogue.Kind, entry: type[Entry]) -> str:
    """What the page says below an entry's heading, within its kind's part."""
    part = page.partition(f"\n## {kind.title}\n")[2]
    part = part.partition("\n## ")[0]
    found = re.split(r"^####? .*$", part.partition(f"\n{catalogue.heading(entry)}\n")[2], maxsplit=1, flags=re.M)[0]
    assert found, f"{entry.slug} has no section"
    return found


@pytest.fixture(scope="module")
def page() -> str:
    return catalogue.PAGE.read_text(encoding="utf-8")


def test_the_page_is_what_the_generator_gives_now(page: str) -> None:
    assert page == catalogue.page(), "an entry's declaration has changed: run `make catalogue`"
    assert "`make catalogue`" in page.splitlines()[2]


@every_entry
def test_a_section_says_all_that_an_entry_declares(page: str, kind: catalogue.Kind, entry: type[Entry]) -> None:
    said = section_of(page, kind, entry)
    for text in (
        entry.sentence(),
        entry.source,
        *(p.help for p in entry.params_with({}) if p not in kind.base.params() and "." not in p.name),
    ):
        assert catalogue.plain(text) in said
    assert f"```math\n{entry.tex}\n```" in said
    for p in (p for p in entry.params_with({}) if "." not in p.name):
        # What all entries of a kind have is said once, before the first family.
        once = p in kind.base.params()
        where = page.partition(f"\n## {kind.title}\n")[2].partition("\n### ")[0] if once else said
        (line,) = [line for line in where.splitlines() if line.startswith(f"- `{p.name} = ")]
        value = re.match(r"- `\w+ = (.*?)`", line)
        assert value is not None
        assert value[1].strip('"') == str(p.default).replace("\n", "; ")
        if p.inside is None and p.checks is None:
            assert p.allowed in line
        assert (f"`{p.name} = " in said) is not once
    # The further lines of a docstring, where libraries differ.
    for note in (entry.__doc__ or "").strip().split("\n\n")[1:]:
        assert catalogue.plain(" ".join(note.split())) in said


@pytest.mark.parametrize("slug", sorted(OPTIMIZERS))
def test_an_optimizer_names_its_library_or_there_is_a_reason(page: str, slug: str) -> None:
    entry = OPTIMIZERS[slug]
    said = section_of(page, catalogue.KINDS[0], entry)
    assert bool(entry.matched) is (slug not in UNMATCHED)
    assert all(f"`{name}`" in said for name in entry.matched.split("; ") if name)
    assert ("Matched to: no library" in said) is (slug in UNMATCHED)


@pytest.mark.parametrize("slug", sorted(SURFACES))
def test_a_surface_says_where_it_is_lowest(page: str, slug: str) -> None:
    surface = SURFACES[slug]()
    (line,) = [s for s in section_of(page, catalogue.KINDS[3], SURFACES[slug]).splitlines() if s.startswith("- Minima")]
    minima, lowest = line.removeprefix("- Minima: ").split("; lowest: ")
    numbers = [float(number) for number in re.findall(r"[-\d.]+", minima)]
    assert numbers == pytest.approx([c for minimum in surface.minima for c in minimum], abs=5.1e-7)
    if surface.lowest is None:
        assert lowest == "none known"
    else:
        assert float(lowest) == pytest.approx(surface.lowest, abs=5.1e-7)


def test_the_overview_counts_and_names_all_and_leads_to_their_sections(page: str) -> None:
    overview = page.partition("\n## ")[0]
    for kind in catalogue.KINDS:
        assert f"{len(kind.base.registry)} {kind.title.lower()}" in overview
        for family, entries in catalogue.families(kind):
            (row,) = [line for line in overview.splitlines() if f"[{family}](#{kind.title.lower()}-" in line]
            count, names = (cell.strip() for cell in row.split("|")[3:5])
            assert int(count) == len(entries)
            assert names.split(" · ") == sorted((entry.name for entry in entries), key=str.lower)
    headings = [line.lstrip("#").strip() for line in page.splitlines() if line.startswith("#")]
    anchors = [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings]
    assert len(set(anchors)) == len(anchors)
    assert set(re.findall(r"\]\(#(.*?)\)", page)) <= set(anchors)


def test_what_all_surfaces_share_is_the_penalties() -> None:
    assert tuple(p.name for p in catalogue.KINDS[3].base.params()) == PENALTIES


def test_what_is_left_out_is_said_and_is_not_there(page: str) -> None:
    left_out = page.partition("## Left out on purpose")[2]
    for name in ("Muon", "Shampoo", "LAMB", "Adafactor"):
        assert f"- {name} " in left_out
        assert name.lower() not in OPTIMIZERS


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("theta_1 is m_0 = g_0 and eta * lambda", "theta_1 is m_0 = g_0 and eta * lambda"),
        ("`code` stays", "`code` stays"),
        ("*not bold* [no](link) <b> $x$ a\\b ~x~", r"\*not bold* \[no](link) \<b> \$x\$ a\\b \~x\~"),
    ],
)
def test_words_are_no_markdown(words: str, expected: str) -> None:
    assert catalogue.plain(words) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [(0.0, "0"), (-0.0, "0"), (-1e-9, "0"), (100.0, "100"), (-1 / 3, "-0.333333"), (0.5, "0.5")]
)
def test_a_number_is_written_short(value: float, expected: str) -> None:
    assert catalogue.number(value) == expected


def test_a_formula_fits_between_its_fences() -> None:
    formulas: list[Any] = [entry.tex for _, entry in ENTRIES]
    symbols = [p.tex for _, entry in ENTRIES for p in entry.params()]
    assert not any("`" in text or "$" in text or "\n\n" in text for text in formulas + symbols)
