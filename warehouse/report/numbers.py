"""Numbers as a person reads them, on the page and in the terminal, rounded as in sentences."""

from warehouse.wording import figures


def points(value: float | None) -> str:
    """A level with two decimals and thousands separated."""
    return "–" if value is None else f"{figures.rounded(value, 2):,}"


def change(value: float | None) -> str:
    """Points with their sign; what rounds to nothing has none."""
    return "–" if value is None else figures.signed(figures.rounded(value, 2))


def percent(value: float | None, decimals: int = 2) -> str:
    """A fraction as a percentage with its sign; what rounds to nothing has none."""
    return "–" if value is None else f"{figures.signed(figures.percent(value, decimals))}%"


def tone(value: float | None) -> str:
    """The style class of a move: 'up', 'down' or 'flat'."""
    return "flat" if not value else "up" if value > 0 else "down"


def price(value: float | None) -> str:
    """A price with two decimals, or three where it has them."""
    return "–" if value is None else f"{figures.rounded(value, 2 if abs(value - round(value, 2)) < 5e-4 else 3):,}"


def whole(value: float | None) -> str:
    """A whole number with thousands separated."""
    return "–" if value is None else f"{figures.rounded(value, 0):,}"
