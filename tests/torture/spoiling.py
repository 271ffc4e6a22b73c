"""Spoils what a vendor says: one value within a structure, or the bytes of it; the same again for the same `chance`."""

from tests.damage import damaged

DIRTY = "Go\x1b[2Jod\x9b1m\r\nHK 2022-05-17: complete\u202eCo\x00\u2028=cmd|' /C calc'!A0"
ODD = (
    *(None, True, False, "", " ", DIRTY, "x" * 5000, "NaN", "1e9", "2022-13-45", "-1", [], {}, [None], [[]], {"a": {}}),
    *(0, -1, 1, 0.0, -0.0, 1e-300, 1e308, -1e308, 2**31, 2**53 + 1, 2**63 - 1, 2**64 - 1, -(2**63), 86400, 1.5),
)
FACTORS = (-1, 0, 0.01, 0.1, 0.2, 0.5, 0.95, 0.9999, 1.0001, 1.05, 2, 5, 10, 100, 1e6, 1e12)


def spoiled(value, chance, times=None):
    """The value with something else in it, once or a few times."""
    for _ in range(times or chance.choice((1, 1, 1, 2, 6))):
        value = _once(value, chance)
    return value


def _once(value, chance):
    if isinstance(value, dict) and value and chance.random() < 0.85:
        name = chance.choice(sorted(value, key=str))
        return value | {name: _once(value[name], chance)}
    if isinstance(value, list) and value and chance.random() < 0.85:
        at = chance.randrange(len(value))
        return [*value[:at], _once(value[at], chance), *value[at + 1 :]]
    return chance.choice(WAYS)(value, chance)


def odd(value, chance):
    return chance.choice(ODD)


def another(value, chance):
    """A value of the same type that is somewhat different."""
    if isinstance(value, bool) or value is None:
        return chance.choice(ODD)
    if isinstance(value, int | float):
        return (
            value * chance.choice(FACTORS) if chance.random() < 0.5 else value + chance.choice((-86400, -1, 1, 86400))
        )
    if isinstance(value, str):
        text = damaged(value.encode(), chance).decode("utf-8", "replace")
        return chance.choice((text, value.upper(), value + DIRTY, f" {value} ", value[::-1]))
    return odd(value, chance)


def shorter(value, chance):
    if isinstance(value, dict) and value:
        lost = chance.choice(sorted(value, key=str))
        return {name: each for name, each in value.items() if name != lost}
    return value[: chance.randrange(len(value))] if isinstance(value, list) and value else another(value, chance)


def longer(value, chance):
    if isinstance(value, list) and value:
        return [*value, *[chance.choice(value)] * chance.choice((1, 1, 1000))]
    if isinstance(value, dict):
        return value | {chance.choice(("amount", "day", "date", "1652659200", DIRTY)): chance.choice(ODD)}
    return another(value, chance)


def turned(value, chance):
    if isinstance(value, list):
        return value[::-1] if chance.random() < 0.5 else [value]
    return {"0": value} if isinstance(value, dict) else another(value, chance)


WAYS = (odd, another, another, shorter, longer, turned)
