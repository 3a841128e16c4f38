"""What is built from the tree: a wheel, an sdist and an editable install, all alike."""

import os
import re
import subprocess
import sys
import sysconfig
import tarfile
from email import message_from_bytes
from importlib.metadata import distributions, version
from pathlib import Path
from shutil import copy2, copytree, ignore_patterns
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = (
    *("CHANGELOG.md", "LICENSE", "MANIFEST.in", "README.md", "backends", "clerk_wsgi"),
    *("docs", "pyproject.toml", "setup.py", "tests", "tox.ini"),
)
BUILT = ignore_patterns("__pycache__", "_build", "*.egg-info")

# Runs without this interpreter's own installation of the package: its dependencies
# are on the path, its .pth files are not.
ALONE = """
import site, sys
sys.path.append({libraries!r})
site.addsitedir({folder!r})
sys.path.insert(0, {folder!r})
{code}
"""


def has_current_setuptools():
    """Without the network, tests build with what is there."""
    found = [d.version for d in distributions(name="setuptools")]
    return bool(found) and int(found[0].partition(".")[0]) >= 77


needs_setuptools = pytest.mark.skipif(
    not has_current_setuptools(), reason="setuptools 77 or newer is not installed"
)


def build(kind, tree, target):
    """Let the build backend make a wheel, an editable wheel or an sdist of `tree`."""
    target.mkdir()
    code = f"from setuptools.build_meta import *; build_{kind}({str(target)!r})"
    command = [sys.executable, "-W", "ignore", "-c", code]
    subprocess.run(command, cwd=tree, check=True, capture_output=True)
    (built,) = target.iterdir()
    return built


def unpacked(wheel, target):
    """What an installer does with a wheel of pure Python."""
    with ZipFile(wheel) as archive:
        archive.extractall(target)
    return target


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("packaging")


@pytest.fixture(scope="module")
def tree(folder):
    """A copy of the sources, so that building leaves nothing behind."""
    copied = folder / "tree"
    copied.mkdir()
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            copytree(source, copied / name, ignore=BUILT)
        else:
            copy2(source, copied)
    return copied


@pytest.fixture(scope="module")
def wheel(tree, folder):
    return build("wheel", tree, folder / "wheel")


@pytest.fixture(scope="module")
def sdist(tree, folder):
    return build("sdist", tree, folder / "sdist")


@pytest.fixture(scope="module")
def sdist_tree(sdist, folder):
    with tarfile.open(sdist) as archive:
        archive.extractall(folder / "from-sdist", filter="data")
    (tree,) = (folder / "from-sdist").iterdir()
    return tree


@pytest.fixture(scope="module")
def wheel_of_sdist(sdist_tree, folder):
    return build("wheel", sdist_tree, folder / "wheel-of-sdist")


@pytest.fixture(scope="module")
def editable(tree, folder):
    return build("editable", tree, folder / "editable")


@pytest.fixture(scope="module")
def metadata(wheel):
    with ZipFile(wheel) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith("/METADATA"))
        return message_from_bytes(archive.read(name))


def members(wheel):
    with ZipFile(wheel) as archive:
        return {n for n in archive.namelist() if ".dist-info/" not in n}


@pytest.fixture(params=["wheel", "wheel_of_sdist", "editable"])
def run_in(request, tmp_path):
    """Runs code where only that build is installed; gives what it prints."""
    folder = unpacked(request.getfixturevalue(request.param), tmp_path / "installed")
    libraries = sysconfig.get_path("purelib")

    def run(code):
        code = ALONE.format(libraries=libraries, folder=str(folder), code=code)
        command = [sys.executable, "-I", "-S", "-c", code]
        done = subprocess.run(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True)
        return done.returncode, done.stdout

    run.folder = folder
    return run


@needs_setuptools
@pytest.mark.parametrize("name", ["pem", "jwks", "api"])
def test_every_build_finds_its_backends(run_in, name):
    code = "from importlib.metadata import distribution as d, entry_points as e\n"
    code += "print(d('clerk-wsgi').locate_file(''))\n"
    code += f"found = e(group='clerk_wsgi.backends', name={name!r})[{name!r}].load()\n"
    code += "print(found.__module__, callable(found.from_options))"
    status, said = run_in(code)
    where, found = said.splitlines()
    assert status == 0
    assert Path(where) == run_in.folder
    assert found == f"clerk_wsgi.backends.{name} True"


@needs_setuptools
def test_every_build_has_the_command(run_in):
    code = "from importlib.metadata import entry_points as e\n"
    code += "sys.argv = ['clerk-wsgi', '--help']\n"
    code += (
        "sys.exit(e(group='console_scripts', name='clerk-wsgi')['clerk-wsgi'].load()())"
    )
    status, said = run_in(code)
    assert status == 0
    assert "demo" in said
    assert "run" in said


@needs_setuptools
def test_the_wheel_has_every_module_and_nothing_else(wheel):
    code = {
        *(p.relative_to(ROOT) for p in (ROOT / "clerk_wsgi").rglob("*.py")),
        *(
            "clerk_wsgi" / p.relative_to(ROOT)
            for p in (ROOT / "backends").rglob("*.py")
        ),
    }
    found = members(wheel)
    assert {p for p in found if p.endswith(".py")} == {p.as_posix() for p in code}
    assert {p.split("/")[0] for p in found} == {"clerk_wsgi"}
    assert "clerk_wsgi/py.typed" in found


@needs_setuptools
def test_the_wheel_has_every_file_that_lies_beside_the_code(wheel):
    data = (p for p in (ROOT / "clerk_wsgi").rglob("*") if p.is_file())
    named = {
        p.relative_to(ROOT).as_posix() for p in data if "__pycache__" not in p.parts
    }
    assert named <= members(wheel)


@needs_setuptools
def test_a_wheel_of_the_sdist_is_the_same(wheel, wheel_of_sdist):
    assert members(wheel) == members(wheel_of_sdist)


@needs_setuptools
@pytest.mark.parametrize("name", SOURCES)
def test_the_sdist_has_what_is_needed_to_test_and_build_it(sdist_tree, name):
    assert (sdist_tree / name).exists()


@needs_setuptools
def test_the_sdist_has_every_test_and_page(sdist_tree, tree):
    for folder in ("docs", "tests"):
        ours = {p.relative_to(tree) for p in (tree / folder).rglob("*") if p.is_file()}
        assert not {p for p in ours if not (sdist_tree / p).exists()}


@needs_setuptools
def test_building_warns_of_nothing(tree, folder):
    code = "from setuptools.build_meta import *; build_wheel({!r})"
    target = folder / "strictly"
    target.mkdir()
    done = subprocess.run(
        [sys.executable, "-W", "default", "-c", code.format(str(target))],
        cwd=tree,
        env=os.environ | {"PYTHONWARNINGS": "default"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0
    assert "Deprecat" not in done.stderr


@needs_setuptools
def test_the_metadata_says_what_users_rely_on(metadata):
    assert metadata["Name"] == "clerk-wsgi"
    assert metadata["License-Expression"] == "MIT"
    assert metadata["License-File"] == "LICENSE"
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert "Typing :: Typed" in metadata.get_all("Classifier")


@needs_setuptools
def test_no_dependency_is_capped(metadata):
    capped = [r for r in metadata.get_all("Requires-Dist") if re.search("<|==|~=", r)]
    assert [r for r in capped if "extra ==" not in r or r.count("==") > 1] == []


@needs_setuptools
def test_every_dependency_has_a_reason_in_the_documentation(metadata):
    required = (re.match(r"[\w.-]+", r)[0] for r in metadata.get_all("Requires-Dist"))
    page = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
    given = re.findall(r"^\| `([\w.-]+)` \| .{10,} \|$", page, re.MULTILINE)
    assert sorted(given) == sorted({name.lower() for name in required})


@needs_setuptools
def test_the_changelog_knows_the_version(metadata):
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    first = re.search(r"^## \[?([\w.]+)", changelog, re.MULTILINE)
    assert first[1] == metadata["Version"]


def test_what_is_installed_here_is_this_version():
    text = (ROOT / "setup.py").read_text("utf-8")
    assert f'VERSION = "{version("clerk-wsgi")}"' in text
