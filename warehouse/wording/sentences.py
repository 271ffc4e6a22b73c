"""A day in words: the sentences of a `market_wrap` row, and the reasons of a verdict, from their own columns and
nothing else. What may be claimed is decided in `claims`, once; each language is a module.
"""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import orjson

from warehouse.wording import en, zh
from warehouse.wording.claims import Claims, Row, claims_of

_HEADLINES: dict[str, Callable[[Row, Claims], str]] = {
    "en": en.headline,
    "zh_hant": partial(zh.headline, script=zh.TRADITIONAL),
    "zh_hans": partial(zh.headline, script=zh.SIMPLIFIED),
}
_REASONS: dict[str, Callable[[dict[str, Any]], str | None]] = {
    "en": en.reason,
    "zh_hant": partial(zh.reason, script=zh.TRADITIONAL),
    "zh_hans": partial(zh.reason, script=zh.SIMPLIFIED),
}
LANGUAGES = tuple(_HEADLINES)
TEXTS = f"STRUCT({', '.join(f'{language} VARCHAR' for language in LANGUAGES)})"  # what the database is given
DAYS = ("_since", "_on", "_date", "_from", "last_missing")  # how the names of columns with dates end


def headlines(row: Row) -> dict[str, str]:
    """The sentences of one index and day in every language; `row` has the columns of `market_wrap`, dates as `date`."""
    claims = claims_of(row)
    return {language: say(row, claims) for language, say in _HEADLINES.items()}


def headlines_of_json(row: str) -> dict[str, str]:
    """The same from a row as JSON, as the database hands it over while it is built."""
    told = orjson.loads(row)
    for name, value in told.items():
        if isinstance(value, str) and name.endswith(DAYS):
            told[name] = date.fromisoformat(value)
    return headlines(told)


def reasons_of_json(found: str) -> dict[str, str | None]:
    """Why a verdict is what it is, in every language, from what 080_verdicts.sql counted; None: nothing to say."""
    counted = orjson.loads(found)
    return {language: say(counted) for language, say in _REASONS.items()}
