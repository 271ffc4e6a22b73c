"""A whole window judged at once, where a test asks what is believed and not how a job goes about it."""

from collections.abc import Sequence

from tasks.collect import Terms, days_of_indices
from tasks.pieces import ALL_DAYS, Piece
from tasks.plan import Past
from tasks.validate import Around, Checked, is_moved, judge_symbols, look_across, put_together, seen_together
from warehouse.bars.answers import Answer


def validate(answers: Sequence[Answer], past: Past, terms: Terms) -> Checked:
    """Judge every bar and event of the window, all answers in one piece."""
    around = Around(days_of_indices(answers, past.bars, terms.market))
    piece = judge_symbols(answers, past, terms, around)
    after = seen_together([piece], around)
    return judge_evening([judge_symbols(answers, past, terms, after) if is_moved(piece, after) else piece], terms)


def judge_evening(pieces: Sequence[Piece], terms: Terms) -> Checked:
    """Put the pieces of a market together, and hold what breaks a rule across the evening."""
    return put_together(pieces, look_across(pieces, terms, [ALL_DAYS]), terms.source, ALL_DAYS)
