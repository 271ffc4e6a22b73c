"""What is made of answers before anything is judged: one that raises, one whose days are all a day off."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.fetch import MOST_BARS, SYMBOLS, ask_all, batches_of, pieces_of, read_staged, refuse_shifted, stage, staged
from tests.shipped import CN, HK
from warehouse.bars.answers import Answer, Event, Malformed, Request
from warehouse.errors import AftercloseError
from warehouse.settings import Settings

NOON = datetime(2022, 5, 17, 4, 0, tzinfo=UTC)
WEEK = [date(2022, 5, day) for day in (10, 11, 12, 13, 16)]  # the Monday before was a holiday in Hong Kong


class Stumbling:
    """A vendor whose library raises for one symbol."""

    name, address = "stumbling", "nowhere"

    def ask(self, request):
        if request.symbol == "0002.HK":
            raise KeyError("crumb")
        return Answer(request.symbol, "ok", NOON)


def test_whatever_a_library_raises_for_one_symbol_is_the_outcome_of_that_symbol_alone():
    requests = [Request(symbol, WEEK[0]) for symbol in ("0001.HK", "0002.HK", "0003.HK")]
    answers = ask_all(Stumbling(), requests, 2)
    assert [(answer.symbol, answer.outcome, answer.detail) for answer in answers] == [
        ("0001.HK", "ok", None),
        ("0002.HK", "unknown shape", "KeyError: 'crumb'"),
        ("0003.HK", "ok", None),
    ]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"volume": ["many"]}, "ArrowInvalid: "),
        ({"close": ["1.0"]}, "ArrowInvalid: "),
        ({"trade_date": ["2022-05-17"]}, "ArrowTypeError: "),
        ({"close": [1.0, 2.0]}, "ValueError: columns of unequal length"),
        ({"splits": ["2:1"]}, "TypeError: "),
        ({"symbol": "0003.HK"}, "ValueError: the answer is about 0003.HK"),
        ({"trade_date": [NOON]}, "ValueError: a day is no date"),
        ({"trade_date": [None]}, "ValueError: a day is no date"),
        ({"first_trade_date": NOON}, "ValueError: a day is no date"),
        ({"splits": [Event(NOON, 2.0)]}, "ValueError: a day is no date"),
        ({"dividends": [Event(None, 2.0)]}, "ValueError: a day is no date"),
        ({"dividends": [Event(WEEK[0], None)]}, "ValueError: an event has no value"),
        ({"malformed": [Malformed("split", NOON, "0:1")]}, "ValueError: a day is no date"),
        ({"asked_at": NOON.replace(tzinfo=None)}, "ValueError: a moment has no time zone"),
        ({"traded_at": NOON.replace(tzinfo=None)}, "ValueError: a moment has no time zone"),
    ],
)
def test_an_answer_in_other_types_than_it_should_have_is_of_unknown_shape(wrong, said):
    good = {name: [1.0] for name in ("open", "high", "low", "close")} | {"volume": [1], "trade_date": [WEEK[0]]}

    class Careless:
        name, address = "careless", "nowhere"

        def ask(self, request):
            plain = {"symbol": request.symbol, "asked_at": NOON} | good
            return Answer(outcome="ok", **plain | (wrong if request.symbol == "0002.HK" else {}))

    answers = ask_all(Careless(), [Request("0001.HK", WEEK[0]), Request("0002.HK", WEEK[0])], 1)
    assert [answer.outcome for answer in answers] == ["ok", "unknown shape"]
    assert answers[1].detail.startswith(said)


def shifted(days, by):
    moved = [day + timedelta(days=by) for day in days]
    answer = Answer("0005.HK", "ok", NOON, trade_date=moved, close=[1.0] * len(moved))
    return refuse_shifted(answer, HK)


@pytest.mark.parametrize(("by", "where"), [(1, "earlier"), (-1, "later")])
def test_days_that_are_all_sessions_only_a_day_off_are_of_unknown_shape(by, where):
    answer = shifted(WEEK, by)
    assert (answer.outcome, answer.trade_date) == ("unknown shape", [])
    first = WEEK[0] + timedelta(days=by)
    assert answer.detail == f"its 5 days from {first} on are sessions only a day {where}"


def test_days_of_sessions_and_one_odd_day_among_them_are_left_to_the_rules():
    assert shifted(WEEK, 0).outcome == "ok"
    assert shifted([*WEEK, date(2022, 5, 14)], 0).outcome == "ok"
    assert shifted(WEEK, 3).outcome == "ok"


def test_a_day_that_was_lost_to_weather_is_no_reason_to_doubt_the_others():
    # Bars of a holiday of Hong Kong alone are right on the mainland.
    answer = Answer("600519.SS", "ok", NOON, trade_date=[date(2022, 5, 9), *WEEK], close=[1.0] * 6)
    assert refuse_shifted(answer, CN) is answer


@given(st.integers(0, 400), st.integers(0, 6000))
def test_pieces_and_their_batches_are_all_requests_in_order_and_none_is_large(count, sessions):
    requests = [Request(f"{number:04}.HK", WEEK[0]) for number in range(count)]
    pieces = pieces_of(requests, sessions)
    batches = [batch for piece in pieces for batch in batches_of(piece, count)]
    assert [request for piece in pieces for request in piece] == requests
    assert [request for batch in batches for request in batch] == requests
    assert all(0 < len(piece) <= SYMBOLS and len(piece) * sessions <= MOST_BARS for piece in pieces)
    assert all(0 < len(batch) < count / 20 + 1 for batch in batches)  # an interruption repeats a twentieth


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "foreign", "gone"])
def test_a_staged_piece_that_cannot_be_read_holds_nothing_and_is_asked_for_again(tmp_path, damage):
    path, answers = tmp_path / "piece.parquet", [Answer("0005.HK", "ok", NOON, trade_date=WEEK, close=[1.0] * 5)]
    stage(path, answers)
    assert read_staged(path) == answers
    content = path.read_bytes()
    if damage == "cut":
        path.write_bytes(content[:-20])
    elif damage == "flipped":
        path.write_bytes(content[:30] + bytes([content[30] ^ 4]) + content[31:])
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "foreign":
        pq.write_table(pa.table({"symbol": ["0005.HK"]}), path)
    else:
        path.unlink()
    assert read_staged(path) == []


def test_the_pieces_of_a_market_are_for_one_run_at_a_time_and_go_when_it_is_through(tmp_path):
    settings = Settings(home=tmp_path, lock_wait=0)
    with staged(settings, "HK") as folder:
        (folder / "piece.parquet").write_bytes(b"")
        with (
            pytest.raises(AftercloseError, match=r"HK is being written by backfill HK \(process \d+"),
            staged(settings, "HK"),
        ):
            pass
        assert (folder / "piece.parquet").exists()
        with staged(settings, "CN") as other:
            assert other != folder
    assert not (folder / "piece.parquet").exists()


def test_the_pieces_of_a_run_that_fails_are_there_for_the_next(tmp_path):
    settings = Settings(home=tmp_path, lock_wait=0)
    with suppress(KeyboardInterrupt), staged(settings, "HK") as folder:
        (folder / "piece.parquet").write_bytes(b"")
        raise KeyboardInterrupt
    with staged(settings, "HK") as folder:
        assert (folder / "piece.parquet").exists()
