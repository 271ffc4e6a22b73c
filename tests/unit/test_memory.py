import ctypes
from types import SimpleNamespace

import pyarrow as pa

from warehouse.memory import give_back


def test_what_arrow_has_done_with_is_no_longer_held(monkeypatch):
    asked = []
    monkeypatch.setattr(ctypes, "CDLL", lambda name: SimpleNamespace(malloc_trim=asked.append))
    kept = pa.array(range(1000))
    give_back()
    assert asked == [0]
    assert kept.to_pylist() == list(range(1000))


def test_a_c_library_that_has_no_way_to_give_back_is_left_alone(monkeypatch):
    monkeypatch.setattr(ctypes, "CDLL", lambda name: SimpleNamespace())
    give_back()
