"""A whole market's day in a sentence, out of a row of `market_breadth` and what its figures allow to be said."""

from typing import Any

from warehouse.wording.agreement import WHO
from warehouse.wording.figures import rounded

Row = dict[str, Any]

MARKETS = {
    "en": {"HK": "Hong Kong", "CN": "Mainland China"},
    "zh": {"HK": "香港", "CN": "中國內地"},
    "zh-hans": {"HK": "香港", "CN": "中国内地"},
}
COMPARED = 0.95  # of the lines that traded must have a return, before it is said how many rose
WORDS: dict[str, dict[str, Any]] = {
    "en": {
        "boards": {
            "Main Board": "the Main Board",
            "Main Board, GEM": "the Main Board and GEM",
            "A shares": "Shanghai and Shenzhen A shares",
        },
        "crowd": "{boards} by {who}: {advancers:,} rose, {decliners:,} fell and {unchanged:,} {be} unchanged, of "
        "{lines:,} lines",
        "lines": "{boards} by {who}: {lines:,} lines",
        "limits": "{limit_up:,} closed limit-up and {limit_down:,} limit-down",
        "year": "{new_highs:,} at a 52-week high and {new_lows:,} at a low",
        "turnover_total": "turnover {money}",
        "turnover_equities": "turnover in them {money}",
        "average": ", {times:,} times the 20-day average",
        "and": "; ",
        "money": (("HKD", "HK${:,} billion"), ("CNY", "{:,} billion yuan")),
        "unit": (1e9, 1),
    },
    "zh": {
        "boards": {"Main Board": "主板", "Main Board, GEM": "主板及創業板", "A shares": "滬深A股"},
        "crowd": "{boards}（{who}）：{lines:,}隻中{advancers:,}隻上升，{decliners:,}隻下跌，{unchanged:,}隻持平",
        "lines": "{boards}（{who}）：{lines:,}隻",
        "limits": "{limit_up:,}隻漲停，{limit_down:,}隻跌停",
        "year": "{new_highs:,}隻創52週新高，{new_lows:,}隻創新低",
        "turnover_total": "成交{money}",
        "turnover_equities": "其成交{money}",
        "average": "，為20日平均的{times:,}倍",
        "and": "；",
        "money": (("HKD", "{:,}億港元"), ("CNY", "{:,}億元人民幣")),
        "unit": (1e8, 0),
    },
    "zh-hans": {
        "boards": {"Main Board": "主板", "Main Board, GEM": "主板及创业板", "A shares": "沪深A股"},
        "crowd": "{boards}（{who}）：{lines:,}只中{advancers:,}只上涨，{decliners:,}只下跌，{unchanged:,}只持平",
        "lines": "{boards}（{who}）：{lines:,}只",
        "limits": "{limit_up:,}只涨停，{limit_down:,}只跌停",
        "year": "{new_highs:,}只创52周新高，{new_lows:,}只创新低",
        "turnover_total": "成交{money}",
        "turnover_equities": "其成交{money}",
        "average": "，为20日平均的{times:,}倍",
        "and": "；",
        "money": (("HKD", "{:,}亿港元"), ("CNY", "{:,}亿元人民币")),
        "unit": (1e8, 0),
    },
}


def told(row: Row, language: str = "en") -> str:
    """What a row of `market_breadth`, with its `session_kind`, says. How many rose is left out where few lines are
    compared with a close before; an average is no measure of a half, late or early day.
    """
    words = WORDS[language]
    values = row | {"who": WHO.get(row["source"], row["source"]), "boards": boards(row, language)}
    values["be"] = "was" if row["unchanged"] == 1 else "were"
    names = ["crowd" if is_compared(row) else "lines"]
    if row["with_limits"]:
        names.append("limits")
    if row["with_52w_history"] and row["new_highs"] + row["new_lows"]:
        names.append("year")
    parts = [words[name].format(**values) for name in names]
    return str(words["and"]).join([*parts, *_turnover(row, words)])


def boards(row: Row, language: str) -> str:
    """What was printed, of a row of `market_breadth`."""
    return str(WORDS[language]["boards"].get(row["boards"], row["boards"]))


def is_compared(row: Row) -> bool:
    """Whether it may be said how many rose and fell."""
    moved = row["advancers"] + row["decliners"] + row["unchanged"]
    return bool(moved and moved >= COMPARED * (moved + row["no_reference"]))


def _turnover(row: Row, words: dict[str, Any]) -> list[str]:
    """The market's own figure, or else that of the counted lines: one that is not printed is not made up."""
    name = "turnover_equities" if row["turnover_total"] is None else "turnover_total"
    amount, average = row[name], row[f"{name}_20d"]
    form = dict(words["money"]).get(row["currency"])
    if not amount or form is None:
        return []
    unit, decimals = words["unit"]
    said: str = words[name].format(money=form.format(rounded(amount / unit, decimals)))
    if average and row["session_kind"] == "full":
        said += words["average"].format(times=rounded(amount / average, 1))
    return [said]
