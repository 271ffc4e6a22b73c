"""Weeks of evenings as messages, with late corrections, to a receiver on loopback, through the plain spine."""

import os
from datetime import UTC, date, datetime, timedelta

import pytest

from tasks import digest as digesting
from tasks.digest import send_digest, send_due
from tasks.messages import evening_message
from tasks.publish import publish, write_pages
from tasks.receipts import read_receipts
from tests.conftest import walk
from tests.crash import PowerCutError
from tests.faults.played import night
from tests.lookalike import LookAlike
from tests.loopback import http_server
from tests.receiver import Receiver, id_of
from tests.shipped import FACTS, HK
from tests.sql.warehouse_of import keep, official_line
from warehouse.channels import channels_lately
from warehouse.errors import AftercloseError
from warehouse.facts.opening import load_facts
from warehouse.lake.opening import open_lake
from warehouse.lake.schema import OFFICIAL
from warehouse.settings import load_settings
from warehouse.sql.database import open_read_only

FIRST, LAST = date(2022, 5, 10), date(2022, 5, 23)
DAYS = HK.sessions.between(FIRST, LAST)
SLIPPED, MENDED = date(2022, 5, 11), date(2022, 5, 13)  # a close that was wrong, and the evening that corrects it
SILENT, HEALED = date(2022, 5, 16), date(2022, 5, 17)  # a member without an answer, and the evening that has it
DOWN, UP = (date(2022, 5, 18), date(2022, 5, 19)), date(2022, 5, 20)  # the receiver takes nothing, and does again
STOCK, LATE = "0700.HK", "0005.HK"


@pytest.fixture(scope="module")
def weeks(tmp_path_factory):
    """What came on each evening (day: messages), the home, what was said of the sending, the right and wrong close."""
    folder = tmp_path_factory.mktemp("weeks")
    alike, receiver, came, said = LookAlike(), Receiver(), {}, []
    for symbol in HK.members_on(FIRST) | HK.members_on(LAST) | HK.index_symbols:
        alike.bars[symbol] = walk(symbol, HK, FIRST - timedelta(days=30), LAST)
    right = alike.bars[STOCK][SLIPPED]
    wrong = (*right[:3], round(right[3] + 0.5, 2), right[4])
    wrong = (wrong[0], max(wrong[1], wrong[3]), *wrong[2:])
    with http_server(receiver.answer) as url, pytest.MonkeyPatch.context() as patched:
        for name in [name for name in os.environ if name.startswith("AFTERCLOSE_")]:
            patched.delenv(name)
        patched.setenv("AFTERCLOSE_HOME", str(folder))
        patched.setenv("AFTERCLOSE_YAHOO_URL", alike.start())
        patched.setenv("AFTERCLOSE_REQUESTS_PER_SECOND", "1000")
        patched.setenv("AFTERCLOSE_LOOKBACK", "4")
        patched.setenv("AFTERCLOSE_FILL_SOURCES", "")
        patched.setenv("AFTERCLOSE_DIGEST_URLS", url.replace("http", "json") + "/kept-secret")
        patched.setenv("AFTERCLOSE_NOW", "")
        for day in DAYS:
            alike.bars[STOCK][SLIPPED] = wrong if day < MENDED else right
            alike.faults = {LATE: [500]} if day == SILENT else {}
            receiver.status = 503 if day in DOWN else 200
            night(alike, day)
            send_digest(load_settings(), lambda _, line: said.append(line))
            came[day] = receiver.taken()
        yield came, folder, said, (right[3], wrong[3])
        alike.stop()


def evenings(came):
    return {day: [m for m in found if not m[0].startswith("Changed")] for day, found in came.items()}


def test_every_evening_is_one_message_with_the_verdict_first(weeks):
    told = evenings(weeks[0])
    for day, found in told.items():
        if day not in (*DOWN, UP, SILENT):
            assert len(found) == 1
            title, text, pages = found[0]
            assert title == f"Hong Kong complete – {day.day} May 2022"
            assert text.startswith("Hong Kong complete, ")
            assert pages == [f"{day}.html"]
    assert told[SILENT][0][0] == "Hong Kong partial – 16 May 2022"


def test_the_numbers_of_a_message_are_those_of_sql(weeks):
    came, folder, *_ = weeks
    text = evenings(came)[date(2022, 5, 13)][0][1]
    with open_read_only(folder / "warehouse.duckdb") as connection:
        rows = connection.execute(
            "select w.close, w.change_points, w.return_1d, coalesce(w.leaders, w.laggards)[1],"
            " coalesce(w.leaders_return, w.laggards_return)[1], w.advancers, w.decliners, b.turnover_estimate"
            " from market_wrap as w join breadth as b using (index_symbol, trade_date)"
            " where w.trade_date = '2022-05-13'"
        ).fetchall()
    assert len(rows) == sum(index.is_followed for index in HK.indices)
    for close, points, move, member, gain, up, down, turnover in rows:
        signed = f"{points:+,.2f}".replace("-", "−")
        assert f"{close:,.2f} {f'{100 * move:+.2f}'.replace('-', '−')}% ({signed} points)" in text
        assert f"{member} {gain:+.1%}".replace("-", "−") in text
        assert f"{up} rose, {down} fell, about HK${turnover / 1e9:,.1f} billion dealt" in text


def test_a_corrected_close_is_told_once_with_what_it_was(weeks):
    came, _, _, (right, wrong) = weeks
    changed = [message for message in came[MENDED] if message[0].startswith("Changed")]
    assert len(changed) == 1
    assert "11 May 2022" in changed[0][0]
    assert f"Tencent's close corrected from {wrong:.2f} to {right:.2f}" in changed[0][1]
    told = [message for found in came.values() for message in found if "Tencent's close corrected" in message[1]]
    assert len(told) == 1


def test_an_evening_that_was_partial_is_told_again_as_complete_and_only_what_changed(weeks):
    came = weeks[0]
    (changed,) = [message for message in came[HEALED] if message[0].startswith("Changed")]
    assert changed[0] == "Changed since it was told: 16 May 2022"
    assert "Hong Kong 16 May 2022: now complete; " in changed[1]
    assert "points" not in changed[1]  # the indices stand as they did


def test_on_other_evenings_nothing_else_is_told(weeks):
    assert {day: len(found) for day, found in weeks[0].items() if day not in (MENDED, HEALED, *DOWN, UP)} == {
        day: 1 for day in DAYS if day not in (MENDED, HEALED, *DOWN, UP)
    }


def test_a_receiver_that_is_down_gets_the_evenings_of_the_last_36_hours_when_it_is_up_again(weeks):
    came, _, said, _ = weeks
    assert [came[day] for day in DOWN] == [[], []]
    assert [title for title, *_ in came[UP]] == ["Hong Kong complete – 19 May 2022", "Hong Kong complete – 20 May 2022"]
    failures = [line for line in said if "not taken" in line]
    assert len(failures) == 3  # the 18th twice
    assert all("error=503" in line and "kept-secret" not in line for line in failures)


def test_status_says_what_a_channel_did_not_take(weeks):
    _, folder, *_ = weeks
    (row,) = channels_lately(folder / "lake", datetime(2022, 5, 23, 12, tzinfo=UTC))
    assert row["sessions"] == ["2022-05-18"]
    assert "503" in row["detail"]
    assert row["last_taken"].date() == LAST


def test_ids_are_never_used_twice(weeks):
    ids = [id_of(message) for found in weeks[0].values() for message in found]
    assert len(set(ids)) == len(ids)


def test_a_session_that_was_told_and_found_to_be_none_is_told_so_and_as_one_that_is_given_back(
    home, vendor, monkeypatch
):
    day, after, later = date(2022, 5, 12), date(2022, 5, 13), date(2022, 5, 16)
    receiver, overlay = Receiver(), home / "reference" / "session_overlay.csv"
    for symbol in HK.members_on(day) | HK.index_symbols:
        vendor.bars[symbol] = walk(symbol, HK, FIRST - timedelta(days=30), later)
    lost = {symbol: bars.pop(day) for symbol, bars in vendor.bars.items()}

    def told(evening):
        night(vendor, evening, facts=load_facts(load_settings()))
        send_digest(load_settings())
        return [(title, text.splitlines()[0]) for title, text, _ in receiver.taken()]

    with http_server(receiver.answer) as url:
        monkeypatch.setenv("AFTERCLOSE_DIGEST_URLS", url.replace("http", "json"))
        monkeypatch.setenv("AFTERCLOSE_FILL_SOURCES", "")
        monkeypatch.setenv("AFTERCLOSE_LOOKBACK", "4")
        told(date(2022, 5, 11))
        assert told(day) == [("Hong Kong partial – 12 May 2022", "Hong Kong partial, 0 of 88 priced")]
        overlay.parent.mkdir()
        overlay.write_text(
            "market,trade_date,kind,opens,closes,reason,source,confidence\nHK,2022-05-12,closed,,,typhoon,read,high\n"
        )
        assert told(after) == [
            ("Hong Kong complete – 13 May 2022", "Hong Kong complete, 88 of 88 priced"),
            ("Changed since it was told: 12 May 2022", "Hong Kong 12 May 2022: now no session"),
        ]
        with pytest.raises(AftercloseError, match="2022-05-12 was no session"):
            evening_message(load_settings(), day)
        overlay.unlink()
        for symbol, bar in lost.items():
            vendor.bars[symbol][day] = bar
        assert "Hong Kong 12 May 2022: now complete; 88 of 88 priced" in [line for _, line in told(later)]


@pytest.mark.parametrize(("shared", "pages"), [("", []), ("hkex", ["2022-05-12.html"])])
def test_a_page_with_an_exchanges_figures_goes_with_a_message_only_where_they_may_be_shared(
    home, vendor, monkeypatch, shared, pages
):
    day, receiver = date(2022, 5, 12), Receiver()
    for symbol in HK.members_on(day) | HK.index_symbols:
        vendor.bars[symbol] = walk(symbol, HK, FIRST - timedelta(days=30), day)
    with http_server(receiver.answer) as url:
        monkeypatch.setenv("AFTERCLOSE_DIGEST_URLS", url.replace("http", "json"))
        monkeypatch.setenv("AFTERCLOSE_FILL_SOURCES", "")
        monkeypatch.setenv("AFTERCLOSE_SHARE", shared)
        night(vendor, day)
        lake = open_lake(load_settings())
        keep(lake, OFFICIAL, [official_line("0005.HK", f"{day}", 50.0, 50.0)])
        write_pages(load_settings(), publish(lake, FACTS, load_settings(), "official").pages)
        send_digest(load_settings())
        ((_, text, attached),) = receiver.taken()
    assert attached == pages
    assert ("Page attached" in text) is bool(pages)


def test_no_secret_is_kept_in_the_home(weeks):
    for path in weeks[1].rglob("*"):
        assert not path.is_file() or b"kept-secret" not in path.read_bytes()


@pytest.fixture
def again(weeks, monkeypatch):
    """The home of the weeks once more, on their last evening, with a receiver; sends what is due, or one evening."""
    receiver, said = Receiver(), []
    monkeypatch.setenv("AFTERCLOSE_HOME", str(weeks[1]))
    monkeypatch.setenv("AFTERCLOSE_NOW", f"{LAST}T19:00:00+08:00")

    with http_server(receiver.answer) as url:

        def run(channel, only=None):
            monkeypatch.setenv("AFTERCLOSE_DIGEST_URLS", f"{url.replace('http', 'json')}/{channel}")
            if only:
                said.extend(send_due(load_settings(), FACTS, only))
            else:
                send_digest(load_settings(), lambda _, line: said.append(line))
            return receiver.taken()

        run.said = said
        yield run


def test_what_was_sent_is_not_sent_again_and_no_byte_changes(again, weeks):
    def contents():
        return {path: path.read_bytes() for path in (weeks[1] / "lake").rglob("*.parquet")}

    assert len(again("another")) == 1
    before = contents()
    assert again("another") == []
    assert contents() == before


@pytest.mark.parametrize("only", [None, LAST])
def test_a_run_that_dies_between_the_sending_and_the_receipt_sends_the_same_message_again(again, monkeypatch, only):
    keep = digesting.keep_receipts

    def die(lake, facts, settings, rows):
        if rows[0].state == "sent":
            raise PowerCutError
        keep(lake, facts, settings, rows)

    with monkeypatch.context() as patched:
        patched.setattr(digesting, "keep_receipts", die)
        with pytest.raises(PowerCutError):
            again(f"dying-{only}", only)
    repeated = again(f"dying-{only}", only)
    assert again(f"dying-{only}", only) == []
    assert len(repeated) == 2  # the first was under way, and the second is its repetition
    assert repeated[0] == repeated[1]
    assert repeated[0][2] == [f"{LAST}.html"]
    receipts = read_receipts(open_lake(load_settings()), FACTS, load_settings().clock())
    assert {row.state for row in receipts.rows if row.id == id_of(repeated[0])} == {"sent"}


def test_a_channel_that_is_none_is_a_warning_and_no_error(again, monkeypatch):
    monkeypatch.setenv("AFTERCLOSE_DIGEST_URLS", "nosuch://secret-token/x")
    send_digest(load_settings(), lambda _, line: again.said.append(line))
    assert again.said == [
        "digest: AFTERCLOSE_DIGEST_URLS is not valid: address 1 (nosuch://***) is none that apprise knows"
    ]


def test_a_clock_that_was_set_back_makes_no_news_of_the_sessions_ahead_of_it(again, monkeypatch):
    monkeypatch.setenv("AFTERCLOSE_NOW", "2022-05-12T19:00:00+08:00")  # the home goes to 23 May
    assert [title for title, *_ in again("set-back")] == [
        "Hong Kong complete – 11 May 2022",  # final on that day at 16:40, 26 hours ago
        "Hong Kong complete – 12 May 2022",
    ]


def test_an_alert_tells_each_row_once_and_says_when_it_cannot_be_asked(again, weeks):
    folder = weeks[1] / "alerts"
    folder.mkdir()
    (folder / "close.sql").write_text(
        "select index_code, printf('%.2f', close) from index_returns"
        " where market = $market and trade_date = $trade_date and index_code = 'HSI'"
    )
    (folder / "wrong.sql").write_text("select nothing from nowhere")
    (folder / "writes.sql").write_text("create table mine as select 1")
    (folder / "quiet.sql").write_text("select 1 where false")
    evening, alert = again("alerted")
    close = evening[1].split("Hang Seng Index ")[1].split(" ")[0].replace(",", "")
    assert alert[0] == "Alert: close, writes, wrong"
    assert f"close:\n  HSI · {close}\n" in alert[1]
    assert "wrong:\n  it cannot be asked: Catalog Error" in alert[1]
    assert "writes:\n  it cannot be asked: " in alert[1]
    assert again("alerted") == []


def test_an_alert_of_too_many_rows_says_so_on_each_evening_and_not_alone(again, weeks, monkeypatch):
    folder = weeks[1] / "alerts"
    folder.mkdir(exist_ok=True)
    (folder / "many.sql").write_text(
        "select symbol, trade_date from prices where market = $market and trade_date = $trade_date order by symbol"
    )
    more = "\n  and more: only 50 rows of an alert are told\n"
    for day in ("2022-05-18", "2022-05-20"):
        monkeypatch.setenv("AFTERCLOSE_NOW", f"{day}T19:00:00+08:00")
        *_, alert = again("many")
        assert alert[1].count(f" · {day}") == 50
        assert alert[1].count(more) == 2  # that session and the one before it
    # Other rows come first: of that session fifty have been told.
    (folder / "many.sql").write_text(
        "select symbol, trade_date from prices where market = $market and trade_date = $trade_date order by symbol desc"
    )
    assert again("many") == []
