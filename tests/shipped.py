"""The facts as they are shipped, loaded once for all tests that do not bring their own.

`KNOWN` are those of the indices that were shipped when the tests' answers were worked out: of how many keys an evening
owes, say. What is to hold for every index looks at `FACTS`, and so does what a command line does.
"""

from dataclasses import replace

from warehouse.facts.market import Facts, Market

ROLES = dict.fromkeys(("^HSI", "HSTECH.HK", "000300.SS"), "followed") | dict.fromkeys(
    ("^HSCE", "000001.SS", "399001.SZ", "399006.SZ", "000905.SS", "000016.SS", "000688.SS"), "price_only"
)


def known(facts: Facts) -> Facts:
    """The same facts of these indices alone, in their roles."""
    rows = facts.tables["indices.csv"]
    rows = [row | {"role": ROLES[row["index_symbol"]]} for row in rows if row["index_symbol"] in ROLES]
    return Facts(facts.tables | {"indices.csv": rows}, {code: _known(market) for code, market in facts.markets.items()})


def _known(market: Market) -> Market:
    indices = [replace(index, role=ROLES[index.symbol]) for index in market.indices if index.symbol in ROLES]
    followed = {index.symbol for index in indices if index.is_followed}
    return replace(market, indices=indices, spells=[spell for spell in market.spells if spell.index_symbol in followed])


FACTS = Facts.load()
HK, CN = FACTS.market("HK"), FACTS.market("CN")
KNOWN = known(FACTS)
