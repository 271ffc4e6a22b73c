"""The second opinion: what another vendor says of the indices, held against the first and never put over it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from tasks.collect import Terms
from tasks.pieces import of_span
from tasks.plan import Past
from tasks.sources import Source
from tasks.validate import Checked, validate
from warehouse.bars.answers import Answer, Request
from warehouse.frames import KEY, is_among, together

# One hundredth of a percent: a difference that a published return would show. Levels are rounded to two decimals,
# which is a twentieth of that on the lowest index.
CLOSE_THRESHOLD = 1e-4


@dataclass(frozen=True)
class SecondOpinion:
    """The second vendor's bars of keys that only it has, those of them that are held, every comparison, and lines for
    a person.
    """

    indices: pd.DataFrame
    held: pd.DataFrame
    comparisons: pd.DataFrame
    warnings: list[str]

    def onto(self, checked: Checked) -> Checked:
        """What was checked, with the keys filled that lie in its span."""
        indices, held = (of_span(rows, checked.span) for rows in (self.indices, self.held))
        return replace(checked, indices=together(checked.indices, indices), held=together(checked.held, held))


def second_opinion(
    source: Source, requests: Sequence[Request], checked: Checked, past: Past, held: pd.DataFrame, terms: Terms
) -> SecondOpinion:
    """Ask `source` for the indices among `requests`, one after the other, and judge its bars by the same rules.

    `checked` is what came of the first vendor's answers, `held` the stored quarantine. A key that the first vendor
    neither gave nor gives now is filled; one that it gave and that is held stays held.
    """
    symbols = terms.market.index_symbols
    # Its bars have their own past: judged by the first vendor's, a steady difference could be taken for a rebase.
    stored = past.bars[(past.bars["source"] == source.name) | ~past.bars["symbol"].isin(symbols)]
    answers = [source.ask(replace(request, short=False)) for request in requests if request.symbol in symbols]
    second = validate(answers, replace(past, bars=stored), replace(terms, source=source.name))
    second = replace(second, held=second.held[second.held["status"] == "held"])
    first = together(checked.indices, past.bars, checked.held, held[held["status"] == "held"])
    first = first.loc[first["source"] != source.name, [*KEY, "close", "source"]].drop_duplicates(KEY)
    free = [frame[~is_among(frame, first)] for frame in (second.indices, second.held)]
    comparisons = _compare(first, second, terms).assign(source=source.name)
    return SecondOpinion(free[0], free[1], comparisons, _warnings(comparisons, answers, source.name))


def _compare(first: pd.DataFrame, second: Checked, terms: Terms) -> pd.DataFrame:
    """A row a key that either has, from the second vendor's first bar to its last: outside them it has not spoken."""
    bars = together(second.indices, second.held).drop_duplicates(KEY)
    bars = bars[(bars["trade_date"] >= terms.window.bars_from) & (bars["trade_date"] <= terms.window.last)]
    spoken = bars.groupby("symbol").agg(
        since=("trade_date", "min"), until=("trade_date", "max"), asked_at=("asked_at", "max")
    )
    both = first.rename(columns={"close": "first_close", "source": "first_source"}).merge(
        bars[[*KEY, "close"]].rename(columns={"close": "second_close"}), on=KEY, how="outer"
    )
    both = both.merge(spoken, left_on="symbol", right_index=True)
    both = both.astype({"first_close": "float64", "second_close": "float64"})
    both = both[(both["trade_date"] >= both["since"]) & (both["trade_date"] <= both["until"])]
    difference = (both["second_close"] / both["first_close"] - 1).abs()
    finding = pd.Series("agrees", both.index, dtype="object").mask(difference > CLOSE_THRESHOLD, "differs")
    finding = finding.mask(both["first_close"].isna(), "only second").mask(both["second_close"].isna(), "only first")
    return both.assign(finding=finding)


def _warnings(comparisons: pd.DataFrame, answers: list[Answer], source: str) -> list[str]:
    """A line an index: who did not answer, and how many closes differ or are missing at the second vendor."""
    lines = [f"{a.symbol}: {source} gave {a.outcome} ({a.detail})" for a in answers if a.outcome != "ok"]
    for symbol, rows in comparisons.groupby("symbol"):
        for finding, what in (("differs", "differ"), ("only first", "are missing there")):
            found = rows[rows["finding"] == finding]
            if len(found):
                last = found.sort_values("trade_date").iloc[-1]
                lines.append(
                    f"{symbol}: {len(found)} of {len(rows)} closes {what}, the last on {last['trade_date']}: "
                    f"{last['first_source']} {last['first_close']:.2f}, {source} {last['second_close']:.2f}"
                )
    return lines
