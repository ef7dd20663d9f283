"""Formulas to begin from, each as it stands in its source."""

from typing import NamedTuple


class Sample(NamedTuple):
    """A formula of the gallery.

    `constants` are those off their default, `within` its window (empty: the proposed one), `lowest` the value that the
    source prints, or that follows from it: None where it has none.
    """

    name: str
    text: str
    source: str
    lowest: float | None = 0.0
    constants: tuple[tuple[str, float], ...] = ()
    within: tuple[float, ...] = ()

    @property
    def fields(self) -> dict[str, str | float | tuple[float, ...]]:
        """The fields of the surface "formula" that are not their default."""
        return {"text": self.text, **({"within": self.within} if self.within else {}), **dict(self.constants)}


GALLERY = (
    Sample(
        "Three exponentials",
        "e^(x + 3y - 0.1) + e^(x - 3y - 0.1) + e^(-x - 0.1)",
        "Boyd & Vandenberghe 2004, Convex Optimization, section 9.3.2",
        2.55926669,
    ),
    Sample(
        "Quadratic of condition g",
        "(x^2 + g y^2)/2",
        "Boyd & Vandenberghe 2004, Convex Optimization, section 9.3.2",
        constants=(("g", 10.0),),
        within=(-10.0, 10.0, -4.0, 4.0),
    ),
    Sample(
        "Distill's banana",
        "(1 - x)^2 + b (3y - x^2)^2",
        "Goh 2017, Why Momentum Really Works, doi:10.23915/distill.00006",
        constants=(("b", 20.0),),
        within=(-2.0, 2.0, -0.4, 1.0),
    ),
    Sample(
        "Rosenbrock's valley",
        "(a - x)^2 + b (y - x^2)^2",
        "Rosenbrock 1960, doi:10.1093/comjnl/3.3.175",
        constants=(("b", 100.0),),
        within=(-2.0, 2.0, -1.0, 3.0),
    ),
    Sample(
        "d2l's gentle and steep",
        "0.1x^2 + 2y^2",
        "Zhang et al., Dive into Deep Learning, section 12.6",
        within=(-5.5, 1.0, -3.0, 1.0),
    ),
    Sample(
        "d2l's, rotated",
        "0.1(x + y)^2 + 2(x - y)^2",
        "Zhang et al., Dive into Deep Learning, section 12.7",
        within=(-6.0, 6.0, -6.0, 6.0),
    ),
    Sample(
        "A cosine that grows",
        "x cos(c pi x)",
        "Zhang et al., Dive into Deep Learning, section 12.3",
        -6.97814083,
        constants=(("c", 0.15),),
        within=(-10.0, 10.0, -5.0, 5.0),
    ),
    Sample(
        "Five times as curved along the diagonal",
        "(5(x + y)^2 + (x - y)^2)/4",
        "Goodfellow, Bengio & Courville 2016, Deep Learning, figure 4.6",
        within=(-20.0, 20.0, -20.0, 20.0),
    ),
    Sample(
        "A bowl for Nesterov's method",
        "0.02x^2 + 0.005y^2",
        "Su, Boyd & Candès 2014, arXiv:1503.01243",
        within=(-1.2, 1.2, -1.2, 1.2),
    ),
    Sample(
        "A flat valley",
        "(x + 2y - 2)^2 / 2",
        "one equation in two unknowns, as in Wilson et al. 2017, arXiv:1705.08292, section 3",
    ),
    Sample(
        "A loss that changes every 101st step",
        "10x (101 max(0, 1 - |mod(t, 101) - 1|) - min(1, |mod(t, 101) - 1|))",
        "Reddi, Kale & Kumar 2018, arXiv:1904.09237, section 3",
        None,
        within=(-1.0, 1.0, -1.0, 1.0),
    ),
    Sample(
        "A linear network of two layers",
        "(1 - x y)^2 / 2",
        "Saxe, McClelland & Ganguli 2014, arXiv:1312.6120",
    ),
    Sample(
        "Two points that a line parts",
        "softplus(-x - 2y) + softplus(y - x)",
        "logistic regression on separable data, as in Soudry et al. 2018, arXiv:1710.10345",
        None,
    ),
    Sample(
        "Freudenstein and Roth",
        "(x - 13 + ((5 - y)y - 2)y)^2 + (x - 29 + ((y + 1)y - 14)y)^2",
        "Moré, Garbow & Hillstrom 1981, doi:10.1145/355934.355936",
        within=(-5.0, 15.0, -3.0, 6.0),
    ),
    Sample(
        "A cubic valley",
        "100(y - x^3)^2 + (1 - x)^2",
        "Leon 1966, A Comparison among Eight Known Optimizing Procedures",
        within=(-1.5, 1.5, -1.5, 1.5),
    ),
    Sample(
        "Peaks: three Gaussians",
        "3(1 - x)^2 e^(-x^2 - (y + 1)^2) - 10(x/5 - x^3 - y^5) e^(-x^2 - y^2) - e^(-(x + 1)^2 - y^2)/3",
        "MATLAB, peaks",
        -6.551133,
        within=(-3.0, 3.0, -3.0, 3.0),
    ),
    Sample(
        "Bohachevsky's bowl",
        "x^2 + 2y^2 - 0.3cos(3pi x) - 0.4cos(4pi y) + 0.7",
        "Bohachevsky, Johnson & Stein 1986, doi:10.1080/00401706.1986.10488128",
        within=(-2.0, 2.0, -2.0, 2.0),
    ),
    Sample(
        "Drop wave",
        "-(1 + cos(12 sqrt(x^2 + y^2)))/((x^2 + y^2)/2 + 2)",
        "Surjanovic & Bingham, Virtual Library of Simulation Experiments",
        -1.0,
        within=(-2.0, 2.0, -2.0, 2.0),
    ),
    Sample(
        "Cross in a tray",
        "-0.0001(|sin(x) sin(y) e^|100 - sqrt(x^2 + y^2)/pi|| + 1)^0.1",
        "Mishra 2006, doi:10.2139/ssrn.926132",
        -2.06261187,
        within=(-10.0, 10.0, -10.0, 10.0),
    ),
    Sample(
        "Hölder's table",
        "-|sin(x) cos(y) e^|1 - sqrt(x^2 + y^2)/pi||",
        "Mishra 2006, doi:10.2139/ssrn.926132",
        -19.2085026,
        within=(-10.0, 10.0, -10.0, 10.0),
    ),
)
