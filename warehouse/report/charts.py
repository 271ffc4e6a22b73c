"""Curves as the paths of an SVG, laid out by detroit (D3 for Python); colours and sizes are the style sheet's.

Every chart of a page has the same axis of time: a year up to its day. What is not stored is a gap in it.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from detroit import area, line, scale_linear, scale_time

LEFT, RIGHT = 4, 292  # of the curves; their scale stands to the right
LEVELS = (14, 114)  # from top to bottom: the closes
FALLS = (130, 166)  # the drawdown below them
TICKS = 4
SPARK = (120, 34)
SPARK_DAYS = 90  # 60 sessions or so
MONTH = (340, 84)

Point = tuple[float, float | None]
Row = dict[str, Any]


def sparkline(days: Sequence[date], closes: Sequence[float | None], day: date) -> Row | None:
    """The last three months of an index as a bare curve and its end; None with fewer than two closes."""
    first = day - timedelta(days=SPARK_DAYS)
    known = [(at, close) for at, close in zip(days, closes, strict=True) if at >= first]
    values = [close for _, close in known if close is not None]
    if len(values) < 2:
        return None
    across = _time(first, day, 2, SPARK[0] - 4)
    up = scale_linear(_apart(values), [SPARK[1] - 4, 4])
    points = [(across(_midnight(at)), None if close is None else up(close)) for at, close in known]
    return {"line": _line(points), "end": _last(points)}


def year_chart(year: Row, day: date) -> Row | None:
    """A year of closes with their moving range, extremes and drawdown; None with fewer than two closes.

    `year` is a row of `page_year.sql`: lists of equal length, null where a session is not stored.
    """
    days, closes = year["trade_dates"], year["closes"]
    stored = [(close, at) for at, close in zip(days, closes, strict=True) if close is not None]
    if len(stored) < 2:
        return None
    across = _time(day - timedelta(days=365), day, LEFT, RIGHT)
    edges = [value for name in ("closes", "highs", "lows") for value in year[name] if value is not None]
    up = scale_linear(_apart(edges), [LEVELS[1], LEVELS[0]])
    deepest = min((fall for fall in year["drawdowns"] if fall is not None), default=0) or -0.01
    down = scale_linear([deepest, 0], [FALLS[1], FALLS[0]])
    places = [across(_midnight(at)) for at in days]
    falls = [None if fall is None else down(fall) for fall in year["drawdowns"]]
    return {
        "line": _line(_placed(places, closes, up)),
        "band": _area(
            places, [_or_none(low, up) for low in year["lows"]], [_or_none(high, up) for high in year["highs"]]
        ),
        "fall": _area(places, [FALLS[0]] * len(places), falls),
        "deepest": deepest,
        "levels": [(up(tick), tick) for tick in up.ticks(TICKS)],
        "months": [(across(tick), tick) for tick in across.ticks(5)],
        "marks": [_mark(max(stored), across, up, -5), _mark(min(stored), across, up, 13)],
        "scale": ",".join(str(edge) for edge in _apart(edges)),
    }


def month_bars(days: Sequence[date], moves: Sequence[float | None], day: date, widest: float) -> list[Row]:
    """The moves of the days of a month as bars around a line, each at its day of the month; None is no bar.

    The first session of each week has its date below it, and of the last week `day`.
    """
    height, middle = MONTH[1] - 14, (MONTH[1] - 14) / 2
    reach = scale_linear([0, widest or 0.01], [0, middle - 2])
    bars = []
    of_month = [
        (at, move) for at, move in zip(days, moves, strict=True) if (at.year, at.month) == (day.year, day.month)
    ]
    dated = {_week(at): at for at, _ in reversed(of_month)} | {_week(day): day}
    for at, move in of_month:
        size = 0.0 if move is None else max(reach(abs(move)), 0.6)
        bars.append({
            "day": at,
            "is_dated": at == dated[_week(at)],
            "move": move,
            "x": round(MONTH[0] * (at.day - 1) / 31, 1),
            "y": round(middle - size if (move or 0) >= 0 else middle, 1),
            "height": round(min(size, height), 1),
        })  # fmt: skip
    return bars


def _week(day: date) -> tuple[int, int]:
    return day.isocalendar()[:2]


def _time(first: date, last: date, left: float, right: float) -> Any:
    return scale_time([_midnight(first), _midnight(last)], [left, right])


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())


def _apart(values: Sequence[float]) -> list[float]:
    """The reach of the values; a flat series gets some, so that it is drawn in the middle."""
    low, high = min(values), max(values)
    return [low, high] if low < high else [low * 0.99, high * 1.01 or 1]


def _or_none(value: float | None, scale: Callable[[float], float]) -> float | None:
    return None if value is None else scale(value)


def _placed(places: Sequence[float], values: Sequence[float | None], scale: Callable[[float], float]) -> list[Point]:
    return [(place, _or_none(value, scale)) for place, value in zip(places, values, strict=True)]


def _last(points: Sequence[Point]) -> Point:
    return next((round(x, 1), round(y, 1)) for x, y in reversed(points) if y is not None)


def _line(points: Sequence[Point]) -> str:
    return line(lambda p: p[0], lambda p: p[1]).set_defined(_is_whole)(_whole_at_end(points)) or ""


def _area(places: Sequence[float], lows: Sequence[float | None], highs: Sequence[float | None]) -> str:
    points = _whole_at_end(list(zip(places, lows, highs, strict=True)))
    return area(lambda p: p[0], lambda p: p[1], lambda p: p[2]).set_defined(_is_whole)(points) or ""


def _is_whole(point: Sequence[float | None], *_: object) -> bool:
    return None not in point


def _whole_at_end(points: Sequence[Sequence[float | None]]) -> list[tuple[float | None, ...]]:
    """The points to a tenth of a unit, without those at the end that are gaps: detroit 2.6 fails on a last one."""
    last = max((at for at, point in enumerate(points) if _is_whole(point)), default=-1)
    return [tuple(map(_short, point)) for point in points[: last + 1]]


def _short(value: float | None) -> float | None:
    """A place to a tenth of a unit: finer than anybody sees."""
    return None if value is None else round(value, 1)


def _mark(extreme: tuple[float, date], across: Any, up: Any, offset: int) -> Row:
    """Where the highest or lowest close stands, and its number beside it, within the chart."""
    value, at = extreme
    place = across(_midnight(at))
    share = (place - LEFT) / (RIGHT - LEFT)
    anchor = "start" if share < 0.1 else "end" if share > 0.9 else "middle"
    return {"x": round(place, 1), "y": round(up(value), 1), "dy": offset, "anchor": anchor, "value": value}
