"""Numbers as a person writes them in a sentence."""


def number(value: float, digits: int = 3) -> str:
    """So many digits, the way a person writes them: 0.303, 12.4, 1.30×10⁻⁵."""
    if value == 0:
        return "0"
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    power = int(exponent)
    if -4 <= power < 5:
        return f"{float(f'{mantissa}e{power}'):.{max(0, digits - 1 - power)}f}".replace("-", "−")
    return f"{mantissa}×10{str(power).translate(SUPER)}".replace("-", "−")


SUPER = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def apart(one: float, other: float) -> tuple[str, str]:
    """Two numbers with three digits, or with as many as tell them apart."""
    pairs = [(number(one, digits), number(other, digits)) for digits in range(3, 8)]
    return next((pair for pair in pairs if pair[0] != pair[1]), pairs[0])
