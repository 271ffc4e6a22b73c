"""What the pages say, in every language at once: one is seen at a time, and the reader's switch needs no script."""

import csv
import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from warehouse.wording.figures import rounded

LANGUAGES = {"en": "en", "zh": "zh-Hant", "zh-hans": "zh-Hans"}  # as the setting says, and as HTML does
SUFFIXES = ("", "_zh", "_zh_hans")  # of the columns that hold each
OWN_NAMES = {"en": "EN", "zh": "繁", "zh-hans": "简"}
COLUMNS = ("en", "zh_hant", "zh_hans")
WEEKDAYS = "一二三四五六日"
HAN = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff]")
# What a house name of more than four characters can do without.
NO_NAME = re.compile("(有限公司|股份|控股|集團|集团|科技|國際|国际|地產|地产|房產基金|房产基金)$")
HOUSE_NAME = 4
SMALL = 1e8  # under it an amount is told in the smaller unit


def _read() -> Mapping[str, tuple[str, ...]]:
    with Path(__file__).with_name("words.csv").open(encoding="utf-8", newline="") as file:
        return {row["word"]: tuple(row[column] for column in COLUMNS) for row in csv.DictReader(file)}


WORDS = _read()


def in_all(texts: Sequence[Any]) -> Markup:
    """A text in every language; once where it is the same in all."""
    english, traditional, simplified = texts
    if english == traditional == simplified:
        return escape(english)
    spans: Sequence[tuple[str, Any]] = list(zip(LANGUAGES.values(), texts, strict=True))
    if traditional == simplified:
        spans = [("en", english), ("zh", traditional)]
    return Markup("").join(Markup('<span lang="{}">{}</span>').format(tag, text) for tag, text in spans)


def say(word: str, *values: Any) -> Markup:
    """A word or sentence of `words.csv` in every language; values may be in every language themselves."""
    return in_all([escape(text).format(*values) if values else text for text in WORDS[word]])


def rule_of(name: str) -> Markup:
    """What the pages call a rule; one that has no words here is its name."""
    word = f"rule {name}"
    return say(word) if word in WORDS else escape(name.replace("_", " "))


def say_in(language: str, word: str, *values: Any) -> str:
    """The same in one language, for what cannot be marked up."""
    return WORDS[word][list(LANGUAGES).index(language)].format(*values)


def name_of(row: Mapping[str, Any], column: str = "name") -> Markup:
    """A name, or another text of a row, in every language; English stands in where one has none."""
    return in_all(texts_of(row, column))


def texts_of(row: Mapping[str, Any], column: str = "name") -> list[Any]:
    """The same as a list, in the order of `LANGUAGES`."""
    return [row.get(column + suffix) or row[column] for suffix in SUFFIXES]


def house_name(name: str) -> str:
    """A Chinese name without what it can do without, to four characters where that is enough; never cut."""
    short = name
    while len(short) > HOUSE_NAME and HAN.search(short) and NO_NAME.search(short):
        short = NO_NAME.sub("", short)
    return short


def width_of(text: str) -> float:
    """About how wide a text is, in ems: a Chinese character is one."""
    return sum(1.0 if HAN.match(letter) else 0.6 for letter in text)


def two_lines(text: str) -> float:
    """How wide the wider line is, at least, where a text is broken once at a space."""
    words = text.split()
    halves = [(" ".join(words[:at]), " ".join(words[at:])) for at in range(1, len(words))]
    return min((max(map(width_of, pair)) for pair in halves), default=width_of(text))


def long_date(day: date) -> Markup:
    """A day with its weekday."""
    chinese = f"{day.year}年{day.month}月{day.day}日 星期{WEEKDAYS[day.weekday()]}"
    return in_all([f"{day:%A}, {day.day} {day:%B %Y}", chinese, chinese])


def money(value: float, currency: str) -> Markup:
    """An amount: in thousand millions, in Chinese in hundred millions; a small one in millions and ten thousands."""
    _, hant, hans = WORDS.get(currency, (currency,) * 3)
    if abs(value) < SMALL:
        many = f"{rounded(value / 1e4, 0):,}"
        return in_all([f"{rounded(value / 1e6, 1):,} m {currency}", f"{many}萬{hant}", f"{many}万{hans}"])
    many = f"{rounded(value / 1e8, 1):,}"
    return in_all([f"{rounded(value / 1e9, 1):,} bn {currency}", f"{many}億{hant}", f"{many}亿{hans}"])
