"""How a page looks: its language and colours, its style and script, and the templates that it is made of."""

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from warehouse.report.numbers import change, percent, points, price, tone, whole
from warehouse.report.words import LANGUAGES, OWN_NAMES, in_all, long_date, money, name_of, rule_of, say, say_in

HERE = Path(__file__).parent
TEMPLATES = HERE / "templates"
HEAT_STEPS = (0.0005, 0.01, 0.03, 0.05)  # from each of these on a move has a stronger colour
SHAPES = {"wide": "(min-width:40.01rem)", "tall": "(max-width:40rem)"}
SORTS = HERE / "vendor" / "sortable.min.js"


@dataclass(frozen=True)
class Look:
    """In which language a page opens (a key of `LANGUAGES`), and which way its colours go: 'red-up' or 'green-up'."""

    language: str = "en"
    colours: str = "red-up"


def heat(value: float) -> str:
    """The style class of a tile: 'u1' to 'u4', 'd1' to 'd4', or 'u0' for a move that rounds to nothing."""
    strength = sum(abs(value) >= step for step in HEAT_STEPS)
    return f"{'d' if value < 0 and strength else 'u'}{strength}"


def style_of(rules: Iterable[dict[str, str]] = (), more: str = "") -> str:
    """The style sheet, with the rules that place tiles on a desk and on a phone, and `more` rules."""
    placed = [f"@media {SHAPES[shape]}{{{text}}}" for each in rules for shape, text in each.items()]
    return "\n".join([(TEMPLATES / "page.css").read_text(encoding="utf-8"), more, *placed])


def script_of(*names: str, sorts: bool = False) -> str:
    """The scripts of a page as one; with `sorts` also the one that sorts tables, which is not ours."""
    files = [*([SORTS] if sorts else []), *(TEMPLATES / name for name in names)]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def csp(text: str) -> str:
    """What the page's own policy calls an inline text: the page runs and wears that and nothing else."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def render(template: str, look: Look, **values: Any) -> str:
    """The HTML of a template."""
    return _environment.get_template(template).render(language=look.language, colours=look.colours, **values)


# Compiled once: the templates and what they may call are constants.
_environment = Environment(
    loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_environment.filters |= {
    "points": points, "percent": percent, "change": change, "tone": tone, "heat": heat,
    "price": price, "whole": whole, "csp": csp,
}  # fmt: skip
_environment.globals |= {
    "say": say, "say_in": say_in, "name_of": name_of, "rule_of": rule_of, "in_all": in_all, "long_date": long_date,
    "money": money, "languages": LANGUAGES, "own_names": OWN_NAMES,
}  # fmt: skip
