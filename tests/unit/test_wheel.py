"""What is installed: the three packages, whole, and nothing else."""

import subprocess
import sys
import tomllib
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from warehouse.door import PACKAGES

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        yield archive


def test_the_wheel_holds_every_file_of_the_three_packages_and_nothing_else(wheel):
    ours = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {name for name in wheel.namelist() if ".dist-info/" not in name} == ours
    assert {f"{package}/py.typed" for package in PACKAGES} <= ours


def test_its_metadata_says_what_the_project_says(wheel):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (name,) = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
    metadata = Parser().parsestr(wheel.read(name).decode())
    assert metadata["Name"] == "afterclose"
    assert set(metadata.get_all("Provides-Extra")) == set(project["optional-dependencies"])
    assert metadata["License-Expression"] == "Apache-2.0"
    (name,) = [name for name in wheel.namelist() if name.endswith("entry_points.txt")]
    assert "afterclose = warehouse.door:main" in wheel.read(name).decode()


def test_every_cap_below_the_next_major_version_says_why():
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    start = lines.index("dependencies = [")
    for line in lines[start + 1 : lines.index("]", start)]:
        requirement, _, reason = line.partition(" # ")
        cap = requirement.partition("<")[2].strip('", ')
        assert "." not in cap or reason, requirement


@pytest.mark.parametrize("package", PACKAGES)
def test_no_message_has_this_installed_from_an_index_which_has_it_not(package):
    for path in (ROOT / package).rglob("*.py"):
        assert "pip install 'afterclose" not in path.read_text(encoding="utf-8"), path
