"""A typed rule does what it says: the built-in methods' steps to the bit, and nothing but steps, whatever is typed."""

import ast
import os
import pickle
import re
from contextlib import suppress
from pathlib import Path as File
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.experiment import Pick, optimizer_of, parse
from core.formula import FormulaError, read_rule
from core.formula.assignments import LONGEST, MOST_REMEMBERED
from core.formula.nodes import OPERATIONS as OURS
from core.formula.text import DEEPEST, FUNCTIONS, MOST_NODES
from optimizers import OPTIMIZERS, RULES, SCHEDULES, Path, UpdateRule, run
from optimizers.bases.examples import EXAMPLES, Example
from optimizers.explain.anatomy import dissect, formula_of
from optimizers.methods.update_rule import CONSTANTS
from optimizers.trace.script import scripted
from optimizers.trace.source import FUNCTIONS as EMITTED
from optimizers.trace.tape import COLUMN, ROW, UntraceableError
from surfaces import SURFACES, Formula
from tests.latex import worked_out
from tests.test_formula import HOSTILE
from tests.test_script import NAME, TOKENS, WORDS
from tests.test_script import OURS as OWN
from tests.test_trace import NAMES, check_pair, source_of

ROOT = File(__file__).parent.parent
ALL = "RAVINE_SWEEP" in os.environ
STARTS = np.random.default_rng(5).uniform(-2.0, 2.0, (40, 2))
PLACES = ("rosenbrock", "himmelblau", "linear_regression")
# Its built-in method holds the scaled step in a buffer, even without momentum: (b sigma) / sigma.
NEARLY = {"rmsprop"}


def copy_of(example: Example, **values: Any) -> tuple[Any, UpdateRule]:
    """A built-in method, and the rule that is its copy."""
    kind = OPTIMIZERS[example.slug]
    fields = example.fields(kind, values)
    assert fields is not None
    return kind(**values), UpdateRule(**fields)


def refusal(text: str) -> FormulaError:
    with pytest.raises(FormulaError) as caught:
        UpdateRule(text)
    return caught.value


def assert_alike(one: Path, other: Path, bits: bool) -> None:
    for name in ("theta", "loss", "m", "sigma", "decay"):
        a, b = getattr(one, name), getattr(other, name)
        if a is None:
            assert b is None
        elif bits:
            np.testing.assert_array_equal(a, b, err_msg=name)
        else:
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12, err_msg=name)


# The built-in methods, typed.


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.slug for example in EXAMPLES])
def test_a_copy_takes_the_steps_of_its_method(example: Example) -> None:
    method, rule = copy_of(example)
    bits = example.slug not in NEARLY
    for slug in PLACES:
        surface = SURFACES[slug]()
        for schedule in (SCHEDULES["constant"](lr=0.01), SCHEDULES["one_cycle"](lr=0.02)):
            # Floats, arrays, and the tiles of maps.
            for start, more in ((surface.start, {}), (STARTS, {}), (STARTS, {"keep": "last"})):
                paths = [run(surface, one, schedule, start, 90, **more) for one in (method, rule)]
                assert_alike(*paths, bits)
    noise = [RULES["noise"](), RULES["sparse"](), RULES["clip_norm"](limit=2.0)]
    assert_alike(*(run(SURFACES["bowl"](), one, 0.02, (1.0, 2.0), 60, noise, seed=3) for one in (method, rule)), bits)
    assert rule.factors
    assert rule.rate_unit == method.rate_unit


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.slug for example in EXAMPLES])
def test_a_copy_has_the_fields_of_its_method(example: Example) -> None:
    kind = OPTIMIZERS[example.slug]
    for name, constant in example.constants:
        p = next(p for p in kind.params() if p.name == name)
        value: Any = 0.5 if p.low <= 0.5 <= p.high else p.high
        method, rule = copy_of(example, **{name: value})
        assert getattr(rule, constant) == value
        surface = SURFACES["himmelblau"]()
        paths = [run(surface, one, 0.01, surface.start, 40) for one in (method, rule)]
        assert_alike(*paths, example.slug not in NEARLY)
    # What the rule cannot say is not copied.
    others = {p.name: p for p in kind.params() if p.name not in dict(example.constants)}
    for name, p in others.items():
        value = next(v for v in (p.options or (True, 0.5)) if v != p.default)
        assert example.fields(kind, {name: value}) is None


def test_adam_on_one_line_is_adam_to_the_bit() -> None:
    rule = UpdateRule(
        "m = beta1 m + (1-beta1) g; v = beta2 v + (1-beta2) g^2;"
        "theta = theta - eta * (m/(1-beta1^t)) / (sqrt(v/(1-beta2^t)) + epsilon)"
    )
    for surface in (SURFACES["rosenbrock"](), SURFACES["rastrigin"](), Formula("x^4 + e^(x y) + y^2")):
        for start in (surface.start, STARTS):
            assert_alike(*(run(surface, one, 0.1, start, 300) for one in (OPTIMIZERS["adam"](), rule)), True)


def test_constants_are_swept_like_fields() -> None:
    shares = np.linspace(0.0, 0.99, 25)[:, None]
    method, rule = OPTIMIZERS["momentum"](momentum=shares), UpdateRule(EXAMPLES[1].text, mu=shares)
    for keep in ("path", "last"):
        one, other = (run(SURFACES["booth"](), o, 0.02, (-4.0, 3.0), 50, keep=keep) for o in (method, rule))
        np.testing.assert_array_equal(one.theta, other.theta)


# What is read as what.

ROWS = re.findall(
    r"^\| `(.+)` \| (?:`(.+)`|refused) \|$", (ROOT / "docs" / "formulas.md").read_text(encoding="utf-8"), re.M
)


@pytest.mark.parametrize(("typed", "meant"), ROWS)
def test_the_table_of_the_document_holds(typed: str, meant: str) -> None:
    typed, meant = (text.replace("\\|", "|") for text in (typed, meant))
    if not meant:
        refusal(typed)
        return
    one, other = (run(SURFACES["booth"](), UpdateRule(text), 0.02, (-4.0, 3.0), 30).theta for text in (typed, meant))
    np.testing.assert_allclose(one, other, rtol=1e-12)


def test_the_document_names_all_constants_and_bounds() -> None:
    text = (ROOT / "docs" / "formulas.md").read_text(encoding="utf-8").partition("\n# Rules\n")[2]
    assert len(ROWS) > 12
    for p in UpdateRule.params()[1:]:
        assert re.search(rf"\b{p.name}\b", text), p.name
        assert p.default == 1.0 or f"{p.default:g}".replace("e-0", "e-") in text, p.name
    assert f"{LONGEST} characters" in text
    assert "four names" in text
    assert MOST_REMEMBERED == 4


REFUSED: dict[str, tuple[int, str]] = {
    "": (0, "there is no rule yet"),
    " ; \n": (4, "there is no rule yet"),
    "theta": (0, "a line sets a name"),
    "eta g": (3, "a line sets a name"),
    "m = g": (5, "no line says where theta goes"),
    "theta = theta - eta g\nm = g": (0, "theta moves in the last line"),
    "theta = theta - eta m": (20, "m is unknown: write a line m = ..."),
    "theta = theta - eta x": (20, "write theta"),
    "theta = theta - eta G": (20, "letters are small here, write g"),
    "theta = theta - eta gm": (20, "for a product write g m"),
    "theta = theta - eta momentum": (20, "a name is one letter or a Greek one"),
    "theta = theta - eta gsqrt(t)": (20, "part a function"),
    "theta = theta - eta g_{t-1}": (20, "g of the step before is not kept"),
    "theta = theta - eta m_0": (20, "stands in front of a = alone"),
    "theta_{t+1} = theta - eta g": (5, "a line sets a name"),
    "theta_{t-1} = theta": (0, "write theta = "),
    "theta = theta - eta sin": (23, "sin needs one argument"),
    "theta = theta - eta g +": (23, "something is missing at the end"),
    "theta == g": (7, "= stands in no formula"),
    "theta = ": (8, "there is no formula yet"),
    "t = 3\ntheta = g": (0, "t is the number of the step"),
    "eta = 3\ntheta = g": (0, "eta is the rate"),
    "e = 3\ntheta = g": (0, "e is 2.718"),
    "m = g\nm = 2m\ntheta = m": (6, "m has a line already"),
    "m = g\nm_0 = 1\ntheta = m": (6, "m is not remembered"),
    "m = m + g\nm_0 = g\ntheta = m": (16, "g is unknown"),
    "a = a+g\nb = b+a\nc = c+b\nd = d+c\nk = k+d\ntheta = k": (32, "at most 4 numbers"),
    "theta = theta - eta g²": (21, "is no character"),
    "theta = theta - eta*9^9^9": (22, "between -64 and 64"),
    "theta = theta - 1/2g": (19, "to others"),
    "m = g" + "+g" * 60 + "\ntheta = m": (125, f"at most {MOST_NODES} numbers"),
    "theta = " + "(" * DEEPEST + "g" + ")" * DEEPEST: (8 + DEEPEST, f"at most {DEEPEST} deep"),
    "theta = g" + " " * LONGEST: (LONGEST, f"at most {LONGEST} characters"),
}


@pytest.mark.parametrize("text", REFUSED)
def test_an_error_is_at_its_character_and_says_what_is_wrong(text: str) -> None:
    error, (at, words) = refusal(text), REFUSED[text]
    assert re.search(words, str(error))
    assert error.position == at
    begin = text.rfind("\n", 0, at) + 1
    where = "at the end" if at == len(text) else f"at character {at - begin + 1}"
    assert where in str(error)
    if "\n" in text and at < len(text):
        assert f"in line {text.count(chr(10), 0, at) + 1} " in str(error)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_what_is_no_rule_is_refused_wherever_it_stands(text: str) -> None:
    for whole in (
        text,
        f"theta = theta - eta ({text})",
        f"m = {text}\ntheta = theta - eta m",
        f"{text} = g; theta = g",
    ):
        # Two parts of a text, or lines, may be a rule where one is none.
        with suppress(FormulaError):
            assert not set(read_rule(whole, CONSTANTS).constants) - CONSTANTS
            assert whole != text
            continue
        error = refusal(whole)
        assert 0 <= error.position <= len(whole)
        assert len(str(error)) < 400


def test_what_is_no_text_is_refused_in_words() -> None:
    for given_ in (3, None, b"theta = g", ["theta = g"]):
        with pytest.raises(FormulaError, match="a rule is a text"):
            UpdateRule(given_)


PIECES = st.lists(
    st.sampled_from(
        [
            *"gtmve0129.+-*/^()|=;\n _",
            "theta",
            "theta = theta - eta ",
            "eta ",
            "beta1",
            "_hat",
            "_{t-1}",
            "\\hat ",
            "sqrt",
        ]
    )
).map("".join)


@settings(max_examples=10_000 if ALL else 200)
@given(PIECES | st.text())
def test_any_text_is_a_rule_or_refused(text: str) -> None:
    with suppress(FormulaError):
        read_rule(text, CONSTANTS)


# Generated rules.

LEAVES = st.sampled_from(
    ["g", "theta", "t", "eta", "m", "v", "m_{t-1}", "beta1", "epsilon", "c", "0.3", "2", "pi", "0"]
)
INNER = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from("+-*/^"), inner),
        st.builds("({})^{}".format, inner, st.sampled_from(["2", "3", "t", "0.5", "(t+1)", "-t", "(t/2)", "c", "-2"])),
        st.builds("{}({})".format, st.sampled_from(sorted(name for name, n in FUNCTIONS.items() if n == 1)), inner),
        st.builds("{}({}, {})".format, st.sampled_from(["min", "max", "mod"]), inner, inner),
    ),
    max_leaves=5,
)
LAST = st.sampled_from(
    ["theta = theta - eta {0}", "theta = theta + {0}", "theta = {0}", "theta = theta - {0} - eta ({1})/({0})"]
)
GENERATED = st.builds(
    lambda m, v, last, one, two: f"m = {m}\nv = {v}\n{last.format(one, two)}", INNER, INNER, LAST, INNER, INNER
)
# What a few generated rules may miss.
FIXED = [
    "theta = theta",
    "theta = 3",
    "theta = theta - eta",
    "m = m + 1\ntheta = theta - eta g/m",
    "theta = theta - (c - 2)^t",
    "theta = theta - eta*0^-t",
    "theta = theta - eta log(3 - t) g",
    "theta = theta - eta g*10^(200 t)",
    "m = 1/m\ntheta = theta - eta m",
    "theta = theta - mod(g, t - 1)",
    "v = sigmoid(sin t) + relu(sin(2t)) + sigmoid(cos t)\ntheta = theta - eta v g",
    "d = c\nc = b\nb = a\na = g\ntheta = theta - eta d",
    "theta = theta - eta " + "(" * 22 + "g" + "^2)" * 22,
    "theta = theta - eta ((((1e12^64)^64)^64)^64) g",
    "theta = theta - e^(e^(e^theta)) - eta pi g",
]


def check(text: str) -> None:
    """It steps, on floats, arrays and tiles, in a browser's module, and is taken apart, or it is refused."""
    try:
        rule = UpdateRule(text, c=2.0)
    except FormulaError:
        return
    surface = SURFACES["rosenbrock"](b=5.0)
    with np.errstate(all="ignore"):
        alone = run(surface, rule, 0.02, (-1.2, 1.4), 14)
        assert alone.theta.dtype == float
        rows = run(surface, rule, 0.02, STARTS[:3], 14)
        ends = run(surface, rule, 0.02, STARTS[:3], 14, keep="last")
        assert rows.theta.shape == (15, 3, 2)
        assert ends.theta.shape == (3, 2)
        run(surface, rule, SCHEDULES["plateau"](lr=0.02), (-1.2, 1.4), 5, [RULES["sparse"]()])
        assert rule.rate_unit in ("window", "curvature")
        with suppress(UntraceableError):
            scripted(rule, surface, {"x": COLUMN, "y": ROW}, [0.02] * 14)
        anatomy = dissect(alone, rule, 0.02)
        assert formula_of(rule).count("{") == formula_of(rule).count("}")
        assert "__" not in formula_of(rule)
    assert all(shape.direction for shape in anatomy.shapes)


@settings(max_examples=2_000 if ALL else 40, deadline=None)
@given(GENERATED)
def test_a_generated_rule_steps_or_is_refused(text: str) -> None:
    check(text)


@pytest.mark.parametrize("text", FIXED)
def test_a_strange_rule_steps_too(text: str) -> None:
    UpdateRule(text)
    check(text)


# Runs.


@pytest.mark.parametrize(
    "text", ["theta = theta - eta tanh(g)^3", "v = max(beta2 v, |g|)\ntheta = theta - eta g/(v + epsilon)", FIXED[11]]
)
def test_a_traced_rule_is_the_one_on_arrays(text: str) -> None:
    for slug in ("rosenbrock", "ackley"):
        check_pair(UpdateRule(text), SURFACES[slug](), "cosine")


def test_source_holds_nothing_of_a_rule_but_floats() -> None:
    functions = {*EMITTED, *EMITTED["__builtins__"]}
    texts = [example.text for example in EXAMPLES]
    texts += [
        "q = 77.125 v_hat + beta3^(t+1)\nv_hat = sigmoid(g) + mod(theta, 3)\ntheta = theta - eta q c^0.3 log t",
        FIXED[10],
    ]
    for text in texts:
        rule, surface = UpdateRule(text, beta1=0.8125, c=17.5), SURFACES["bowl"]()
        for node in ast.walk(ast.parse(source_of(rule, surface))):
            if isinstance(node, ast.Name | ast.arg):
                name = node.id if isinstance(node, ast.Name) else node.arg
                assert name in functions or NAMES.fullmatch(name), name
            elif isinstance(node, ast.Constant):
                assert node.value in (0.0, 1.0, -1.0, 10), node.value
        source, place = scripted(rule, surface, {"x": COLUMN, "y": ROW}, [0.1] * 3).source, 0
        while place < len(source):
            token = TOKENS.match(source, place)
            assert token, source[place : place + 40]
            assert not re.fullmatch(NAME, token[0]) or token[0] in WORDS or OWN.fullmatch(token[0]), token[0]
            place = token.end()


def test_another_constant_compiles_nothing() -> None:
    from optimizers.trace import floats

    def go(mu: float) -> None:
        run(SURFACES["bowl"](), UpdateRule("q = mu q + g/3\ntheta = theta - eta q", mu=mu), 0.01, (1.0, 2.0), 20)

    go(0.3)
    before = floats._code.cache_info().misses
    for mu in (0.5, 0.75):
        go(mu)
    assert floats._code.cache_info().misses == before


def test_what_belongs_to_no_coordinate_goes_on_where_one_is_held() -> None:
    rule = UpdateRule("k = mu k + 1\nm = m + g/k\nd = d + k\ntheta = theta - eta m")
    assert rule.typed.remembered == ("k", "m", "d")
    assert rule.common == (0, 2)


# Taken apart.


def test_dissect_shows_the_lines_as_they_are_typed_with_their_numbers() -> None:
    text = "m = beta1 m + (1 - beta1) g\nv = max(beta2 v, g^2)\ntheta = theta - eta lambda theta - eta m / (sqrt(v) + epsilon)"
    rule, surface = UpdateRule(text, lambd=0.25), SURFACES["rosenbrock"](b=5.0)
    path = run(surface, rule, 0.02, (-1.2, 1.4), 20)
    anatomy = dissect(path, rule, 0.02)
    (shape,) = anatomy.shapes
    assert [re.sub(r"\\htmlClass\{[a-z-]+\}", "", anatomy.lines[k].symbol) for k in shape.lines] == ["{m}", "v"]
    assert [anatomy.lines[k].rows for k in shape.lines] == [(1, 1), (2, 2)]
    assert shape.rows == (3, 3)
    assert shape.scale == r"\sqrt{v} + \epsilon"
    assert r"\lambda\,\theta" in shape.decay
    for t in range(20):
        values = list(anatomy.values[:, t])
        direction, scale, decay = (worked_out(filled, values) for filled in shape.filled)
        np.testing.assert_allclose(path.theta[t] - decay - 0.02 * direction / scale, path.theta[t + 1], rtol=1e-3)
        np.testing.assert_array_equal(values[anatomy.lines[shape.lines[0]].defines], path.m[t])
    # Only the constants that are there are fields, and what is switched off is not shown.
    assert [p.name for p in UpdateRule.params_with({"text": text})] == ["text", "beta1", "beta2", "epsilon", "lambd"]
    off = UpdateRule(text, lambd=0.0)
    assert dissect(run(surface, off, 0.02, (-1.2, 1.4), 20), off, 0.02).shapes[0].decay == ""


def test_every_operation_of_a_rule_can_be_written() -> None:
    for name, arguments in FUNCTIONS.items():
        assert name in OURS
        rule = UpdateRule(f"m = {name}({', '.join(['g', 't'][:arguments])})\ntheta = theta - eta m")
        assert formula_of(rule) != rule.tex, name


# Links.


def test_a_link_carries_a_rule_and_a_broken_one_is_remarked() -> None:
    text = "m = beta1 m + g\nm_0 = 0.5\ntheta = theta - eta m - eta c g^2"
    pick = Pick.of(UpdateRule, {"text": text, "c": 2.5, "beta1": 0.5})
    assert pick.fields == (("text", text), ("beta1", 0.5), ("c", 2.5))
    experiment, complaints = parse({"surface": ["bowl"], "r3": [f"{pick.text}~lr~0.1"]})
    assert not complaints
    assert experiment.runs[0].optimizer == pick
    assert parse({key: [value] for key, value in experiment.query().items()}) == (experiment, [])
    assert optimizer_of(pick).called == "Your rule"
    for broken in ("theta = theta - eta q_hat", "x" * 5000, "theta = g\0", "__import__('os')"):
        experiment, complaints = parse({"surface": ["bowl"], "r3": [f"update_rule~text~{broken}~lr~0.1"]})
        assert len(complaints) == 1
        assert complaints[0].endswith("the default is used.")
        assert experiment.runs[0].optimizer == Pick("update_rule")
    # A constant that the rule has not is none of its fields.
    assert parse({"r1": ["update_rule~text~theta = theta - eta g~beta1~0.5"]})[1]


def test_a_rule_stands_inside_another_method() -> None:
    inner = {"base": "update_rule", "base.text": "b = mu b + g\ntheta = theta - eta b", "base.mu": 0.5}
    rule = OPTIMIZERS["lookahead"].built(inner)
    assert [p.name for p in OPTIMIZERS["lookahead"].params_with(inner) if p.name.startswith("base.")] == [
        "base.text",
        "base.mu",
    ]
    other = OPTIMIZERS["lookahead"].built({"base": "momentum", "base.momentum": 0.5})
    surface = SURFACES["himmelblau"]()
    one, two = (run(surface, o, 0.01, surface.start, 40).theta for o in (rule, other))
    np.testing.assert_array_equal(one, two)
