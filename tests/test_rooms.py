"""The house rules: which room may import which, and what an import may cost."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = {"clerk_wsgi": ROOT / "clerk_wsgi", "clerk_wsgi.backends": ROOT / "backends"}

TYPING_ONLY = {"_typeshed"}
LAYERS_NEED = (
    *(
        "environ",
        "identity",
        "instance",
        "instances",
        "mishaps",
        "reply",
        "responses",
        "visit",
    ),
)
OUTER = ["local", "cli", "contrib", "testing", "__main__"]
ANYTHING = {"*"}

# Besides the standard library. The most particular room of a module counts.
MAY_IMPORT = {
    "clerk_wsgi.core": {"clerk_wsgi.core", "cryptography", "joserfc"},
    "clerk_wsgi.layers": {
        "clerk_wsgi.core",
        *(f"clerk_wsgi.{each}" for each in LAYERS_NEED),
    },
    "clerk_wsgi.backends": {
        "clerk_wsgi.backends",
        "clerk_wsgi.core",
        *("cachetools", "cryptography", "joserfc", "redis", "urllib3"),
    },
    "clerk_wsgi": {"clerk_wsgi", "werkzeug", "cachetools"},
    **{f"clerk_wsgi.{each}": ANYTHING for each in OUTER},
}

# What the inner rooms must not know, even where their own line would allow it.
MAY_NOT_IMPORT = {
    "clerk_wsgi": {
        "clerk_wsgi.backends",
        *(f"clerk_wsgi.{each}" for each in OUTER),
    },
    "clerk_wsgi.local": {f"clerk_wsgi.{each}" for each in OUTER if each != "local"},
}

# Whoever needs one of these reaches outside, asks the clock or throws dice.
NOT_IN_CORE = {
    *("asyncio", "http", "io", "logging", "multiprocessing", "os", "pathlib", "queue"),
    *("random", "secrets", "select", "selectors", "shutil", "signal", "socket"),
    *("socketserver", "ssl", "subprocess", "sys", "tempfile", "threading", "time"),
    *("urllib.request", "uuid", "wsgiref", "importlib", "contextvars"),
}
CLOCKS = {"now", "utcnow", "today"}


def modules():
    """(name, path) of every module of the package."""
    for package, folder in FOLDERS.items():
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(folder).with_suffix("").parts
            yield ".".join([package, *parts]).removesuffix(".__init__"), path


MODULES = [pytest.param(name, path, id=name) for name, path in modules()]


def imports(tree):
    """What a module names in its imports; `from a import b` names `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: imports are absolute"
            yield from (f"{node.module}.{each.name}" for each in node.names)


def is_within(name, rooms):
    return any(name == room or name.startswith(f"{room}.") for room in rooms)


def room_of(module):
    return max((r for r in MAY_IMPORT if is_within(module, [r])), key=len)


def is_allowed(module, imported):
    room = room_of(module)
    top = imported.partition(".")[0]
    if top == "backends":
        return False
    if top in sys.stdlib_module_names:
        return room != "clerk_wsgi.core" or not is_within(imported, NOT_IN_CORE)
    if is_within(imported, MAY_NOT_IMPORT.get(room, ())):
        return False
    allowed = MAY_IMPORT[room] | TYPING_ONLY
    return allowed >= ANYTHING or is_within(imported, allowed)


def reads_a_clock(tree):
    """Is there a `datetime.now()` or one of its kin? A `ports.now()` was handed in."""
    return any(
        isinstance(node, ast.Attribute)
        and node.attr in CLOCKS
        and ast.unparse(node.value).split(".")[-1] in ("date", "datetime")
        for node in ast.walk(tree)
    )


@pytest.mark.parametrize(("module", "path"), MODULES)
def test_a_module_imports_what_its_room_may(module, path):
    named = imports(ast.parse(path.read_text("utf-8")))
    assert [each for each in named if not is_allowed(module, each)] == []


@pytest.mark.parametrize(
    ("module", "imported", "allowed"),
    [
        ("clerk_wsgi.core.tokens", "binascii.a2b_base64", True),
        ("clerk_wsgi.core.tokens", "clerk_wsgi.core.strict_json.read", True),
        ("clerk_wsgi.core.tokens", "clerk_wsgi.environ.STATE", False),
        ("clerk_wsgi.core.tokens", "werkzeug", False),
        ("clerk_wsgi.core.tokens", "os.environ", False),
        ("clerk_wsgi.core.tokens", "time.time", False),
        ("clerk_wsgi.core.urls", "urllib.parse.quote", True),
        ("clerk_wsgi.core.urls", "urllib.request.urlopen", False),
        ("clerk_wsgi.layers.guard", "clerk_wsgi.responses.answer", True),
        ("clerk_wsgi.layers.guard", "clerk_wsgi.layers.session.SessionLayer", False),
        ("clerk_wsgi.layers.guard", "clerk_wsgi.middleware.ClerkMiddleware", False),
        ("clerk_wsgi.layers.guard", "werkzeug.wrappers.Response", False),
        ("clerk_wsgi.instance", "clerk_wsgi.backends.pem.PemBackend", False),
        ("clerk_wsgi.instance", "clerk_wsgi.backends", False),
        ("clerk_wsgi.instance", "clerk_wsgi.local.Box", False),
        ("clerk_wsgi.instance", "urllib3", False),
        ("clerk_wsgi", "clerk_wsgi.chain.Chain", True),
        ("clerk_wsgi.backends.jwks", "clerk_wsgi.core.errors.KeyNotFound", True),
        ("clerk_wsgi.backends.jwks", "clerk_wsgi.environ.read_request", False),
        ("clerk_wsgi.backends.jwks", "urllib3.PoolManager", True),
        ("clerk_wsgi.backends.jwks", "werkzeug", False),
        ("clerk_wsgi.local.box", "clerk_wsgi.backends.pem.PemBackend", True),
        ("clerk_wsgi.local.box", "clerk_wsgi.cli.main", False),
        ("clerk_wsgi.cli.demo", "clerk_wsgi.local.Box", True),
        ("clerk_wsgi.cli.demo", "backends.pem", False),
    ],
)
def test_the_table_tells_arrows_apart(module, imported, allowed):
    assert is_allowed(module, imported) is allowed


def test_relative_imports_are_noticed():
    with pytest.raises(AssertionError, match="absolute"):
        list(imports(ast.parse("from . import tokens")))


@pytest.mark.parametrize(
    ("module", "path"), [p for p in MODULES if p.id.startswith("clerk_wsgi.core")]
)
def test_the_core_has_no_clock(module, path):
    assert not reads_a_clock(ast.parse(path.read_text("utf-8")))


def test_a_clock_is_noticed_and_one_that_was_given_is_none():
    assert reads_a_clock(ast.parse("datetime.now(UTC)"))
    assert reads_a_clock(ast.parse("datetime.date.today()"))
    assert not reads_a_clock(ast.parse("ports.now()"))


def test_every_room_is_there():
    names = {name for name, _ in modules()}
    assert {"clerk_wsgi.core", "clerk_wsgi.layers", "clerk_wsgi.backends"} <= names


@pytest.mark.parametrize(("module", "path"), MODULES)
def test_no_module_is_a_drawer_for_everything(module, path):
    assert path.stem not in {"common", "helpers", "misc", "util", "utils"}


SOMEBODYS_FOLDER = re.compile(r"(?<![\w.:])/(?:home|root|Users|work\w*)/")
NAMED_FILE = re.compile(r"(?<![\w/])\.\./[\w./-]+\.(?:json|md|py|txt)\b")
WRITTEN = {".cfg", ".in", ".ini", ".md", ".py", ".toml"}
OURS = ("backends", "clerk_wsgi", "docs", "tests")


def written():
    """Every text that people read or edit."""
    yield from (path for path in ROOT.iterdir() if path.suffix in WRITTEN)
    for folder in OURS:
        yield from (p for p in (ROOT / folder).rglob("*") if p.suffix in WRITTEN)


def lost_references(path, text):
    """What the text names on somebody's machine, or beside it where nothing is."""
    yield from SOMEBODYS_FOLDER.findall(text)
    for named in NAMED_FILE.findall(text):
        if not (path.parent / named).exists():
            yield named


def test_no_text_points_outside_the_project():
    texts = {p: p.read_text("utf-8") for p in written() if p != Path(__file__)}
    lost = {path: [*lost_references(path, text)] for path, text in texts.items()}
    assert {path: found for path, found in lost.items() if found} == {}


@pytest.mark.parametrize("text", ["see /home/ada/notes", "see ../elsewhere/plan.md"])
def test_a_text_that_does_is_noticed(text):
    assert [*lost_references(ROOT / "tests" / "a.py", text)]


def run(code):
    """What the code prints in an interpreter of its own."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


def test_importing_the_package_leaves_heavy_things_alone():
    loaded = run("import clerk_wsgi, sys; print(*sys.modules)")
    assert "clerk_wsgi.middleware" in loaded
    heavy = {"asyncio", "authlib", "joserfc", "urllib3", "clerk_wsgi.backends"}
    assert heavy.isdisjoint(loaded)


WATCH = """
import sys, threading
WATCHED = ("os.exec", "os.fork", "os.posix_spawn", "os.system", "socket.connect",
           "socket.getaddrinfo", "subprocess.Popen")
sys.addaudithook(lambda event, _: event.startswith(WATCHED) and print(event))
{code}
print(*threading.enumerate()[1:])
"""


def test_importing_everything_starts_nothing():
    names = [name for name, _ in modules() if not name.endswith("__main__")]
    everything = "\n".join(f"import {name}" for name in names)
    assert run(WATCH.format(code=everything)) == []


@pytest.mark.parametrize(
    "code",
    [
        "threading.Thread(target=threading.Event().wait, daemon=True).start()",
        "import socket; socket.getaddrinfo('127.0.0.1', 9)",
        "import subprocess; subprocess.run([sys.executable, '-V'])",
    ],
    ids=["thread", "socket", "process"],
)
def test_what_is_started_is_noticed(code):
    assert run(WATCH.format(code=code)) != []
