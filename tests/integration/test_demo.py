"""The demonstration shows a vendor's defects and how a person deals with each."""

import os
import subprocess

import pytest

from warehouse.sql.database import open_read_only


@pytest.fixture
def ask(demo):
    def rows(query):
        with open_read_only(demo.home / "warehouse.duckdb") as connection:
            return connection.execute(query).fetchall()

    return rows


def test_it_says_at_once_and_in_every_row_that_it_is_simulated(demo, ask):
    assert "SIMULATED" in demo.printed.splitlines()[0]
    assert ask("select distinct source from prices") == [("simulated",)]
    assert ask("select count(*) from market_wrap where not starts_with(headline, '[SIMULATED]')") == [(0,)]


def test_the_slip_is_cured_by_the_next_answer_and_the_fall_released_by_a_person(ask):
    held = ask("select symbol, status, decided_by from quarantine where trade_date = '2026-05-20' order by symbol")
    assert held == [("0005.HK", "cured", "afterclose"), ("0027.HK", "released", "demo")]


def test_the_fall_enters_as_half_and_the_slip_never(ask):
    ((fall,),) = ask("select return_1d from prices where symbol = '0027.HK' and trade_date = '2026-05-20'")
    assert fall == pytest.approx(-0.5, abs=0.06)
    assert ask("select count(*) from price_versions where symbol = '0005.HK' and close > 10000") == [(0,)]


def test_the_late_correction_keeps_the_old_close(ask):
    ((old, new),) = ask("select old_value, new_value from restatements where symbol = '0388.HK' and field = 'close'")
    assert old / new == pytest.approx(1.01, abs=1e-4)


def test_the_split_is_an_action_and_no_move(ask):
    assert ask("select symbol, ex_date::varchar, value from corporate_actions where kind = 'split'") == [
        ("1810.HK", "2026-05-13", 2.0)
    ]
    ((move,),) = ask("select return_1d from prices where symbol = '1810.HK' and trade_date = '2026-05-13'")
    assert abs(move) < 0.15


def test_half_a_market_was_said_to_be_partial_and_is_complete_in_the_morning(ask):
    said = ask(
        "select said ->> 'state' from published where kind = 'session_status' and trade_date = '2026-05-22' "
        "and market = 'HK' order by published_at"
    )
    assert said == [("partial",), ("complete",)]
    assert ask("select distinct state from session_status") == [("complete",)]


def test_the_halted_stock_is_a_suspension_of_two_sessions(ask):
    assert ask("select symbol, suspended_from::varchar, suspended_to::varchar from suspensions") == [
        ("0066.HK", "2026-05-18", "2026-05-19")
    ]


def test_its_last_lines_can_be_pasted_and_ask_the_demonstrations_home(demo, tmp_path):
    said = demo.printed[demo.printed.index("Ask it yourself:") :]
    lines = [line.strip() for line in said.splitlines() if line.startswith("  ")]
    assert len(lines) == 3
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AFTERCLOSE_", "PREFECT_"))}
    for line in lines:
        done = subprocess.run(
            ["/bin/sh", "-c", line], env=kept, cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert str(demo.home) in line
        assert 5 < len(done.stdout.splitlines()) < 60
