import ast
import re
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from warehouse.rules.registry import SEVERITIES

ROOT = Path(__file__).parents[2]
FORBIDDEN = {
    "warehouse": {"tasks", "flows", "prefect", "yfinance", "curl_cffi", "requests", "httpx", "urllib3"},
    "tasks": {"flows", "prefect"},
    "flows/commands": {"prefect"},
    "flows/cli.py": {"prefect"},
}
CHANGING = {"add", "append", "clear", "discard", "extend", "insert", "pop", "popitem", "remove", "setdefault", "update"}


def modules_of(place):
    """The Python files of a folder under the root, or the one file that is named."""
    found = [ROOT / place] if place.endswith(".py") else sorted((ROOT / place).rglob("*.py"))
    assert found
    return found


def imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


@pytest.mark.parametrize("package", FORBIDDEN)
def test_imports_point_downwards(package):
    upwards = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules_of(package)
        for name in imported(path)
        if name in FORBIDDEN[package]
    }
    assert upwards == set()


def test_prefect_is_imported_by_the_flows_and_what_runs_them_alone():
    paths = [path for package in ("warehouse", "tasks", "flows") for path in modules_of(package)]
    folders = {path.parent.relative_to(ROOT).as_posix() for path in paths if "prefect" in imported(path)}
    assert folders == {"flows", "flows/running"}


def test_no_module_imports_itself_by_way_of_others():
    paths = [path for package in ("warehouse", "tasks", "flows") for path in modules_of(package)]
    ours = {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in paths}
    TopologicalSorter({name: ours.keys() & set(named_in(path)) - {name} for name, path in ours.items()}).prepare()


def named_in(path):
    """What a module imports, at its head or within a function, as it may be a module's name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def state_of(tree):
    """What a module keeps and changes between calls: globals, caches of functions, its containers changed by them."""
    at_the_top = {
        target.id
        for statement in tree.body
        if isinstance(statement, ast.Assign | ast.AnnAssign)
        for target in (statement.targets if isinstance(statement, ast.Assign) else [statement.target])
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Global):
            yield f"global {', '.join(node.names)}"
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if {"cache", "lru_cache"} & {name_of(decorator) for decorator in node.decorator_list}:
                yield f"{node.name} is cached"
            yield from (f"{node.name} changes {name}" for name in sorted(changed_in(node) & at_the_top))
        if isinstance(node, ast.Assign) and name_of(node.value) in ("cache", "lru_cache"):
            yield f"line {node.lineno} is cached"


def changed_in(function):
    """The names that a function changes the contents of, and has not made itself."""
    found, own = set(), {argument.arg for argument in ast.walk(function) if isinstance(argument, ast.arg)}
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            own.add(node.id)
        elif isinstance(node, ast.Subscript | ast.Attribute) and not isinstance(node.ctx, ast.Load):
            found.add(node.value)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGING:
            found.add(node.func.value)
    return {changed.id for changed in found if isinstance(changed, ast.Name)} - own


def name_of(expression):
    """The last name of `cache`, `functools.cache`, `cache(f)`, `lru_cache(8)(f)`; None for what has none."""
    while isinstance(expression, ast.Call):
        expression = expression.func
    if isinstance(expression, ast.Attribute):
        return expression.attr
    return expression.id if isinstance(expression, ast.Name) else None


def test_no_module_of_the_warehouse_or_the_tasks_keeps_a_state():
    kept = {
        f"{path.relative_to(ROOT).as_posix()}: {state}"
        for package in ("warehouse", "tasks")
        for path in modules_of(package)
        for state in state_of(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert kept == set()


@pytest.mark.parametrize(
    ("text", "states"),
    [
        ("def f():\n    global A\n    A = 1", ["global A"]),
        ("import functools\n@functools.lru_cache(maxsize=8)\ndef f(): ...", ["f is cached"]),
        ("from functools import cache\ndef f(): ...\ng = cache(f)", ["line 3 is cached"]),
        ("A = {}\ndef f(x):\n    A[x] = 1", ["f changes A"]),
        ("A = {}\ndef f(x):\n    A.setdefault(x, 1)", ["f changes A"]),
        ("A: list[int] = []\ndef f(x):\n    del A[x]", ["f changes A"]),
        ("A = object()\ndef f(x):\n    A.x = x", ["f changes A"]),
        ("A = {}\ndef f(x):\n    A = {}\n    A[x] = 1", []),
        ("A = {}\nA.pop(1, None)\ndef f(x):\n    return A[x]", []),
    ],
)
def test_a_state_is_recognised(text, states):
    assert list(state_of(ast.parse(text))) == states


@pytest.mark.parametrize("command", [["wrap"], ["status"], ["sql", "select 1"]])
def test_commands_that_ask_import_no_prefect_no_yfinance_no_arrow_no_pandas_no_calendar_no_charts(command, home):
    script = (
        "import sys\n"
        "from flows.cli import main\n"
        f"sys.argv = ['afterclose', *{command!r}]\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'prefect', 'yfinance', 'pyarrow', 'numpy', 'pandas', 'exchange_calendars', 'curl_cffi', 'detroit', "
        "'filelock', 'http.client'}\n"
        "print('heavy:', sorted(heavy & set(sys.modules)))\n"
    )
    subprocess.run([sys.executable, "-m", "flows.cli", "rebuild"], check=True, cwd=ROOT, capture_output=True)
    done = subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "heavy: []"
    assert done.stderr == "" or "nothing is stored" in done.stderr


FLOORS = {  # what each room of the warehouse may look into, beside its own and the few modules that stand in no room
    "facts": set(),
    "lake": set(),
    "bars": {"facts", "lake"},
    "rules": {"bars", "facts", "lake"},
    "wording": set(),
    "sql": {"bars", "facts", "lake", "wording"},
    "report": {"sql", "wording"},
}


@pytest.mark.parametrize("room", FLOORS)
def test_the_rooms_of_the_warehouse_have_no_way_up(room):
    looked_into = {
        parts[1]
        for path in (ROOT / "warehouse" / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("warehouse.")
        for parts in [node.module.split(".")]
        if (ROOT / "warehouse" / parts[1]).is_dir()
    }
    assert looked_into - {room} <= FLOORS[room]
    assert {path.parent.name for path in (ROOT / "warehouse").glob("*/__init__.py")} == FLOORS.keys()


def test_every_rule_that_the_sql_names_is_one():
    named = {
        name
        for path in (ROOT / "warehouse" / "sql").rglob("*.sql")
        for name in re.findall(r"\brules? = '(\w+)'", path.read_text(encoding="utf-8"))
    }
    assert {"newly_flat_market", "session_exists"} <= named
    assert named <= SEVERITIES.keys()
