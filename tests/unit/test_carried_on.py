"""What strangers work by: the files that name targets, versions and files name those that there are."""

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))


def yaml_of(name):
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def test_the_workflow_runs_targets_that_there_are():
    jobs = yaml_of(".github/workflows/ci.yml")["jobs"]
    runs = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    named = {word for run in runs if run.startswith("make ") for word in run.split()[1:] if word.isalpha()}
    named |= {case["target"] for case in jobs["others"]["strategy"]["matrix"]["include"]}
    assert {"lint", "test", "oldest", "newest", "uncapped"} <= named <= TARGETS


def test_every_target_is_phony_and_says_what_it_does():
    (phony,) = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert set(phony.split()) == TARGETS
    explained = set(re.findall(r"^([a-z]+):.*## .", MAKEFILE, re.MULTILINE))
    assert explained == TARGETS - {"dev"}


def test_the_citation_is_of_this_version():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = yaml_of("CITATION.cff")
    assert (citation["version"], citation["license"]) == (project["version"], project["license"])


def test_a_fact_is_reported_with_its_source():
    required = {
        field["id"]
        for field in yaml_of(".github/ISSUE_TEMPLATE/fact.yml")["body"]
        if field.get("validations", {}).get("required")
    }
    assert "source" in required
    assert "source" in (ROOT / ".github" / "PULL_REQUEST_TEMPLATE.md").read_text(encoding="utf-8")


def test_places_that_are_named_to_contributors_are_there():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:flows|tasks|warehouse|tests|docs)/[\w./*]*)`", text))
    assert len(named) > 15
    assert [name for name in sorted(named) if not list(ROOT.glob(name.rstrip("/")))] == []
