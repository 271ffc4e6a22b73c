"""The sentences in Chinese: one grammar, and the words of each script, for Hong Kong's readers and the mainland's."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from warehouse.wording.claims import SUPERLATIVE, Claims, Mover, Period, Row, Run, Since, is_changing, movers, returned
from warehouse.wording.figures import level, percentage


@dataclass(frozen=True)
class Script:
    """The words of one script. `names` ends the columns that hold its names; the rest are phrases."""

    names: str
    words: dict[str, str]

    def __getitem__(self, key: str) -> str:
        """The word or phrase of that key."""
        return self.words[key]


TRADITIONAL = Script(
    "_zh",
    {
        "simulated": "【模擬】",
        "partial": "【不完整】",
        "pending": "【待確認】",
        "up": "升",
        "down": "跌",
        "up slight": "微升",
        "up small": "升",
        "up clear": "上升",
        "up large": "急升",
        "up huge": "飆升",
        "down slight": "微跌",
        "down small": "跌",
        "down clear": "下跌",
        "down large": "急跌",
        "down huge": "暴跌",
        "points": "點",
        "closed": "收報",
        "unknown": "前一交易日沒有收市紀錄，升跌幅不詳",
        "half": "半日市",
        "flat": "變動不大",
        "largest up": "最大升幅",
        "largest down": "最大跌幅",
        "month": "為本月",
        "is": "為",
        "since": "以來",
        "launch": "推出以來",
        "hole": "（欠{}紀錄）",
        "best": "表現最佳",
        "worst": "表現最差",
        "among": "當中",
        "and": "及",
        "intraday": "盤中一度",
        "close": "收市價",
        "highest": "最高",
        "lowest": "最低",
        "52 weeks": "52週",
        "run": "已連{}{}日",
        "longest": "為{}以來最長",
        "matched": "與截至{}的一輪相同",
        "week": "本週累計",
        "month total": "全月累計",
        "quarter": "全季累計",
        "year": "全年累計",
        "short week": "本週（因假期縮短）累計",
        "unchanged": "變動不大",
        "week streak": "連{}{}週",
        "month streak": "連{}{}個月",
        "quarter streak": "連{}{}季",
        "year streak": "連{}{}年",
        "week since": "{}當週",
        "quarter name": "{}年第{}季",
        "year name": "{}年",
        "members": "隻成份股",
        "all": "全部",
        "in": "中",
        "ones": "隻",
        "rises": "上升",
        "falls": "下跌",
        "seen": "有升跌數據的",
        "unseen": "另有{}隻沒有數據（{}）",
        "none seen": "{}隻成份股均沒有升跌數據（{}）",
        "most up": "升幅最大",
        "most down": "跌幅最大",
        "resumed": "復牌",
        "ex-dividend": "除淨",
        "limit-up": "漲停",
        "limit-down": "跌停",
        "unexplained": "原因未明",
        "transient": "（暫時未能取得）",
        "unknown shape": "（格式不明）",
        "n events": "{}項公司行動待查：{}",
        "held": "待查",
        "missing": "欠缺",
        "gone": "已無數據來源",
        "no reference": "沒有前收市價",
        "not run": "今日資料尚待確認",
        "unconfirmed": "成份股名單自{}起未經核對",
        "announced": "已公布{}起{}",
        "flat stocks": "{}隻股份突然零成交，全部待查",
        "half day": "（半日市，數據商不提供）",
        "n held": "{}項待查：{}",
        "n missing": "{}項欠缺：{}",
        "no data since": "（{}起沒有數據）",
        "n no reference": "{}隻沒有前收市價：{}",
        "n short": "{}項早於數據商所存的五個交易日：{}",
        "n gone": "{}隻已無數據來源：{}",
        "more": "等",
        "no run": "尚未有運行完成",
        "unconfirmed list": "{}成份股名單自{}起未經核對",
        "announced list": "已公布{}起{}{}",
    },
)
SIMPLIFIED = Script(
    "_zh_hans",
    {
        "simulated": "【模拟】",
        "partial": "【不完整】",
        "pending": "【待确认】",
        "up": "涨",
        "down": "跌",
        "up slight": "微涨",
        "up small": "涨",
        "up clear": "上涨",
        "up large": "大涨",
        "up huge": "飙升",
        "down slight": "微跌",
        "down small": "跌",
        "down clear": "下跌",
        "down large": "大跌",
        "down huge": "暴跌",
        "points": "点",
        "closed": "收报",
        "unknown": "前一交易日没有收盘纪录，涨跌幅不详",
        "half": "半日市",
        "flat": "变动不大",
        "largest up": "最大涨幅",
        "largest down": "最大跌幅",
        "month": "为本月",
        "is": "为",
        "since": "以来",
        "launch": "推出以来",
        "hole": "（缺{}纪录）",
        "best": "表现最佳",
        "worst": "表现最差",
        "among": "其中",
        "and": "和",
        "intraday": "盘中一度",
        "close": "收盘价",
        "highest": "最高",
        "lowest": "最低",
        "52 weeks": "52周",
        "run": "已连{}{}日",
        "longest": "为{}以来最长",
        "matched": "与截至{}的一轮相同",
        "week": "本周累计",
        "month total": "全月累计",
        "quarter": "全季累计",
        "year": "全年累计",
        "short week": "本周（因假期缩短）累计",
        "unchanged": "变动不大",
        "week streak": "连{}{}周",
        "month streak": "连{}{}个月",
        "quarter streak": "连{}{}季",
        "year streak": "连{}{}年",
        "week since": "{}当周",
        "quarter name": "{}年第{}季",
        "year name": "{}年",
        "members": "只成分股",
        "all": "全部",
        "in": "中",
        "ones": "只",
        "rises": "上涨",
        "falls": "下跌",
        "seen": "有涨跌数据的",
        "unseen": "另有{}只没有数据（{}）",
        "none seen": "{}只成分股均没有涨跌数据（{}）",
        "most up": "涨幅最大",
        "most down": "跌幅最大",
        "resumed": "复牌",
        "ex-dividend": "除息",
        "limit-up": "涨停",
        "limit-down": "跌停",
        "unexplained": "原因未明",
        "transient": "（暂时未能取得）",
        "unknown shape": "（格式不明）",
        "n events": "{}项公司行动待查：{}",
        "held": "待查",
        "missing": "缺失",
        "gone": "已无数据来源",
        "no reference": "没有前收盘价",
        "not run": "今日数据尚待确认",
        "unconfirmed": "成分股名单自{}起未经核对",
        "announced": "已公布{}起{}",
        "flat stocks": "{}只股票突然零成交，全部待查",
        "half day": "（半日市，数据商不提供）",
        "n held": "{}项待查：{}",
        "n missing": "{}项缺失：{}",
        "no data since": "（{}起没有数据）",
        "n no reference": "{}只没有前收盘价：{}",
        "n short": "{}项早于数据商所存的五个交易日：{}",
        "n gone": "{}只已无数据来源：{}",
        "more": "等",
        "no run": "尚未有运行完成",
        "unconfirmed list": "{}成分股名单自{}起未经核对",
        "announced list": "已公布{}起{}{}",
    },
)


def headline(row: Row, claims: Claims, script: Script) -> str:
    """The sentences of one index and day in that script."""
    parts = [
        _opening(row, claims, script),
        _turned(claims, script),
        _level(row, claims, script),
        _run(row, claims, script),
        *_periods(row, claims.periods, script),
        _crowd(row, claims, script),
        _returned(row, script),
        *_cautions(row, script),
    ]
    mark = script["simulated"] if row["source"] == "simulated" else ""
    state = script[row["state"]] if row["state"] != "complete" else ""
    return mark + state + "".join(f"{part}。" for part in parts if part)


def reason(found: dict[str, Any], script: Script) -> str | None:
    """Why a session or an index is not complete, and what else to know; None when there is nothing."""
    counts, parts = found["counts"], []
    if found["is_pending"]:
        parts.append(script["no run"])
    else:
        if counts["newly_flat"]:
            limit = script["half day"] if counts["is_half_day"] else ""
            parts.append(script["flat stocks"].format(counts["newly_flat"]) + limit)
        missing = [_missing(key, script) for key in counts["missing"] or ()]
        events = [name.split(" ")[0] for name in counts["events"] or ()]
        # Names of rules are English: the symbols alone.
        parts.append(_counted("n held", [name.split(" ")[0] for name in counts["held"] or ()], script))
        parts.append(_counted("n missing", missing, script))
        parts.append(_counted("n events", events, script))
        parts.append(_counted("n no reference", counts["no_reference"], script))
        parts.append(_counted("n short", counts["short_history"], script))
        parts.append(_counted("n gone", counts["gone"], script))
    for index in found["unconfirmed"] or ():
        parts.append(script["unconfirmed list"].format(_index(index, script), _iso(index["since"])))
    for change in found["announced"] or ():
        says = change[f"change{script.names}"]
        if says:
            parts.append(script["announced list"].format(_iso(change["effective_on"]), _index(change, script), says))
    return "；".join(part for part in parts if part) or None


def _missing(key: dict[str, Any], script: Script) -> str:
    since = script["no data since"].format(_iso(key["since"])) if key["since"] else ""
    return f"{key['symbol']}{since}{script[key['outcome']] if key['outcome'] else ''}"


def _counted(what: str, names: list[str] | None, script: Script) -> str:
    if not names:
        return ""
    return script[what].format(len(names), "、".join(names[:5]) + (script["more"] if len(names) > 5 else ""))


def _index(found: dict[str, Any], script: Script) -> str:
    return str(found[f"name{script.names}"] or found["index_code"])


def _iso(text: str) -> str:
    day = date.fromisoformat(text)
    return f"{day.year}年{day.month}月{day.day}日"


def _opening(row: Row, claims: Claims, script: Script) -> str:
    name, close = row[f"name{script.names}"] or row["name"], f"{level(row['close'])}{script['points']}"
    half = script["half"] if row["session_kind"] == "half" else ""
    if claims.direction == "unknown":
        return f"{name}{half}{script['closed']}{close}；{script['unknown']}"
    points = level(row["change_points"])
    if claims.direction == "flat":
        side = "up" if row["change_points"] > 0 else "down"
        moved = "" if points == "0.00" else f"，{script[side]}{points}{script['points']}"
        return f"{name}{half}{script['flat']}{moved}，{script['closed']}{close}{_both_ends(row, claims, script)}"
    verb = script[f"{claims.direction} {claims.size}"]
    told = f"{name}{half}{verb}{points}{script['points']}，{_or(row, claims, script)}，{script['closed']}{close}"
    if claims.compared:
        told += f"，{_since(row, claims.compared, script)}{script[f'largest {claims.direction}']}"
    return told + _performers(row, claims, script)


def _or(row: Row, claims: Claims, script: Script) -> str:
    return f"{script[claims.direction]}幅{percentage(row['return_1d'], 2)}"


def _both_ends(row: Row, claims: Claims, script: Script) -> str:
    best, worst = movers(row, "leaders", script.names), movers(row, "laggards", script.names)
    if not claims.is_whole or (row["advancers"] or 0) < SUPERLATIVE or (row["decliners"] or 0) < SUPERLATIVE:
        return ""
    if not (best and worst):
        return ""
    return f"，{_named(best[0], script)}{script['best']}，{_named(worst[0], script)}{script['worst']}"


def _performers(row: Row, claims: Claims, script: Script) -> str:
    side, how, count = (
        ("leaders", "best", row["advancers"]) if claims.direction == "up" else ("laggards", "worst", row["decliners"])
    )
    first = movers(row, side, script.names)[:2]
    if not first:
        return ""
    if claims.is_whole and count >= SUPERLATIVE:
        return f"，{script['and'].join(_named(mover, script) for mover in first)}{script[how]}"
    return f"，{script['among']}{'，'.join(_told(mover, script) for mover in first)}"


def _turned(claims: Claims, script: Script) -> str:
    if claims.turned is None:
        return ""
    return f"{script['intraday']}{script['up' if claims.turned > 0 else 'down']}{percentage(claims.turned, 2)}"


def _level(row: Row, claims: Claims, script: Script) -> str:
    if claims.level is None:
        return ""
    side = script["highest" if claims.direction == "up" else "lowest"]
    return f"{script['close']}{_since(row, claims.level, script)}{side}"


def _run(row: Row, claims: Claims, script: Script) -> str:
    run = claims.run
    if run is None:
        return ""
    return script["run"].format(script[claims.direction], run.length) + _of_runs(row, run, script)


def _of_runs(row: Row, run: Run, script: Script) -> str:
    if run.since:
        return f"，{script['longest'].format(_date(row, run.since))}"
    return f"，{script['matched'].format(_date(row, run.matched))}" if run.matched else ""


def _periods(row: Row, periods: tuple[Period, ...], script: Script) -> list[str]:
    """The periods that have nothing beside their move in one sentence, the others in one each."""
    plain = [period for period in periods if not (period.since or period.streak)]
    said = ["，".join(_period(row, period, script) for period in plain)]
    return said + [_period(row, period, script) for period in periods if period not in plain]


def _period(row: Row, period: Period, script: Script) -> str:
    kind = "short week" if period.is_short else "month total" if period.kind == "month" else period.kind
    size, side = percentage(period.move, 2), "up" if period.move > 0 else "down"
    if size == "0.00%":
        return f"{script[kind]}{script['unchanged']}"
    told = f"{script[kind]}{script[side]}{size}"
    if period.since:
        told += f"，{_since_of_period(row, period, script)}{script[f'largest {side}']}"
    if period.streak:
        told += f"，{script[f'{period.kind} streak'].format(script[side], period.streak)}"
    return told


def _since_of_period(row: Row, period: Period, script: Script) -> str:
    day = period.since.day if period.since else None
    if day is None:
        return f"{script['is']}{script['launch']}"
    if period.kind == "year":
        told = script["year name"].format(day.year)
    elif period.kind == "quarter":
        told = script["quarter name"].format(day.year, (day.month - 1) // 3 + 1)
    elif period.kind == "month":
        told = f"{day.month}月" if day.year == row["trade_date"].year else f"{day.year}年{day.month}月"
    else:
        is_old = row["trade_date"] - day > timedelta(days=365)
        told = _date(row, day) if is_old else script["week since"].format(_date(row, day))
    return f"{script['is']}{told}{script['since']}"


def _crowd(row: Row, claims: Claims, script: Script) -> str:
    up, down, count, seen = (row[name] or 0 for name in ("advancers", "decliners", "member_count", "with_return"))
    if not count or (claims.is_whole and up + down == 0):
        return ""
    if not seen:
        return script["none seen"].format(count, _unseen(row, script))
    rose_first = up > down or (up == down and claims.direction != "down")
    first, verb, other, opposite = (up, "rises", down, "falls") if rose_first else (down, "falls", up, "rises")
    if claims.is_whole and first == count:
        return f"{count}{script['members']}{script['all']}{script[verb]}"
    whole = f"{count}{script['members']}" if claims.is_whole else f"{script['seen']}{seen}{script['members']}"
    told = f"{whole}{script['in']}，{first}{script['ones']}{script[verb]}"
    if other:
        told += f"，{other}{script['ones']}{script[opposite]}{_who(row, claims, opposite, other, script)}"
    return (
        told if claims.is_whole else f"{told}；{script['unseen'].format(row['without_return'], _unseen(row, script))}"
    )


def _unseen(row: Row, script: Script) -> str:
    """Why members have no return, with how many of each."""
    gone = row["unobtainable"] or 0
    reasons = {"held": row["held"], "missing": row["missing"] - gone, "gone": gone, "no reference": row["no_reference"]}
    told = {why: count for why, count in reasons.items() if count}
    if len(told) == 1:
        return script[next(iter(told))]
    return "、".join(f"{count}{script['ones']}{script[why]}" for why, count in told.items())


def _who(row: Row, claims: Claims, verb: str, count: int, script: Script) -> str:
    """Who moved the other way: one or two with their moves, of more the first."""
    found = movers(row, "leaders" if verb == "rises" else "laggards", script.names)
    if not found:
        return ""
    if count < SUPERLATIVE:
        return f"（{'，'.join(_told(mover, script) for mover in found)}）" if len(found) >= count else ""
    is_told = (claims.direction == "up") == (verb == "rises") and claims.direction in ("up", "down")
    if not claims.is_whole or is_told:
        return ""
    return f"，{_named(found[0], script)}{script['most up' if verb == 'rises' else 'most down']}"


def _returned(row: Row, script: Script) -> str:
    mover = returned(row, script.names)
    if mover is None:
        return ""
    return f"{mover.name}{script['resumed']}{script['up' if mover.move > 0 else 'down']}{percentage(mover.move, 2)}"


def _cautions(row: Row, script: Script) -> list[str]:
    said = []
    if row["state"] == "pending":
        said.append(script["not run"])
    if row["members_unconfirmed_since"]:
        said.append(script["unconfirmed"].format(_date(row, row["members_unconfirmed_since"])))
    says = row[f"change{script.names}"]
    if is_changing(row) and says:
        said.append(script["announced"].format(_date(row, row["change_on"]), says))
    return said


def _since(row: Row, since: Since, script: Script) -> str:
    if since.kind == "month":
        return script["month"]
    if since.kind == "year":
        return f"{script['is']}{script['52 weeks']}"
    if since.kind == "launch" or since.day is None:
        return f"{script['is']}{_date(row, row['launched_on'])}{script['launch']}"
    hole = script["hole"].format(_date(row, since.hole)) if since.hole else ""
    return f"{script['is']}{_date(row, since.day)}{script['since']}{hole}"


def _date(row: Row, day: date | None) -> str:
    """A day as the press gives it: without the year in the same year, year and month when over a year old."""
    if day is None:
        return ""
    if row["trade_date"] - day > timedelta(days=365) and day != row["launched_on"]:
        return f"{day.year}年{day.month}月"
    year = "" if day.year == row["trade_date"].year else f"{day.year}年"
    return f"{year}{day.month}月{day.day}日"


def _named(mover: Mover, script: Script) -> str:
    return f"{mover.name}（{script[mover.mark]}）" if mover.mark else mover.name


def _told(mover: Mover, script: Script) -> str:
    moved = f"{mover.name}{script['up' if mover.move > 0 else 'down']}{percentage(mover.move, 2)}"
    return f"{moved}（{script[mover.mark]}）" if mover.mark else moved
