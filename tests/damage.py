"""Spoils an answer in one of many ways, the same in every run of a seed."""

from random import Random

ODD = [
    b"",
    b"-",
    b"-1",
    b"NaN",
    b"inf",
    b"1e308",
    b"9" * 40,
    b"null",
    b"[",
    b'"',
    b"\0",
    b"\xff\xfe",
    b"<",
    b"\r\n",
    b"\x01",
]


def damaged(content: bytes, chance: Random) -> bytes:
    """The content, cut, doubled, shuffled or with something else in it; now and then in several places."""
    for _ in range(chance.choice([1, 1, 1, 2, 5])):
        content = chance.choice(WAYS)(content, chance)
    return content


def _between(content, chance):
    begin, end = sorted(chance.choices(range(len(content) + 1), k=2))
    return begin, min(end, begin + 2000)


def cut(content, chance):
    return content[: chance.randrange(len(content) + 1)]


def lose(content, chance):
    begin, end = _between(content, chance)
    return content[:begin] + content[end:]


def double(content, chance):
    begin, end = _between(content, chance)
    return content[:end] + content[begin:end] + content[end:]


def reverse(content, chance):
    begin, end = _between(content, chance)
    return content[:begin] + content[begin:end][::-1] + content[end:]


def insert(content, chance):
    at = chance.randrange(len(content) + 1)
    return content[:at] + chance.choice(ODD) + content[at + chance.randrange(2) :]


def change(content, chance):
    spoiled = bytearray(content)
    for _ in range(min(chance.choice([1, 10, 100]), len(spoiled))):
        spoiled[chance.randrange(len(spoiled))] = chance.choice(b"0123456789.,-# \xff")
    return bytes(spoiled)


def shuffle_lines(content, chance):
    lines = content.split(b"\n")
    for _ in range(chance.randrange(1, 6)):
        one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        lines[one], lines[other] = lines[other], lines[one]
    return b"\n".join(lines)


WAYS = (cut, lose, double, reverse, insert, change, shuffle_lines)
