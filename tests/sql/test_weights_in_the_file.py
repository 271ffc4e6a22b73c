"""Files of weights beside the database: the good ones are in it, of the others it says why not."""

from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from warehouse_of import rows_of, warehouse_of

from warehouse.sql.database import ask

HEADER = "trade_date,symbol,weight,source\n"


@pytest.fixture
def weights(tmp_path):
    def write(**files):
        (tmp_path / "weights").mkdir(exist_ok=True)
        for name, lines in files.items():
            code, kind = name.split("_")
            (tmp_path / "weights" / f"{code}.{kind}").write_text(HEADER + lines)
        return warehouse_of(tmp_path)

    return write


def test_weights_are_in_the_file_as_fractions(weights):
    connection = weights(CSI300_csv="2022-05-31,600519.SS,60,CSI\n2022-05-31,000001.SZ,40,CSI\n")
    assert rows_of(connection, "from base.weights order by symbol") == [
        {
            "index_symbol": "000300.SS",
            "as_of": date(2022, 5, 31),
            "symbol": symbol,
            "weight": pytest.approx(weight),
            "source": "CSI",
        }
        for symbol, weight in (("000001.SZ", 0.4), ("600519.SS", 0.6))
    ]
    assert ask(connection, "left_out") == []


def test_a_home_without_weights_has_none(tmp_path):
    connection = warehouse_of(tmp_path)
    assert rows_of(connection, "from base.weights") == []
    assert ask(connection, "left_out") == []


def test_a_wrong_file_is_left_out_with_the_reason_and_the_others_are_taken(weights, tmp_path):
    connection = weights(CSI300_csv="2022-05-31,600519.SS,8.2,CSI\n", HSI_csv="2022-05-31,0700.HK,100,Hang Seng\n")
    assert rows_of(connection, "select index_symbol, symbol from base.weights") == [
        {"index_symbol": "^HSI", "symbol": "0700.HK"}
    ]
    path = str(tmp_path / "weights" / "CSI300.csv")
    reason = f"{path}: the 1 weights of 2022-05-31 sum to 8.20%, not to 99 to 101%"
    assert ask(connection, "left_out") == [{"file": path, "reason": reason}]


def test_a_folder_that_cannot_be_read_is_told_as_a_wrong_file_is(tmp_path):
    path = tmp_path / "weights"
    path.symlink_to("a disk that is not mounted")
    connection = warehouse_of(tmp_path)
    reason = f"{path} cannot be read: No such file or directory"
    assert ask(connection, "left_out") == [{"file": str(path), "reason": reason}]


def test_a_second_file_of_one_index_is_left_out(weights, tmp_path):
    path = tmp_path / "weights" / "HSI.parquet"
    path.parent.mkdir()
    line = {"trade_date": date(2022, 5, 31), "symbol": "0005.HK", "weight": 100.0, "source": "Hang Seng"}
    pq.write_table(pa.Table.from_pylist([line]), path)
    connection = weights(HSI_csv="2022-05-31,0700.HK,100,Hang Seng\n")
    assert rows_of(connection, "select symbol from base.weights") == [{"symbol": "0700.HK"}]
    assert ask(connection, "left_out") == [
        {"file": str(path), "reason": f"{path}: HSI has another file of weights already"}
    ]
