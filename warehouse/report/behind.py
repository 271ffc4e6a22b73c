"""The SQL behind each block of a page, with the page's day in it, as `afterclose sql` runs it."""

import re
from datetime import date

from warehouse.sql.database import SQL

SETTLED, SOURCES = 1000, 10  # rows of either that a page has at most
BLOCKS = {  # what a block is called on the page: the query, and what beside the day it is asked with
    "verdicts": ("day_verdicts", {}),
    "states": ("page_index_states", {}),
    "indices": ("page_indices", {}),
    "members": ("page_members", {}),
    "movers": ("page_movers", {}),
    "breadth": ("page_breadth", {}),
    "contribution": ("page_contribution", {}),
    "pairs": ("page_pairs", {}),
    "year": ("page_year", {}),
    "held": ("page_held", {}),
    "settled": ("settled", {"limit": str(SETTLED)}),
    "agreement": ("agreement", {"limit": str(SOURCES)}),
}


def behind(day: date, has_market: bool = False) -> dict[str, str]:
    """The query of each block, by the block's name; that of whole markets where the page has them."""
    blocks = BLOCKS | ({"market": ("page_market", {})} if has_market else {})
    return {block: _asked(query, day, values) for block, (query, values) in blocks.items()}


def _asked(query: str, day: date, values: dict[str, str]) -> str:
    given = dict.fromkeys(("day", "first", "last"), f"'{day}'") | values
    text = (SQL / "queries" / f"{query}.sql").read_text(encoding="utf-8")
    return re.sub(r"\$(\w+)", lambda found: given[found[1]], text).strip()
