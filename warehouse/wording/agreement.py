"""How our closes compare with an official source's, in a sentence that names the source and certifies nothing."""

from typing import Any

WHO = {"hkex": "HKEX", "baostock": "baostock"}
WORDS = {
    "en": {
        "none": "compared with {who}: nothing yet ({outcome})",
        "equal": "compared with {who}: {equal} of {compared} closes equal ({share})",
        "explained": "{explained} explained by another basis or rounding",
        "settled": "{settled} taken from it",
        "unexplained": "{unexplained} unexplained, the worst {symbol} at {ours} against {theirs} ({difference})",
        "and": ", ",
    },
    "zh": {
        "none": "與{who}比較：未有資料",
        "equal": "與{who}比較：{compared}個收市價中{equal}個相同（{share}）",
        "explained": "{explained}個因基準或進位不同",
        "settled": "{settled}個取自該來源",
        "unexplained": "{unexplained}個未能解釋，最大為{symbol} {ours}對{theirs}（{difference}）",
        "and": "，",
    },
    "zh-hans": {
        "none": "与{who}比较：暂无资料",
        "equal": "与{who}比较：{compared}个收盘价中{equal}个相同（{share}）",
        "explained": "{explained}个因基准或进位不同",
        "settled": "{settled}个取自该来源",
        "unexplained": "{unexplained}个未能解释，最大为{symbol} {ours}对{theirs}（{difference}）",
        "and": "，",
    },
}


def told(row: dict[str, Any], language: str = "en") -> str:
    """What a row of `agreement` says. A share is rounded down, so that 100% is said of all alone."""
    words = WORDS[language]
    values = row | {"who": WHO.get(row["source"], row["source"]), "outcome": row["outcome"] or "not asked"}
    if not row["compared"]:
        return words["none"].format(**values)
    values["share"] = f"{1000 * row['equal'] // row['compared'] / 10:g}%"
    if row["unexplained"]:
        values |= {
            "symbol": row["worst_symbol"],
            "ours": f"{row['worst_close']:g}",
            "theirs": f"{row['worst_official_close']:g}",
            "difference": f"{row['worst_difference']:+.2%}",
        }
    names = ["equal", *(name for name in ("explained", "settled", "unexplained") if row[name])]
    return words["and"].join(words[name].format(**values) for name in names)
