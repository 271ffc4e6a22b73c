"""Curves as inline SVG, drawn by matplotlib in the colours of `page.css`, so that one drawing serves light and dark."""

import math
import re
from collections.abc import Callable, Sequence
from datetime import date
from io import StringIO

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

# matplotlib takes real colours only: each stands for a variable of the style sheet.
INK, MUTED, LINE, ACCENT = "#010101", "#020202", "#030303", "#040404"
VARIABLES = {INK: "var(--ink)", MUTED: "var(--muted)", LINE: "var(--line)", ACCENT: "var(--accent)"}
POINTS_PER_INCH = 72
SPARK_SESSIONS = 60
GAP = math.nan


def sparkline(name: str, closes: Sequence[float | None]) -> str | None:
    """The last 60 sessions of an index as a bare curve with its end marked; None with fewer than two closes."""
    values = [GAP if close is None else close for close in closes[-SPARK_SESSIONS:]]
    if sum(not math.isnan(value) for value in values) < 2:
        return None

    def draw(axes: Axes) -> None:
        axes.plot(values, color=MUTED, linewidth=1.4, solid_capstyle="round")
        axes.plot(len(values) - 1, values[-1], "o", color=ACCENT, markersize=4)
        axes.margins(x=0.03, y=0.15)
        axes.axis("off")

    return _svg(f"spark {name}", (120, 34), (0.01, 0.03, 0.98, 0.94), draw)


def year_chart(name: str, days: Sequence[date], closes: Sequence[float | None]) -> str | None:
    """The closes of an index, highest and lowest marked; None with fewer than two. A session that is not stored is a
    gap in the curve.
    """
    values = [GAP if close is None else close for close in closes]
    stored = [(value, day) for value, day in zip(values, days, strict=True) if not math.isnan(value)]
    if len(stored) < 2:
        return None

    def draw(axes: Axes) -> None:
        axes.plot([date2num(day) for day in days], values, color=ACCENT, linewidth=1.3, solid_joinstyle="round")
        _mark(axes, max(stored), days, 6)
        _mark(axes, min(stored), days, -6)
        axes.margins(x=0.02, y=0.22)
        locator = AutoDateLocator(minticks=3, maxticks=6)
        formats = ["%Y", "%b", "%d %b", "%d %b", "", ""]
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(
            ConciseDateFormatter(locator, formats=formats, zero_formats=["", "%Y", "%b", "", "", ""], show_offset=False)
        )
        axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
        axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        axes.yaxis.tick_right()
        axes.tick_params(length=0, labelsize=9, labelcolor=MUTED, pad=5)
        axes.grid(axis="y", color=LINE, linewidth=0.8)
        axes.set_axisbelow(True)
        axes.set_frame_on(False)

    drawing = _svg(f"year {name}", (340, 160), (0.01, 0.12, 0.85, 0.86), draw)
    return re.sub(">0([1-9] )", r">\1", drawing)  # the sign for days without a zero is another one on Windows


def _mark(axes: Axes, extreme: tuple[float, date], days: Sequence[date], offset: int) -> None:
    value, day = extreme
    place = days.index(day) / len(days)
    axes.plot(date2num(day), value, "o", color=INK, markersize=3.5)
    axes.annotate(
        f"{value:,.0f}",
        (float(date2num(day)), value),
        (0, offset),
        textcoords="offset points",
        ha="left" if place < 0.1 else "right" if place > 0.9 else "center",
        va="bottom" if offset > 0 else "top",
        color=INK,
        fontsize=9,
    )


def _svg(name: str, size: tuple[int, int], box: tuple[float, float, float, float], draw: Callable[[Axes], None]) -> str:
    """The drawing as an SVG element that takes the width of its box; the same drawing gives the same text."""
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        figure = Figure(figsize=(size[0] / POINTS_PER_INCH, size[1] / POINTS_PER_INCH))
        figure.patch.set_visible(False)
        draw(figure.add_axes(box, facecolor="none"))
        file = StringIO()
        figure.savefig(file, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    text = file.getvalue()
    text = re.sub(r'<svg [^>]*?(viewBox="[^"]*")[^>]*>', r'<svg \1 aria-hidden="true">', text[text.index("<svg") :])
    text = re.sub(r' id="(figure|axes|patch|line2d|text|matplotlib\.axis|xtick|ytick|legend)_?\d*"', "", text)
    for colour, variable in VARIABLES.items():
        text = text.replace(colour, variable)
    return text.replace("xlink:href", "href").strip()
