"""Numbers as a person writes them, in every sentence and every field."""

SUPER = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
# Beyond these a row of zeros is counted rather than read.
SMALLEST, LARGEST = 1e-7, 1e7


def written(value: float, digits: int = 6, smallest: float = SMALLEST) -> str:
    """A number in at most so many digits, no zeros behind the last: 0.155, 0.0000001, −3.5×10⁻⁸, 10⁹.

    Numbers under `smallest` are written with a power of ten.
    """
    if value != value:
        return "not a number"
    if value in (float("inf"), float("-inf")):
        return "∞" if value > 0 else "−∞"
    sign, size = "−" if value < 0 else "", abs(value)
    mantissa, exponent = f"{size:.{digits - 1}e}".split("e")
    power = int(exponent)
    if not size or smallest <= float(f"{mantissa}e{power}") < LARGEST:
        return sign + _bare(f"{float(f'{mantissa}e{power}'):.{max(digits - 1 - power, 0)}f}")
    factor = _bare(mantissa)
    return sign + ("" if factor == "1" else f"{factor}×") + f"10{str(power).translate(SUPER)}"


def _bare(text: str) -> str:
    """Without the zeros that say nothing."""
    return text.rstrip("0").rstrip(".") if "." in text else text


def typed(text: str) -> str:
    """A number as Python reads it, from one as a person types it: a comma may be the point, a true minus the sign."""
    text = text.strip().replace("\u2212", "-")
    return text.replace(",", ".") if text.count(",") == 1 and "." not in text else text


def fitting(most: int, *sentences: str) -> str:
    """The first of several sentences, the fullest first, that has at most so many letters; the last where none has."""
    return next((words for words in sentences if len(words) <= most), sentences[-1])
