"""The documentation tells what the code does: its names, options, cases, examples."""

import ast
import json
import re
from dataclasses import fields
from pathlib import Path

import pytest
from clerk_vectors import load
from werkzeug.test import Client

import clerk_wsgi
from clerk_wsgi.contrib.reasons import REASONS
from clerk_wsgi.core.options import Options

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
DOCS = sorted((ROOT / "docs").glob("*.md"))
PAGES = [pytest.param(path, id=path.name) for path in [README, *DOCS]]
DEVIATIONS = ROOT / "tests" / "vectors" / "deviations"

# Needs a package that tests do without, or shows one step of a build.
ONLY_READ = ("sentry_sdk", "setup(")
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def text_of(path):
    return path.read_text("utf-8")


def part(path, name):
    """What stands between the marks `<!-- name -->` and `<!-- /name -->`."""
    return text_of(path).split(f"<!-- {name} -->")[1].split(f"<!-- /{name} -->")[0]


def rows(text):
    """The cells of every table in the text, without heads; `\\|` is no border."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [re.split(r"(?<!\\)\|", line)[1:-1] for line in lines]
    rules = {n for n, row in enumerate(cells) if set("".join(row)) <= set("- :")}
    heads = {n - 1 for n in rules}
    kept = (row for n, row in enumerate(cells) if n not in rules | heads)
    return [[cell.strip().replace(r"\|", "|") for cell in row] for row in kept]


def code(value):
    return f"`{value}`" if value not in ("", (), None) else ""


def test_the_readme_lists_every_option_with_its_default_and_its_variable():
    told = [row[:3] for row in rows(part(README, "options"))]
    assert told == [
        [code(each.name), code(each.default), code(each.metadata["variable"])]
        for each in fields(Options)
    ]


def test_every_option_and_layer_is_explained():
    for *_, meaning in [*rows(part(README, "options")), *rows(part(README, "layers"))]:
        assert len(meaning) > 10


def test_the_readme_lists_every_layer():
    layers = {f"`{name}`" for name in clerk_wsgi.__all__ if name.endswith("Layer")}
    assert {name for name, _ in rows(part(README, "layers"))} == layers


@pytest.mark.parametrize("name", clerk_wsgi.__all__)
def test_every_public_name_is_in_the_reference(name):
    page = text_of(ROOT / "docs" / "api.md")
    assert re.search(rf"clerk_wsgi\.{name}$|`{name}`", page, re.MULTILINE)


@pytest.mark.parametrize(
    "framework", ["Flask", "Django", "Pyramid", "Bottle", "Falcon"]
)
@pytest.mark.parametrize("page", ["README.md", "docs/quickstart.md"])
def test_every_framework_has_its_line(page, framework):
    assert re.search(
        rf"{framework}.*?ClerkMiddleware\(", text_of(ROOT / page), re.DOTALL
    )


def test_the_build_machine_runs_the_command_of_the_readme():
    script = text_of(ROOT / ".ci" / "run")
    setting_up, command = ".venv/bin/pip install {}-e '.[test]'", ".venv/bin/pytest"
    assert f"{setting_up.format('')} && {command}" in text_of(README)
    assert setting_up.format("-q ") in script
    assert script.splitlines()[-1] == command


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page):
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", text_of(page)):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", DOCS, ids=[page.name for page in DOCS])
def test_every_page_is_in_the_table_of_contents(page):
    assert page.stem == "index" or f"\n{page.stem}\n" in text_of(ROOT / "docs/index.md")


@pytest.mark.parametrize("page", PAGES)
def test_every_name_that_an_example_imports_is_public(page):
    for block in BLOCK.findall(text_of(page)):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.ImportFrom) and node.module == "clerk_wsgi":
                assert {each.name for each in node.names} <= set(clerk_wsgi.__all__)


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_every_reason_is_explained(reason):
    explained = rows(text_of(ROOT / "docs" / "reasons.md"))
    assert any(re.search(f"`{reason}(-[.]{{3}})?`", names) for names, _ in explained)


def bare(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"bare"]


@pytest.fixture
def keys(monkeypatch):
    pem = load("jwt_verify")["keys"]["a"]["public_key_pem_spki"]
    monkeypatch.setenv("CLERK_PUBLISHABLE_KEY", "pk_live_Y2xlcmsuZXhhbXBsZS5jb20k")
    monkeypatch.setenv("CLERK_JWT_KEY", pem)
    monkeypatch.setenv("CLERK_SECRET_KEY", "sk_live_1234567890")


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize("page", PAGES)
def test_every_example_can_be_run_in_its_order(page):
    names = {"app": bare, "check": lambda auth, request: None}
    exec("from clerk_wsgi import *", names)
    for block in BLOCK.findall(text_of(page)):
        compiled = compile(block, page.name, "exec")
        if not any(each in block for each in ONLY_READ):
            exec(compiled, names)


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize(
    ("path", "accepts", "status"),
    [
        ("/", "text/html", "200 OK"),
        ("/dashboard", "text/html", "307 TEMPORARY REDIRECT"),
        ("/dashboard", "*/*", "404 NOT FOUND"),
    ],
)
def test_the_first_example_protects_the_dashboard(path, accepts, status):
    names = {"app": bare}
    exec(BLOCK.search(text_of(README))[1], names)
    answer = Client(names["app"]).get(path, headers={"Accept": accepts})
    assert answer.status == status


PATTERNS = rows(text_of(ROOT / "docs" / "guards.md").partition("## Route matchers")[2])


@pytest.mark.parametrize(
    ("pattern", "yes", "no"), PATTERNS, ids=[row[0] for row in PATTERNS]
)
def test_a_pattern_matches_what_its_row_says(pattern, yes, no):
    matches = clerk_wsgi.create_route_matcher(pattern.strip("`"))
    assert all(matches(path) for path in re.findall("`([^`]+)`", yes))
    assert not any(matches(path) for path in re.findall("`([^`]+)`", no))


def section(path):
    """One file's deviations: a table of reasons, each with the cases it is for."""
    cases = json.loads(text_of(path))
    by_reason = {}
    for case, deviation in cases.items():
        by_reason.setdefault(deviation["reason"], []).append(f"`{case}`")
    lines = [
        f"| {reason.replace('|', chr(92) + '|')} | {', '.join(ids)} |"
        for reason, ids in by_reason.items()
    ]
    head = ["", f"### {path.stem}", "", "| reason | cases |", "| --- | --- |"]
    return "\n".join([*head, *lines, ""])


def test_every_deviation_is_listed_with_its_reason(tmp_path):
    page, mark = ROOT / "docs" / "deviations.md", "<!-- cases -->\n"
    written, _, listed = text_of(page).partition(mark)
    expected = "".join(map(section, sorted(DEVIATIONS.glob("*.json"))))
    proposal = tmp_path / page.name
    proposal.write_text(written + mark + expected, "utf-8")
    assert listed == expected, f"To update: cp {proposal} {page}"
