"""Text of others made plain: nothing in it moves a cursor, begins a line, turns the writing round or is invisible."""

import re
from typing import Any
from urllib.parse import urlsplit, urlunsplit

LONGEST = 200  # characters; the longest name of a company that is listed here has under 100
_BREAKS = re.compile("[\t\n\x0b\x0c\r\x1c-\x1f\x85\u2028\u2029]+")
# Other control characters, those that no screen shows, those that change the direction (Unicode's bidi controls),
# tags, and halves of pairs, which no encoding of a file takes.
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)
# A spreadsheet computes what begins so (https://owasp.org/www-community/attacks/CSV_Injection), but a number is one.
_FORMULA = re.compile(r"\s*(?:[=@]|[+-](?![0-9.]*$))")
_USER = re.compile(r"(?<=://)[^/?#\s]*@")


def plain(text: str, longest: int | None = LONGEST) -> str:
    """One line: breaks become a space, whatever else cannot be shown the sign U+FFFD; cut to `longest`, with '…'."""
    if longest is not None and len(text) > longest:
        text = text[: longest - 1] + "…"
    return text if text.isprintable() else _HIDDEN.sub("\ufffd", _BREAKS.sub(" ", text))


def plain_or_none(text: str | None, longest: int | None = LONGEST) -> str | None:
    """As `plain`, None for None."""
    return None if text is None else plain(text, longest)


def plain_lines(text: str) -> str:
    """As `plain`, with its lines kept and none cut: for what we lay out ourselves."""
    return text if text.isprintable() else "\n".join(plain(line, None) for line in text.split("\n"))


def for_spreadsheet(text: str) -> str:
    """One plain line, uncut, that is no formula: an apostrophe stands before what a spreadsheet would compute."""
    return f"'{plain(text, None)}" if _FORMULA.match(text) else plain(text, None)


def escaped(text: str) -> str:
    """JSON as laid out by us, with what cannot be shown written as `\\uXXXX`: it reads back the same."""
    return _HIDDEN.sub(lambda found: found[0] if found[0] == "\n" else _as_json(found[0]), text)


def _as_json(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def plain_error(text: str) -> str:
    """As `plain_lines`, and without the user and password of any address in it: for what an error says."""
    return plain_lines(without_users(text))


def plain_within(value: Any) -> Any:
    """The value, with every text in it, its lists and dictionaries one plain line, uncut."""
    if isinstance(value, str):
        return value if value.isprintable() else plain(value, None)
    if isinstance(value, list):
        return [plain_within(each) for each in value]
    if isinstance(value, dict):
        return {name: plain_within(each) for name, each in value.items()}
    return value


def without_users(text: str) -> str:
    """The text without user and password of any address in it."""
    return _USER.sub("", text)


def without_password(url: str) -> str:
    """The URL without user and password."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
