"""What can be wrong with a person's corrections of the facts: the header of a file, and a row."""

import re
from collections.abc import Collection
from datetime import date, time

DATES = (
    *("listed_from", "listed_to", "listed_on", "members_confirmed_to", "next_review"),
    *("trade_date", "valid_from", "valid_to"),
)
TIMES = ("opens", "lunch_starts", "lunch_ends", "closes", "half_day_closes")
WHOLE_NUMBERS = ("final_after_minutes", "member_count", "percent", "review_friday", "sessions_apart")
NUMBERS = (*WHOLE_NUMBERS, "from_price", "to_price", "tick")
ALLOWED = {
    "market": ("HK", "CN"),
    "confidence": ("high", "medium", "low"),
    "is_st": ("true", "false"),
    "says": ("not_st", "past_new_listing"),
    "role": ("followed", "price_only"),
    "session_overlay.csv kind": ("full", "half", "late", "early", "closed"),
}
# What began before anybody looked has an empty first day, but not a spell, nor the hours of a market.
NEEDED_FIRST_DAYS = {
    "hours.csv": "hours need the first day that they hold",
    "member_counts.csv": "a count needs its first session",
    "members/csi300.csv": "a spell needs its first session",
    "members/hsi.csv": "a spell needs its first session",
    "members/hstech.csv": "a spell needs its first session",
}
HONG_KONG = (re.compile(r"\d{4}\.HK"), "Hong Kong symbol: write it as 0700.HK")
MAINLAND = (re.compile(r"6\d{5}\.SS|[03]\d{5}\.SZ"), "mainland symbol: write it as 600519.SS or 000001.SZ")
# Five digits: the counters in renminbi.
ANY = (re.compile(r"8?\d{4}\.HK|\d{6}\.(SS|SZ|BJ)"), "symbol: write it as 0700.HK or 600519.SS")
SYMBOLS = {
    "symbol": ANY,
    "a_symbol": MAINLAND,
    "h_symbol": HONG_KONG,
    "members/csi300.csv symbol": MAINLAND,
    "members/hsi.csv symbol": HONG_KONG,
    "members/hstech.csv symbol": HONG_KONG,
}


def problem_of_header(found: list[str], columns: list[str], needed: Collection[str]) -> str | None:
    """What is wrong with a correction's first line, None if nothing is."""
    if not found:
        return "the file is empty"
    for sign, name in ((";", "';'"), ("\t", "tabs")):
        if len(found) == 1 and sign in found[0]:
            return f"separated by {name}: save it with commas"
    unknown = [name for name in found if name not in columns]
    if len(unknown) == len(found):
        return "there is no header"
    if unknown:
        return f"unknown column {', '.join(unknown)}"
    missing = [name for name in columns if name in needed and name not in found]
    return f"missing column {', '.join(missing)}" if missing else None


def problem_of_row(row: dict[str, str], name: str, key: tuple[str, ...]) -> str | None:
    """What is wrong with a whole row of a correction of the reference file `name`, None if nothing is."""
    for column in (*key, "source"):
        may_be_empty = column in ("valid_from", "listed_from")
        if not row[column] and (not may_be_empty or name in NEEDED_FIRST_DAYS):
            return f"{column} is empty: {NEEDED_FIRST_DAYS[name] if may_be_empty else 'every fact needs one'}"
    for column, value in row.items():
        problem = _problem_of_value(value, column, name) if value else None
        if problem:
            return f"{column} {value!r} {problem}"
    if row.get("valid_to") and row["valid_to"] < row["valid_from"]:
        return f"valid_to {row['valid_to']} is before valid_from {row['valid_from']}"
    return _problem_of_session(row) if name == "session_overlay.csv" else None


def _problem_of_value(value: str, column: str, name: str) -> str | None:
    allowed = ALLOWED.get(f"{name} {column}", ALLOWED.get(column))
    if allowed and value not in allowed:
        return f"is none of {', '.join(allowed)}"
    form, what = SYMBOLS.get(f"{name} {column}", SYMBOLS.get(column, (None, "")))
    if form and not form.fullmatch(value):
        return f"is no {what}"
    if column in NUMBERS and not re.fullmatch(r"\d+" if column in WHOLE_NUMBERS else r"\d+(\.\d+)?", value):
        return "is no number such as 10"
    if column in DATES and not _is_like(value, date):
        return "is no date such as 2022-05-17"
    if column in TIMES and not _is_like(value, time):
        return "is no time such as 09:30"
    return None


def _problem_of_session(row: dict[str, str]) -> str | None:
    if not row["kind"]:
        return "kind is empty: every session needs one"
    if row["kind"] == "closed":
        return "a closed day has no hours: leave opens and closes empty" if row["opens"] or row["closes"] else None
    if not (row["opens"] and row["closes"]):
        return f"a session of kind {row['kind']!r} needs opens and closes"
    if row["opens"] >= row["closes"]:
        return f"opens {row['opens']} is not before closes {row['closes']}"
    return None


def _is_like(value: str, kind: type[date] | type[time]) -> bool:
    """Whether it is written as we write dates and times; one day in two spellings would be two keys."""
    try:
        return kind.fromisoformat(value).isoformat().startswith(value)
    except ValueError:
        return False
