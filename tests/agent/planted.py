"""A home with everything that fools people: two weeks of Hong Kong around the Lunar New Year of 2022, prices invented.

| session | what is planted |
|---|---|
| 27 January | read as a lead: nobody was asked to fill it |
| 28 January | complete |
| 31 January | a half day, complete |
| 4 February | complete; 0669.HK splits one into two |
| 7 February | partial: 2382.HK is held by unit_slip, a hundred times too high |
| 8 February | complete; 0700.HK was corrected on the next morning from 480 to 483.46 |
| 9 February | partial: 1211.HK has no bar at all |
| 10 February | partial: a stale night, the vendor repeated the index's bar of the 9th, which is held |
| 11 February | pending: it is final, and no run has ended for it |

Every member closes at 100 on 27 January (0700.HK at 460) and 1% higher on each session, but those named above. The
index closes at 20,000 and 2% higher. No session of 2021 is stored. The mainland was never asked for. The moment is
20:00 in Hong Kong on the 11th.
"""

from datetime import UTC, date, datetime

from tests.shipped import HK, KNOWN
from tests.sql.warehouse_of import lake_of
from warehouse.sql.build import build

NOW = datetime(2022, 2, 11, 12, tzinfo=UTC)
LEAD, FIRST, LAST = date(2022, 1, 27), date(2022, 1, 28), date(2022, 2, 10)
SPLIT_ON, HELD_ON, RESTATED_ON, GONE_ON, STALE_ON = (date(2022, 2, day) for day in (4, 7, 8, 9, 10))
CORRECTED = datetime(2022, 2, 9, 1, tzinfo=UTC)


def evening_of(day):
    """18:30 in Hong Kong."""
    return datetime(day.year, day.month, day.day, 10, 30, tzinfo=UTC)


def planted_home(folder):
    """Keep the lake under `folder`, and build its database."""
    days = HK.sessions.between(LEAD, LAST)
    members = sorted(
        {
            spell.symbol
            for spell in HK.spells
            if (spell.valid_from or LEAD) <= FIRST and (spell.valid_to is None or spell.valid_to > LAST)
        }
    )
    stocks, indices = [], []
    for at, day in enumerate(days):
        known = {"known_from": evening_of(day), "asked_at": evening_of(day), "basis": "evening"}
        for symbol in members:
            close = round((460 if symbol == "0700.HK" else 100) * 1.01**at, 2)
            if symbol == "0669.HK":
                close = 160 if day < SPLIT_ON else 80.8
            if symbol == "0700.HK" and day == RESTATED_ON:
                stocks.append((symbol, str(day), 480, known | {"known_to": CORRECTED}))
                stocks.append((symbol, str(day), close, known | {"known_from": CORRECTED, "asked_at": CORRECTED}))
            elif (symbol, day) not in {("2382.HK", HELD_ON), ("1211.HK", GONE_ON)}:
                stocks.append((symbol, str(day), close, known))
        for symbol, level in (("^HSI", 20000), ("HSTECH.HK", 4000)):
            if day != STALE_ON or symbol != "^HSI":
                indices.append((symbol, str(day), round(level * 1.02**at, 2), known))
    held = {"held_at": evening_of(HELD_ON), "detail": "9034 is 100 times the close before"}
    stale = {"held_at": evening_of(STALE_ON), "detail": "the bar of 2022-02-09 again"}
    lake = lake_of(
        folder,
        stocks=stocks,
        indices=indices,
        actions=[("0669.HK", str(SPLIT_ON), "split", 2.0)],
        quarantine=[
            ("2382.HK", str(HELD_ON), "unit_slip", held | dict.fromkeys(("open", "high", "low", "close"), 9034.0)),
            ("^HSI", str(STALE_ON), "stale_repeat", stale | dict.fromkeys(("open", "high", "low", "close"), 22973.72)),
        ],
        runs=[("HK", str(day), str(day)) for day in days[1:]],
    )
    build(lake, KNOWN, folder / "warehouse.duckdb", evening_of(LAST), 30)
    return folder / "warehouse.duckdb"
