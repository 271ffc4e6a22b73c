"""The sentences in English."""

from datetime import date, timedelta
from itertools import groupby
from typing import Any

from warehouse.wording.claims import SUPERLATIVE, Claims, Period, Row, Since, is_changing, is_old
from warehouse.wording.figures import level, percentage
from warehouse.wording.movers import Mover, movers, returned

VERBS = {
    "up": {"slight": "edged up", "small": "gained", "clear": "rose", "large": "rallied", "huge": "surged"},
    "down": {"slight": "edged down", "small": "fell", "clear": "slid", "large": "tumbled", "huge": "plunged"},
}
SAID = 80  # characters of what a vendor's failed answer said; the rest is in `answers`
ENDINGS = {1: "st", 2: "nd", 3: "rd"}
ORDINALS = ("third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
QUARTERS = ("first", "second", "third", "fourth")


def headline(row: Row, claims: Claims) -> str:
    """The sentences of one index and day."""
    parts = [
        _opening(row, claims),
        _turned(claims),
        _standing(row, claims),
        *_periods(row, claims.periods),
        _crowd(row, claims),
        _returned(row),
        *_cautions(row),
    ]
    mark = "[SIMULATED] " if row["source"] == "simulated" else ""
    state = f"[{row['state'].upper()}] " if row["state"] != "complete" else ""
    return mark + state + " ".join(part for part in parts if part)


def reason(found: dict[str, Any]) -> str | None:
    """Why a session or an index is not complete, and what else to know; None when there is nothing."""
    counts, parts = found["counts"], []
    if found["is_pending"]:
        parts.append("no run has ended for it yet")
    else:
        if counts["newly_flat"]:
            limit = " (a half day, which the vendor does not fill)" if counts["is_half_day"] else ""
            flat = counts["newly_flat"]
            what = "stocks newly at zero volume, all held" if flat > 1 else "stock newly at zero volume, held"
            parts.append(f"{flat} {what}{limit}")
        parts += [
            _counted("held", counts["held"]),
            _counted("missing", [_missing(key) for key in counts["missing"] or ()]),
        ]
        parts.append(_counted("held events" if len(counts["events"] or ()) > 1 else "held event", counts["events"]))
        parts.append(_counted("without a previous close", counts["no_reference"]))
        parts.append(_counted("beyond the vendor's five sessions of history", counts["short_history"]))
        parts.append(_counted("that no vendor has", counts["gone"]))
    for index in found["unconfirmed"] or ():
        parts.append(f"members of {index['index_code']} not confirmed since {index['since']}")
    for change in found["announced"] or ():
        parts.append(f"announced for {change['effective_on']}: {change['index_code']} {change['change']}")
    return "; ".join(part for part in parts if part) or None


def _counted(what: str, names: list[str] | None) -> str:
    if not names:
        return ""
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return f"{len(names)} {what}: {', '.join(names[:5])}{more}"


def _missing(key: dict[str, Any]) -> str:
    since = f" (asked in vain since {key['since']})" if key["since"] else ""
    said = ": ".join(filter(None, [key["outcome"], (key["detail"] or "")[:SAID]]))
    return " ".join(filter(None, [key["symbol"], key["rule"]])) + since + (f" ({said})" if said else "")


def comparison(row: Row, claims: Claims) -> str:
    """What the day is best compared with, as a phrase of its own; '' where nothing is worth it."""
    if claims.compared:
        return _compared(row, claims, claims.compared, f"the largest {_move(claims)}")
    if found := _level(row, claims) or _run(row, claims):
        return found
    return next((_period(period) for period in claims.periods), "")


def _period(period: Period) -> str:
    return f"{'up' if period.move > 0 else 'down'} {_sized(period)} for the {_kind(period)}" if _sized(period) else ""


def _opening(row: Row, claims: Claims) -> str:
    name, close = f"The {row['name']}", level(row["close"])
    if claims.direction == "unknown":
        return f"{name} closed at {close}; the session before is not stored, so its move is not known."
    half = " in a half-day session" if row["session_kind"] == "half" else ""
    points = level(row["change_points"])
    if claims.direction == "flat":
        side = "" if points == "0.00" else f", {'up' if row['change_points'] > 0 else 'down'} {points} points"
        return f"{name} was little changed at {close}{half}{side}{_both_ends(row, claims)}."
    verb, size = VERBS[claims.direction][claims.size or ""], percentage(row["return_1d"], 1)
    if claims.compared:
        gave = "adding" if claims.direction == "up" else "losing"
        how = _compared(row, claims, claims.compared, "the most")
        told = f"{verb} {size}{half}, {how}, {gave} {points} points to close at {close}"
    else:
        told = f"{verb} {size}, or {points} points, to {close}{half}"
    return f"{name} {told}{_performers(row, claims)}."


def _both_ends(row: Row, claims: Claims) -> str:
    best, worst = movers(row, "leaders", ""), movers(row, "laggards", "")
    if not claims.is_whole or (row["advancers"] or 0) < SUPERLATIVE or (row["decliners"] or 0) < SUPERLATIVE:
        return ""
    return f", with {_named(best[0])} the top performer and {_named(worst[0])} the weakest" if best and worst else ""


def _performers(row: Row, claims: Claims) -> str:
    side, how, count = (
        ("leaders", "top", row["advancers"]) if claims.direction == "up" else ("laggards", "worst", row["decliners"])
    )
    first = movers(row, side, "")[:2]
    if not first:
        return ""
    if claims.is_whole and count >= SUPERLATIVE:
        return f", with {_and(map(_named, first))} the {how} performer{'s' if len(first) > 1 else ''}"
    return f", with {_and(map(_told, first))}"


def _turned(claims: Claims) -> str:
    if claims.turned is None:
        return ""
    verb = "risen" if claims.turned > 0 else "fallen"
    return f"It had {verb} as much as {percentage(claims.turned, 1)} during the day."


def _standing(row: Row, claims: Claims) -> str:
    """How the close and the run compare with the past."""
    parts = [part for part in (_level(row, claims), _run(row, claims)) if part]
    return f"It was {' and '.join(parts)}." if parts else ""


def _level(row: Row, claims: Claims) -> str:
    if claims.level is None:
        return ""
    if claims.level.kind == "matched":
        return f"as {'high' if claims.direction == 'up' else 'low'} a close as on {_day(row, claims.level.day)}"
    side = "highest" if claims.direction == "up" else "lowest"
    since = _since(row, claims.level).replace("its launch", "the index's launch")
    return f"the {side} close {since}"


def _run(row: Row, claims: Claims) -> str:
    run = claims.run
    if run is None:
        return ""
    told = f"{_ordinal(run.length)} straight {_move(claims)}"
    if run.since:
        return f"{told}, the longest run since {_date(row, run.since)}"
    return f"{told}, as many as in the run to {_date(row, run.matched)}" if run.matched else told


def _ordinal(number: int) -> str:
    if number - 3 < len(ORDINALS):
        word = ORDINALS[number - 3]
    else:
        word = f"{number}{ENDINGS.get(number % 10, 'th') if number % 100 not in (11, 12, 13) else 'th'}"
    return f"an {word}" if word.startswith(("eigh", "8", "11th", "18th")) else f"a {word}"


def _periods(row: Row, periods: tuple[Period, ...]) -> list[str]:
    """The periods that have nothing beside their move in one sentence, the others in one each."""
    plain = [period for period in periods if not (period.since or period.streak)]
    groups = [list(group) for _, group in groupby(plain, _verb)]
    told = [
        f"{_verb(group[0])} {_and(f'{_sized(period)} for the {_kind(period)}'.strip() for period in group)}"
        for group in groups
    ]
    said = [f"It {' but '.join(told) if len(told) == 2 else _and(told)}."] if told else []
    for period in periods:
        if period not in plain:
            said.append(
                f"For the {_kind(period)} it {f'{_verb(period)} {_sized(period)}'.strip()}{_of_period(row, period)}."
            )
    return said


def _kind(period: Period) -> str:
    return f"holiday-shortened {period.kind}" if period.is_short else period.kind


def _verb(period: Period) -> str:
    return "was little changed" if not _sized(period) else "rose" if period.move > 0 else "fell"


def _sized(period: Period) -> str:
    size = percentage(period.move, 1)
    return "" if size == "0.0%" else size


def _of_period(row: Row, period: Period) -> str:
    told = ""
    if period.since and _sized(period):
        how = "matching" if period.since.kind == "matched" else "the most since"
        told = f", {how} {_date_of_period(row, period)}"
    if period.streak:
        told += f", {_ordinal(period.streak)} straight {period.kind}ly {'gain' if period.move > 0 else 'fall'}"
    return told


def _date_of_period(row: Row, period: Period) -> str:
    if period.since is None or period.since.day is None:
        return f"the index's launch on {_date(row, row['launched_on'])}"
    day, is_old = period.since.day, row["trade_date"] - period.since.day > timedelta(days=365)
    if period.kind == "year":
        return str(day.year)
    if period.kind == "quarter":
        return f"the {QUARTERS[(day.month - 1) // 3]} quarter of {day.year}"
    if period.kind == "month":
        return f"{day:%B}" if day.year == row["trade_date"].year else f"{day:%B %Y}"
    if not is_old:
        return f"the week to {_date(row, day)}"
    return f"a week of {day:%B %Y}" if period.since.kind == "matched" else f"{day:%B %Y}"


def _crowd(row: Row, claims: Claims) -> str:
    up, down, count, seen = (row[name] or 0 for name in ("advancers", "decliners", "member_count", "with_return"))
    if not count or (claims.is_whole and up + down == 0):
        return ""
    if not seen:
        return f"None of its {count} members has a return ({_unseen(row)})."
    rose_first = up > down or (up == down and claims.direction != "down")
    first, verb, other, opposite = (up, "rose", down, "fell") if rose_first else (down, "fell", up, "rose")
    if claims.is_whole and first == count:
        return f"All {count} members {verb}."
    whole = f"{count} members" if claims.is_whole else f"the {seen} members with a return"
    told = f"{first} of {whole} {verb}"
    if other or claims.is_whole:
        told += f" and {_number(other)} {opposite}{_who(row, claims, opposite, other)}"
    return f"{told}." if claims.is_whole else f"{told}; {row['without_return']} had none ({_unseen(row)})."


def _unseen(row: Row) -> str:
    """Why members have no return: how many for which reason, or the one reason of them all."""
    gone = row["unobtainable"] or 0
    reasons = {
        "held back": row["held"],
        "missing": row["missing"] - gone,
        "without a vendor": gone,
        "no previous close": row["no_reference"],
    }
    told = {why: count for why, count in reasons.items() if count}
    return next(iter(told)) if len(told) == 1 else ", ".join(f"{count} {why}" for why, count in told.items())


def _number(count: int) -> str:
    return "none" if count == 0 else "one" if count == 1 else str(count)


def _who(row: Row, claims: Claims, verb: str, count: int) -> str:
    """Who moved the other way: one or two with their moves, of more the first."""
    found = movers(row, "leaders" if verb == "rose" else "laggards", "")
    if not found or not count:
        return ""
    if count < SUPERLATIVE:
        # Of two, one may have resumed, who is told apart: the other alone would stand for both.
        if len(found) < count:
            return ""
        return f", {_and(f'{mover.name} by {percentage(mover.move, 1)}{why(mover)}' for mover in found[:count])}"
    # The leaders of a gain and the laggards of a fall were named in the first sentence.
    is_told = (claims.direction == "up") == (verb == "rose") and claims.direction in ("up", "down")
    return f", {_named(found[0])} the most" if claims.is_whole and not is_told else ""


def _returned(row: Row) -> str:
    mover = returned(row, "")
    if mover is None:
        return ""
    return f"{mover.name} resumed trading and {'rose' if mover.move > 0 else 'fell'} {percentage(mover.move, 1)}."


def _cautions(row: Row) -> list[str]:
    said = []
    if row["state"] == "pending":
        said.append("No run has ended for it yet.")
    if row["members_unconfirmed_since"]:
        said.append(f"Members not confirmed since {_date(row, row['members_unconfirmed_since'])}.")
    if is_changing(row):
        said.append(f"Announced for {_date(row, row['change_on'])}: {row['change']}.")
    return said


def _move(claims: Claims) -> str:
    return "gain" if claims.direction == "up" else "fall"


def _compared(row: Row, claims: Claims, compared: Since, most: str) -> str:
    """Since when it was the `most`, or which day's move it matches."""
    if compared.kind == "matched":
        return f"matching the {_move(claims)} of {_day(row, compared.day)}"
    return f"{most} {_since(row, compared)}"


def _since(row: Row, since: Since) -> str:
    if since.kind == "month":
        return "this month"
    if since.kind == "year":
        return "in 52 weeks"
    if since.kind == "launch" or since.day is None:
        return f"since its launch on {_date(row, row['launched_on'])}"
    hole = f" ({_date(row, since.hole)} is not stored)" if since.hole else ""
    return f"since {_date(row, since.day)}{hole}"


def _day(row: Row, day: date | None) -> str:
    return f"a day in {_date(row, day)}" if day and is_old(row, day) else _date(row, day)


def _date(row: Row, day: date | None) -> str:
    """A day as the press gives it: without the year in the same year, month and year when over a year old."""
    if day is None:
        return ""
    if is_old(row, day):
        return f"{day:%B %Y}"
    year = "" if day.year == row["trade_date"].year else f" {day.year}"
    return f"{day.day} {day:%B}{year}"


def _named(mover: Mover) -> str:
    return mover.name + why(mover)


def _told(mover: Mover) -> str:
    return f"{mover.name} {'up' if mover.move > 0 else 'down'} {percentage(mover.move, 1)}{why(mover)}"


def why(mover: Mover) -> str:
    """What explains a member's move, or that nothing does, in brackets; nothing where there is nothing to say."""
    return f" ({mover.mark})" if mover.mark else ""


def _and(parts: Any) -> str:
    *rest, last = parts
    return f"{', '.join(rest)} and {last}" if rest else str(last)
