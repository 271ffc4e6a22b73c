"""Before anything else: whose packages are these? And what a person is told of settings that do nothing."""

import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from flows.cli import PLACES, app
from warehouse.door import PACKAGES


def command(*arguments, python_path, cwd):
    code = "import sys; sys.path.insert(0, sys.argv.pop(1)); from warehouse.door import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, str(python_path), *arguments], capture_output=True, text=True, cwd=cwd, check=False
    )


@pytest.mark.parametrize("package", ["flows", "tasks"])
@pytest.mark.parametrize("kind", ["package", "namespace", "module"])
def test_a_foreign_package_on_the_path_is_refused_in_one_line(home, tmp_path, package, kind):
    foreign = tmp_path / "elsewhere"
    foreign.mkdir()
    if kind == "module":
        (foreign / f"{package}.py").write_text("raise SystemExit('it was imported')")
    else:
        (foreign / package).mkdir()
    if kind == "package":
        (foreign / package / "__init__.py").write_text("raise SystemExit('it was imported')")
    done = command("status", python_path=foreign, cwd=tmp_path)
    if kind == "namespace":  # a mere folder hides nothing
        assert "was found in" not in done.stderr
        return
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"afterclose: `{package}` was found in {foreign}, not in ")
    assert "an environment of its own" in line


def test_ctrl_c_while_all_is_imported_ends_without_a_trace(home, tmp_path):
    (tmp_path / "typer.py").write_text("raise KeyboardInterrupt")  # the moment at which it is pressed
    done = command("status", python_path=tmp_path, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_the_packages_that_are_looked_at_are_those_that_are_installed():
    import tomllib
    from pathlib import Path

    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    assert tuple(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == PACKAGES


@pytest.fixture
def run(home):
    return lambda *arguments: CliRunner().invoke(app, arguments)


def test_config_says_where_each_value_comes_from(run, home, tmp_path, monkeypatch):
    import json

    home.mkdir()
    (home / "afterclose.toml").write_text("lookback = 7\n")
    (tmp_path / ".env").write_text("AFTERCLOSE_CONCURRENCY=3\n")
    monkeypatch.setenv("AFTERCLOSE_SETTLE_MINUTES", "40")
    rows = {row["name"]: (row["value"], row["from"]) for row in json.loads(run("config", "--json").stdout)}
    assert rows["AFTERCLOSE_LOOKBACK"] == ("7", str(home / "afterclose.toml"))
    assert rows["AFTERCLOSE_CONCURRENCY"] == ("3", ".env")
    assert rows["AFTERCLOSE_SETTLE_MINUTES"] == ("40", "environment")
    assert rows["AFTERCLOSE_SOURCE"] == ("yahoo", "default")
    assert rows["AFTERCLOSE_CONSTITUENTS_URL"][0].startswith("https://yfiua.github.io/index")
    assert {"AFTERCLOSE_YAHOO_URL", "AFTERCLOSE_TERMS_ACCEPTED", "AFTERCLOSE_CSI_URL"} <= rows.keys()


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://me:hunter2@example.com:8443/", "https://example.com:8443"),
        ("https://example.com/hunter2", "https://example.com/***"),
        ("https://example.com?key=hunter2", "https://example.com/***"),
        ("https://example.com", "https://example.com"),
    ],
)
def test_config_shows_no_secret(run, monkeypatch, url, shown):
    monkeypatch.setenv("AFTERCLOSE_YAHOO_URL", url)
    done = run("config")
    assert "hunter2" not in done.output
    assert f" {shown} " in done.output


def test_names_that_are_no_setting_are_said_with_the_one_that_may_be_meant(run, home, tmp_path, monkeypatch):
    home.mkdir()
    (home / "afterclose.toml").write_text("concurency = 7\ntencent_url = 'https://example.com'\n")
    (tmp_path / ".env").write_text("AFTERCLOSE_LOKBACK=3\nOTHER=1\n")
    monkeypatch.setenv("AFTERCLOSE_QQQQ", "40")
    monkeypatch.setenv("AFTERCLOSE_HKEX_URL", "https://example.com")
    assert sorted(run("config").stderr.splitlines()) == [
        "afterclose: AFTERCLOSE_LOKBACK in .env is no setting: is AFTERCLOSE_LOOKBACK meant?",
        "afterclose: AFTERCLOSE_QQQQ in the environment is no setting, see `afterclose config`",
        f"afterclose: concurency in {home / 'afterclose.toml'} is no setting: is concurrency meant?",
    ]


def test_a_run_says_that_a_setting_is_none(run, monkeypatch, evening):
    evening("2022-05-09")
    monkeypatch.setenv("AFTERCLOSE_LOKBACK", "3")
    done = run("nightly", "--market", "HK", "--date", "2022-05-08")  # a Sunday: nobody is asked
    assert "AFTERCLOSE_LOKBACK in the environment is no setting: is AFTERCLOSE_LOOKBACK meant?" in done.stderr


def test_settings_from_the_current_folder_are_said_so_by_every_command(home, tmp_path):
    (tmp_path / ".env").write_text("AFTERCLOSE_LOOKBACK=3\nOTHER=1\n")
    done = command("--version", python_path=tmp_path, cwd=tmp_path)
    assert done.stdout.startswith("afterclose ")
    assert done.stderr == f"afterclose: settings are read from {tmp_path / '.env'}: AFTERCLOSE_LOOKBACK\n"


def test_a_dotenv_in_another_encoding_is_refused_in_one_line(home, tmp_path):
    (tmp_path / ".env").write_bytes(b"AFTERCLOSE_SOURCE=caf\xe9\n")
    done = command("status", python_path=tmp_path, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (2, f"afterclose: {tmp_path / '.env'} is no text in UTF-8\n")


def test_the_version_is_that_of_the_package(run):
    from importlib.metadata import version

    assert run("--version").output == f"afterclose {version('afterclose')}\n"


def test_garbage_is_looked_for_while_a_command_runs():
    code = "import gc, flows.cli as c; c.run = lambda: print(gc.isenabled()); from warehouse.door import main; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


def test_a_shell_can_complete_commands(home, tmp_path, monkeypatch):
    (tmp_path / ".env").write_text("AFTERCLOSE_LOOKBACK=3\n")
    for name, value in {
        "_AFTERCLOSE_COMPLETE": "complete_bash",
        "COMP_WORDS": "afterclose q",
        "COMP_CWORD": "1",
    }.items():
        monkeypatch.setenv(name, value)
    code = "import sys; sys.argv[0] = 'afterclose'; from warehouse.door import main; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (done.stdout.split(), done.stderr) == (["quarantine"], "")


def test_a_command_is_imported_when_it_is_wanted_and_no_other_is():
    code = (
        "import sys; from typer.testing import CliRunner; from flows.cli import app;"
        " CliRunner().invoke(app, ['wrap', '--help']);"
        " print(*sorted(name for name in sys.modules if name.startswith('flows.commands.')))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert found == [f"flows.commands.{name}" for name in ("asking", "configuring", "options")]


def test_of_a_name_that_is_none_those_like_it_can_be_named():
    found = CliRunner().invoke(app, ["statu"])
    assert found.exit_code == 2
    assert "No such command 'statu'" in found.stderr
    group = typer.main.get_command(app)
    assert group.get_command(None, "statu") is None
    assert group.commands.keys() == PLACES.keys()  # Typer looks for like ones among these


def test_every_command_of_the_list_is_there_under_its_name():
    group = typer.main.get_command(app)
    made = {name: group.get_command(None, name) for name in group.list_commands(None)}
    assert {name: command.name for name, command in made.items()} == {name: name for name in PLACES}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no file that is always full")
def test_an_output_that_takes_no_more_is_told_without_naming_a_folder(home, tmp_path):
    code = "import sys; sys.argv[0] = 'afterclose'; from warehouse.door import main; main()"
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-c", code, "config"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            check=False,
        )
    assert (done.returncode, done.stderr) == (1, "afterclose: No space left on device\n")
