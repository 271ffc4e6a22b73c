import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FORBIDDEN = {
    "warehouse": {"tasks", "flows", "prefect", "yfinance", "curl_cffi", "requests", "httpx", "urllib3"},
    "tasks": {"flows", "prefect"},
}


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
        for path in (ROOT / package).rglob("*.py")
        for name in imported(path)
        if name in FORBIDDEN[package]
    }
    assert upwards == set()


@pytest.mark.parametrize("command", [["wrap"], ["status"], ["sql", "select 1"]])
def test_commands_that_ask_import_no_prefect_no_yfinance_no_pandas_no_calendar_no_charts(command, home):
    script = (
        "import sys\n"
        "from flows.cli import main\n"
        f"sys.argv = ['afterclose', *{command!r}]\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'prefect', 'yfinance', 'pandas', 'exchange_calendars', 'curl_cffi', 'matplotlib'}\n"
        "print('heavy:', sorted(heavy & set(sys.modules)))\n"
    )
    subprocess.run([sys.executable, "-m", "flows.cli", "rebuild"], check=True, cwd=ROOT, capture_output=True)
    done = subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "heavy: []"
    assert done.stderr == "" or "nothing is stored" in done.stderr
