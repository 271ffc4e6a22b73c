from datetime import date, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.shipped import FACTS
from warehouse.errors import AftercloseError, UsageError
from warehouse.facts.given import given_files
from warehouse.facts.weights import add_weights, read_weights

HEADER = "trade_date,symbol,weight,source\n"
GOOD = HEADER + "2022-05-31,600519.SS,60.5,CSI\n2022-05-31,000001.SZ,39.5,CSI\n"


@pytest.fixture
def file(tmp_path):
    def write(text, name="CSI300.csv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_percents_become_fractions_under_the_index_s_symbol(file):
    assert read_weights(file(GOOD), FACTS).to_pylist() == [
        {
            "index_symbol": "000300.SS",
            "as_of": date(2022, 5, 31),
            "symbol": symbol,
            "weight": pytest.approx(weight),
            "source": "CSI",
        }
        for symbol, weight in (("600519.SS", 0.605), ("000001.SZ", 0.395))
    ]


@pytest.mark.parametrize("day", [date(2022, 5, 31), datetime(2022, 5, 31), "2022-05-31"])
def test_a_parquet_file_says_the_same_as_a_csv_file(file, tmp_path, day):
    table = pa.table(
        {
            "trade_date": [day] * 2,
            "symbol": ["600519.SS", "000001.SZ"],
            "weight": [60.5, 39.5],
            "source": ["CSI"] * 2,
        }
    )
    pq.write_table(table, tmp_path / "CSI300.parquet")
    assert read_weights(tmp_path / "CSI300.parquet", FACTS).equals(read_weights(file(GOOD), FACTS))


def test_a_byte_order_mark_and_more_columns_do_no_harm(file):
    text = "\ufefftrade_date,symbol,name,weight,source\n2022-05-31,0700.HK,腾讯控股,100,Hang Seng Indexes\n"
    assert read_weights(file(text, "HSTECH.csv"), FACTS)["weight"].to_pylist() == [1.0]


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ("", "it has no weights"),
        ("31/05/2022,600519.SS,100,CSI", "line 2: '31/05/2022' is no date such as 2022-05-17"),
        ("2022-05-31,600519.SS,100,CSI\n2022-05-31,000001.SZ,much,CSI", "line 3: could not convert string to float"),
        ("2022-05-31,600519,100,CSI", "line 2: '600519' is no mainland symbol: write it as 600519.SS or 000001.SZ"),
        ("2022-05-31,600519.SS,nan,CSI", "line 2: 600519.SS has the weight nan, not a percentage"),
        ("2022-05-31,600519.SS,-1,CSI", "line 2: 600519.SS has the weight -1.0, not a percentage"),
        ("2022-05-31,600519.SS,100,", "line 2: no source"),
        ("2022-05-31,600519.SS", "line 2: no weight, source"),
        ("2022-05-31,600519.SS,100,00,CSI", "line 2: too many values: put one that holds a comma into double quotes"),
        ("2022-05-31,600519.SS,50,CSI\n2022-05-31,600519.SS,50,CSI", "600519.SS has two weights on 2022-05-31"),
        ("2022-05-31,600519.SS,8.21,CSI", "the 1 weights of 2022-05-31 sum to 8.21%, not to 99 to 101%"),
        ("2022-05-31,600519.SS,0.9,CSI\n2022-05-31,000001.SZ,0.1,CSI", "sum to 1.00%"),
    ],
)
def test_a_fault_names_the_file_the_line_and_the_value(file, lines, fault):
    with pytest.raises(UsageError) as problem:
        read_weights(file(HEADER + lines + "\n"), FACTS)
    assert str(problem.value).startswith(f"{file('')}: ")
    assert fault in str(problem.value)


def test_blanks_around_a_value_and_commas_after_the_last_one_do_no_harm(file):
    text = HEADER + " 2022-05-31, 600519.SS , 100 ,CSI ,,\n"
    assert read_weights(file(text), FACTS).to_pylist() == [
        {"index_symbol": "000300.SS", "as_of": date(2022, 5, 31), "symbol": "600519.SS", "weight": 1.0, "source": "CSI"}
    ]


def test_every_day_of_a_file_must_sum_to_the_whole_index(file):
    with pytest.raises(UsageError, match=r"weights of 2022-06-30 sum to 60\.00%"):
        read_weights(file(GOOD + "2022-06-30,600519.SS,60,CSI\n"), FACTS)


def test_a_file_that_lacks_a_column_says_which(file):
    with pytest.raises(UsageError, match="no column weight, source: a file of weights has trade_date, symbol"):
        read_weights(file("trade_date,symbol\n2022-05-31,600519.SS\n"), FACTS)


def test_a_file_named_after_no_index_is_refused(file):
    with pytest.raises(UsageError, match=r"SP500\.csv: no index 'SP500'"):
        read_weights(file(GOOD, "SP500.csv"), FACTS)
    with pytest.raises(UsageError, match=r"csi300\.csv: name it CSI300\.csv"):
        read_weights(file(GOOD, "csi300.csv"), FACTS)


def test_only_csv_and_parquet_files_are_weights(file, tmp_path):
    file("", "notes.txt")
    assert given_files(tmp_path) == []
    assert given_files(tmp_path / "absent") == []
    assert given_files(file(GOOD).parent) == [tmp_path / "CSI300.csv"]


def line(day, symbol, weight):
    return {"trade_date": day, "symbol": symbol, "weight": weight, "source": "CSI"}


def weights_of(path):
    return [
        (row["as_of"].month, row["symbol"], round(100 * row["weight"], 4))
        for row in read_weights(path, FACTS).to_pylist()
    ]


def test_added_weights_replace_those_of_their_day_and_leave_the_others(file):
    path = file(GOOD)
    add_weights(path, [line(date(2022, 6, 30), "600519.SS", 70.0), line(date(2022, 6, 30), "000001.SZ", 30.0)], FACTS)
    add_weights(path, [line(date(2022, 6, 30), "600036.SS", 100.0)], FACTS)
    assert weights_of(path) == [(5, "000001.SZ", 39.5), (5, "600519.SS", 60.5), (6, "600036.SS", 100.0)]


def test_weights_are_added_to_a_folder_that_is_not_there_yet(tmp_path):
    path = tmp_path / "weights" / "CSI300.csv"
    add_weights(path, [line(date(2022, 6, 30), "600519.SS", 100.0)], FACTS)
    assert weights_of(path) == [(6, "600519.SS", 100.0)]
    assert [found.name for found in path.parent.iterdir()] == ["CSI300.csv"]


def test_columns_of_the_user_s_own_stay(file):
    path = file("trade_date,symbol,weight,source,note\n2022-05-31,600519.SS,100,CSI,mine\n")
    add_weights(path, [line(date(2022, 6, 30), "600519.SS", 100.0)], FACTS)
    assert path.read_text().splitlines()[1:] == ["2022-05-31,600519.SS,100,CSI,mine", "2022-06-30,600519.SS,100.0,CSI,"]


def test_wrong_weights_are_not_added(file):
    path = file(GOOD)
    with pytest.raises(AftercloseError, match=r"CSI300\.csv stays as it is: the 1 weights of 2022-06-30 sum to 8\.20%"):
        add_weights(path, [line(date(2022, 6, 30), "600519.SS", 8.2)], FACTS)
    assert path.read_text() == GOOD


def test_nothing_is_added_to_a_file_that_is_wrong_already(file):
    path = file("day,symbol,weight\n")
    with pytest.raises(AftercloseError, match=r"CSI300\.csv stays as it is: no column trade_date, source"):
        add_weights(path, [line(date(2022, 6, 30), "600519.SS", 100.0)], FACTS)


def test_a_file_that_is_no_text_is_refused_like_any_other(tmp_path):
    (tmp_path / "CSI300.csv").write_bytes(b"\xff\xfe\x00trade_date")
    with pytest.raises(UsageError, match=r"CSI300\.csv: "):
        read_weights(tmp_path / "CSI300.csv", FACTS)
