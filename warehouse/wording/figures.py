"""Numbers as sentences and pages print them: rounded half up, once, from what is stored."""

from decimal import ROUND_HALF_UP, Decimal


def rounded(value: float, decimals: int) -> Decimal:
    """A number to so many decimals, half away from zero: 0.125 is 0.13 and never 0.12."""
    # The shortest text that is this float: its binary tail is no part of what was printed.
    return Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def level(value: float) -> str:
    """Points with two decimals and thousands separated, without their sign."""
    return f"{abs(rounded(value, 2)):,}"


def signed(value: Decimal) -> str:
    """A number with its sign and thousands separated; what is nothing has none."""
    return f"{'+' if value > 0 else '−' if value < 0 else ''}{abs(value):,}"


def stored(value: float) -> str:
    """A value as it is kept, to the eight decimals that a ratio has, however large it is."""
    return f"{value:.8f}".rstrip("0").rstrip(".")


def percentage(fraction: float, decimals: int) -> str:
    """A fraction as a percentage, without its sign."""
    return f"{abs(percent(fraction, decimals)):,}%"


def percent(fraction: float, decimals: int) -> Decimal:
    """A fraction in percent."""
    return (Decimal(repr(float(fraction))) * 100).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
