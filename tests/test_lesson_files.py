"""A teacher's own files: a broken one is told its line and what is allowed, and harms no other; nothing in it ever runs."""

from pathlib import Path

import pytest

from app.comparison import Comparison
from lessons import reading
from lessons.__main__ import main
from lessons.files import LARGEST, MOST_COMPLAINTS
from lessons.library import MOST_FILES, TEXTS, library, own_folder
from lessons.model import Click, SetRate
from lessons.telling import goal_of, right_click, told
from lessons.text import as_html, blocks_as_html, lines_of, plain, words_of

GOOD = """---
title: Of my own
question: Which one is nearer?
---
# Which is nearer after {steps} steps?
A **bold** word, an *other*, `2 < 3` and [a link](https://example.org).

- one {good.rate}
- two
```experiment
page: playground
link: surface=bowl~condition~12&schedule=constant&start=-4~2.6&steps=30&seed=0&r1=sgd~lr~0.02&r2=sgd~lr~0.1
names: slow r1, good r2
show: contour, loss
```
```question
choose: slow | good* | Both
```
## good, by {good.distance at 30}
It is so.
```table
rate | way left: distance at 30
```
And so it follows.
```claims
distance of good at 30 < distance of slow at 30
none: converged
```
"""
COMPARED = GOOD.replace("page: playground", "page: compare").replace("r2=sgd~lr~0.1", "vs=lr~5")
COMPARED = COMPARED.replace("slow r1, good r2", "slow left r1, good right r1")


def written(folder: Path, text: str, name: str = "own.md") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("text", [GOOD, COMPARED, GOOD.replace("\n", "\r\n")], ids=["alone", "compared", "windows"])
def test_a_good_file_is_read(tmp_path: Path, text: str) -> None:
    lesson, complaints = reading.lesson(written(tmp_path, text), ours=False)
    assert not complaints
    assert lesson is not None
    assert (lesson.slug, lesson.title, lesson.group, lesson.ours) == ("own", "Of my own", "Lessons of your own", False)
    (step,) = lesson.steps
    assert isinstance(step.stage.asked, Comparison) == (text == COMPARED)
    said = told(step)
    assert plain(said.heading) == "Which is nearer after 30 steps?"
    assert [[plain(line) for line in block.items] for block in said.text][1] == ["one 0.1", "two"]
    assert [plain(choice.words) for choice in said.choices] == ["slow", "good", "Both"]
    assert [choice.run and choice.run.name for choice in said.choices] == ["slow", "good", None]
    assert said.columns == ("rate", "way left")
    assert [row.run.name for row in said.rows] == ["slow", "good"]
    assert plain(lines_of(said.consequence)[0]) == "And so it follows."
    assert said.rows[1].cells[1].at == 30


# What is found in the good file, what it is replaced by, the line that is complained about, and words of the complaint.
BROKEN = [
    ("---\ntitle", "title", 1, "head between two lines of ---"),
    ("title: Of my own\n", "", 1, "must say its title"),
    ("question: Which one is nearer?", "colour: red", 3, "names are title, group, question, source, words"),
    ("Of my own", "Of my own " * 40, 2, "title has at most 300 characters; got 399"),
    ("question: Which one is nearer?", "title: again", 3, "title stands twice"),
    ("question: Which one is nearer?", "no colon", 3, "a line is a name and a value"),
    ("# Which", "text\n\n# Which", 1, "before the first heading"),
    ("# Which", "### Which", 5, "headings are # and ##; got ###"),
    ("{steps}", "{stops}", 5, "'stops' is no quantity"),
    ("{steps}", "{import('os')}", 5, "is no word, number or sign"),
    ("{good.rate}", "{best.rate}", 8, "runs are slow, good"),
    ("{good.rate}", "{good.speed}", 8, "'speed' is no quantity; allowed are loss, gradient"),
    ("{good.rate}", "{good.loss at 31}", 8, "loss has steps 0 to 30; got 31"),
    ("{good.rate}", "{good.factor x}", 8, "needs a step"),
    ("{good.rate}", "{good.rate, 9 digits}", 8, "how many digits"),
    ("{good.rate}", "{good.rate / }", 8, "'nothing' is no quantity"),
    ("{good.rate}", "{claim 1}", 8, "there are 0 claims over seeds"),
    ("{good.rate}", "{right surface.condition}", 8, "no right surface"),
    ("{good.rate}", "{surface.colour}", 8, "of a surface there are condition"),
    ("{good.rate}", "{good.rate", 8, "a brace is open"),
    ("- two", "- two <b>bold</b>", 9, "HTML is not taken"),
    ("- two", "- two <script>alert(1)</script>", 9, "HTML is not taken"),
    ("- two", "- two\n  > quoted", 10, "holds nothing else"),
    ("(https://example.org)", "(ftp://example.org)", 6, "must begin with https://"),
    ("(https://example.org)", "(http://example.org)", 6, "must begin with https://"),
    ("A **bold**", "> A **bold**", 6, "blockquote is not taken"),
    ("A **bold**", "***\nA **bold**", 6, "hr is not taken"),
    ("A **bold**", "    code\n\nA **bold**", 6, "code block is not taken"),
    ("```experiment", "```python", 10, "```python cannot stand there; there may be ```experiment, ```question"),
    ("page: playground", "page: cinema", 11, "page is one of playground, compare, dissect"),
    ("page: playground", "stage: playground", 11, "names are page, link, names, show"),
    ("surface=bowl", "surface=bowel", 12, "'bowel' is unknown"),
    ("lr~0.02", "lr~-1", 12, "the link:"),
    ("steps=30", "steps=99999", 12, "the link:"),
    ("link: surface", "link: ?a=b&surface", 12, "is not a parameter"),
    ("link: surface=bowl", "link: bowl", 12, "a link is what stands behind the ?"),
    ("&seed=0", "&seed=0" + "&view=0" * 1000, 12, "at most 4000 characters"),
    ("slow r1, good r2", "slow r1, good r7", 13, "of the runs r1, r2; got 'good r7'"),
    ("slow r1, good r2", "slow r1, slow r2", 13, "a run has one name"),
    ("slow r1, good r2", "slow r1, all r2", 13, "names are given like"),
    ("slow r1, good r2", "slow, good", 13, "names are given like"),
    ("show: contour, loss", "show: contour, film", 14, "show takes contour, surface, data"),
    ("choose: slow | good* | Both", "choose: slow | good | Both", 17, "one of them right, marked by *"),
    ("choose: slow | good* | Both", "choose: slow* | good*", 17, "one of them right"),
    ("choose: slow | good* | Both", "choose: good*", 17, "2 to 4 answers"),
    ("choose: slow | good* | Both", "choose: a | b | c | d | e*", 17, "2 to 4 answers"),
    ("choose: slow | good* | Both", "choose: slow | *", 17, "2 to 4 answers"),
    ("choose: slow | good* | Both", "click: minimum 3, 2", 17, "`minimum (3, 2)`, or `end of` one of slow, good"),
    ("choose: slow | good* | Both", "rate: good in 0.2..0.1", 17, "rising, of one of slow, good"),
    ("choose: slow | good* | Both", "rate: good in 0.1..0.2\ngoal: flies", 18, "'flies' is no verdict"),
    ("choose: slow | good* | Both", "choose: a | b*\ngoal: converged", 16, "a goal goes with rate"),
    ("choose: slow | good* | Both", "draw: a cat", 17, "names are choose, click, rate, goal"),
    ("## good, by {good.distance at 30}\n", "", 20, "```table cannot stand there"),
    ("It is so.", "It is so.\n## And again", 21, "a reveal (##) follows"),
    ("rate | way", "colour | way", 22, "'colour' is no quantity"),
    ("rate | way", "loss|loss|loss|loss|loss|loss|way", 22, "at most 6 columns"),
    ("distance at 30\n```\nAnd", "distance at 30\nloss\n```\nAnd", 23, "a table is one line"),
    ("distance of good at 30 <", "distance of good at 31 <", 26, "distance has steps 0 to 30"),
    ("distance of good at 30 <", "distance of best at 30 <", 26, "runs are slow, good"),
    ("distance of good at 30 <", "distance of good at 30 !", 26, "is no word, number or sign"),
    ("distance of slow at 30", "", 26, "'' is no quantity"),
    ("distance of slow at 30", "7 in 21 of 22 seeds", 26, "of at most 20"),
    ("distance of slow at 30", "7 in 5 of 4 seeds", 26, "of at most 20"),
    ("distance of slow at 30", "7 and more", 26, "is too much"),
    ("none: converged", "slow: flies", 27, "allowed are as good"),
    ("none: converged", "slow: converged before 99", 27, "there are 30 steps"),
    ("none: converged", "slow, good: converged", 27, "before a colon stands"),
    ("none: converged", "3 < 4", 27, "one side must be a quantity"),
    ("```claims", "```claims\n```\n```claims", 25, "has 1 to 40 lines; got 0"),
]


@pytest.mark.parametrize(("found", "put", "line", "words"), BROKEN, ids=range(len(BROKEN)))
def test_a_broken_file_is_told_its_line_and_what_is_allowed(
    tmp_path: Path, found: str, put: str, line: int, words: str
) -> None:
    assert GOOD.count(found) >= 1
    lesson, complaints = reading.lesson(written(tmp_path, GOOD.replace(found, put, 1)))
    assert lesson is None
    assert any(one.line == line and words in one.words for one in complaints), [str(one) for one in complaints]
    assert all(one.file == "own.md" and len(str(one)) < 900 for one in complaints)


@pytest.mark.parametrize("cut", range(0, len(GOOD), 7))
def test_a_file_that_was_cut_short_raises_nothing(tmp_path: Path, cut: int) -> None:
    lesson, complaints = reading.lesson(written(tmp_path, GOOD[:cut]))
    assert (lesson is None) == bool(complaints)


def test_of_one_file_so_much_is_told_and_no_more(tmp_path: Path) -> None:
    lesson, complaints = reading.lesson(written(tmp_path, GOOD.replace("It is so.", "{nothing} " * 5000)))
    assert lesson is None
    assert len(complaints) == MOST_COMPLAINTS


def test_what_is_too_large_or_no_text_is_refused(tmp_path: Path) -> None:
    folder = tmp_path
    written(folder, GOOD + "x" * LARGEST, "a-large.md")
    (folder / "b-bytes.md").write_bytes(b"---\ntitle: \xff\xfe\n---\n")
    written(folder, GOOD, "C Capital.md")
    written(folder, GOOD + GOOD.partition("---\n# ")[1] + GOOD[GOOD.index("# Which") :] * 60, "d-long.md")
    written(folder, GOOD, "e-good.md")
    written(folder, "no lesson", "notes.txt")
    lessons, complaints = library(folder)
    assert [lesson.slug for lesson in lessons if not lesson.ours] == ["e-good"]
    said = {one.file: one.words for one in complaints}
    assert set(said) == {"a-large.md", "b-bytes.md", "C Capital.md", "d-long.md"}
    assert "at most 65536" in said["a-large.md"]
    assert "UTF-8" in said["b-bytes.md"]
    assert "like one-rate.md" in said["C Capital.md"]


def test_ours_stay_where_a_file_takes_their_slug_and_whatever_is_broken(tmp_path: Path) -> None:
    ours, _ = library()
    for path in TEXTS.glob("*.md"):
        written(tmp_path, "broken", f"x-{path.name}"[:30].rstrip("-.md") + ".md")
    written(tmp_path, GOOD, "01-one-rate.md")
    written(tmp_path, GOOD, "02-mine.md")
    written(tmp_path, GOOD, "03-mine.md")
    lessons, complaints = library(tmp_path)
    assert lessons[: len(ours)] == ours
    assert [lesson.slug for lesson in lessons[len(ours) :]] == ["mine"]
    taken = [str(one) for one in complaints if "already" in one.words]
    assert [one.partition(",")[0] for one in taken] == ["01-one-rate.md", "03-mine.md"]


def test_a_folder_that_is_not_there_is_complained_about(tmp_path: Path) -> None:
    lessons, complaints = library(tmp_path / "nowhere")
    assert lessons == library()[0]
    assert [one.words for one in complaints] == ["this folder cannot be read"]
    for i in range(MOST_FILES + 1):
        written(tmp_path, "x", f"a{i}.md")
    assert any(f"the first {MOST_FILES}" in one.words for one in library(tmp_path)[1])


def test_the_folder_is_named_by_the_environment() -> None:
    assert own_folder({}) is None
    assert own_folder({"RAVINE_LESSONS": " "}) is None
    assert own_folder({"RAVINE_LESSONS": "/some/where"}) == Path("/some/where")


def test_what_a_text_holds_is_escaped_where_it_becomes_html(tmp_path: Path) -> None:
    words = words_of('a < b & "c" *d* **e** `<i>` [f](https://g.h/?i=1&j=2)', 1, lambda line, words: None)
    assert as_html(words) == (
        "a &lt; b &amp; &quot;c&quot; <em>d</em> <strong>e</strong> <code>&lt;i&gt;</code> "
        '<a href="https://g.h/?i=1&amp;j=2" rel="noopener noreferrer" target="_blank">f</a>'
    )
    # Markdown itself takes no such address: it stays text.
    words = words_of("[f](javascript:alert)", 1, lambda line, words: None)
    assert as_html(words) == "[f](javascript:alert)"
    lesson, _ = reading.lesson(written(tmp_path, GOOD))
    assert lesson is not None
    said = told(lesson.steps[0])
    assert as_html(said.reveal) == (
        f'good, by <button type="button" class="ravine-quantity" data-step="30" data-side="0" data-slot="2">'
        f"{said.reveal[1].quantity.shown}</button>"
    )
    assert blocks_as_html(said.text).startswith("<p>A <strong>bold</strong> word")
    assert '<ul><li>one <span class="ravine-quantity">0.1</span></li><li>two</li></ul>' in blocks_as_html(said.text)


def test_a_click_is_right_near_enough_to_where_the_run_ends(tmp_path: Path) -> None:
    for text, place in (("click: minimum (0.5, 0)", (0.5, 0.0)), ("click: end of good", None)):
        lesson, complaints = reading.lesson(written(tmp_path, GOOD.replace("choose: slow | good* | Both", text)))
        assert lesson is not None, complaints
        step = lesson.steps[0]
        assert isinstance(step.question, Click)
        x, y = goal_of(step.question, step.stage)
        assert place is None or (x, y) == place
        # The window is ten wide: half a unit to each side.
        assert right_click(step.question, step.stage, (x + 0.49, y - 0.49))
        assert not right_click(step.question, step.stage, (x + 0.51, y))
        assert not right_click(step.question, step.stage, (x, y - 0.51))


def test_a_rate_is_asked_for_with_or_without_what_it_brings_about(tmp_path: Path) -> None:
    text = GOOD.replace("choose: slow | good* | Both", "rate: slow in 0.1..0.15")
    lesson, complaints = reading.lesson(written(tmp_path, text))
    assert lesson is not None, complaints
    question = lesson.steps[0].question
    assert isinstance(question, SetRate)
    assert question.goal is None
    assert (question.run.slot, question.low, question.high) == (1, 0.1, 0.15)


def test_a_folder_is_checked_before_a_class(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(tmp_path, GOOD)
    assert main([str(tmp_path)]) == 0
    assert capsys.readouterr().out == "All is well.\n"
    wrong = GOOD.replace("distance of good at 30 <", "distance of good at 30 >").replace("It is so.", "It is 77 so.")
    written(tmp_path, wrong)
    written(tmp_path, "nothing", "other.md")
    assert main([str(tmp_path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("other.md, line 1: a file begins with a head")
    assert lines[1].startswith("own.md, line 26: distance of good at 30 > distance of slow at 30: this is not so;")
    assert lines[2].startswith("own.md, line 20: 77 is typed by hand")
    assert lines[3] == "3 to mend."
