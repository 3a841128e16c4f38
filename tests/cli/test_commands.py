"""`clerk-wsgi` as people start it: what it prints, serves and answers for mistakes."""

import re
import signal
import socket
import subprocess
import sys
from importlib.metadata import entry_points, version

import pytest
from command_line import finish, started

from clerk_wsgi import ConfigurationError
from clerk_wsgi.cli import main
from clerk_wsgi.cli.run import find_application, rules_for
from clerk_wsgi.cli.telling import seeded
from clerk_wsgi.local.seeds import PEOPLE

API = {"Accept": "application/json"}
KEYS = {
    "CLERK_PUBLISHABLE_KEY": "pk_test_bHVja3ktb3R0ZXItMTIuY2xlcmsuYWNjb3VudHMuZGV2JA",
    "CLERK_SECRET_KEY": "sk_test_forTestsOnly",
}
APPLICATION = """
from clerk_wsgi import auth

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"hello {auth().user_id}".encode()]

class nested:
    app = staticmethod(app)

text = "no application"
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "shop_of_tests.py").write_text(APPLICATION)
    (tmp_path / "broken_of_tests.py").write_text("import a_module_that_nobody_has\n")
    return tmp_path


@pytest.fixture
def import_path():
    """What the command does to the import path of its own process ends here."""
    before = list(sys.path)
    yield
    sys.path[:] = before
    for name in ("shop_of_tests", "broken_of_tests"):
        sys.modules.pop(name, None)


def test_the_version_is_told():
    done = finish("--version")
    assert (done.returncode, done.stdout) == (
        0,
        f"clerk-wsgi {version('clerk-wsgi')}\n",
    )


def test_the_script_is_the_same_command():
    [script] = entry_points(group="console_scripts", name="clerk-wsgi")
    assert script.load() is main


@pytest.mark.parametrize(
    "arguments", [[], ["nothing"], ["run"], ["demo", "--port", "x"]]
)
def test_what_is_asked_wrongly_is_answered_with_the_usage(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: clerk-wsgi" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["demo", "run", "local", "token", "bench", "check"])
def test_a_command_says_what_it_does(command, capsys):
    with pytest.raises(SystemExit):
        main([command, "--help"])
    _, about, *_ = capsys.readouterr().out.split("\n\n")
    assert re.fullmatch("[A-Z][^.]*[.]", " ".join(about.split()))
    assert not re.search("wsgi application|local clerk", about)


def test_the_demo_tells_what_to_open_and_who_can_sign_in():
    with started("demo", CLERK_JWT_KEY="nonsense", CLERK_BACKEND="nonsense") as found:
        process, line, browser = found
        told = "".join(process.stdout.readline() for _ in range(6))
        assert line.startswith("The demo is at http://localhost:")
        assert re.search(r"ada@example\.com +engine-1843 +admin", told)
        assert "\x1b" not in line + told
        browser.origin = browser.origin.replace("127.0.0.1", "localhost")
        assert browser.get("/").status == 200
        assert browser.sign_in().status == 200
        process.send_signal(signal.SIGINT)
        _, log = process.communicate(timeout=10)
        assert process.returncode == 0
        assert "Traceback" not in log
        assert "POST /__clerk/sign-in 303" in log
        assert not re.search("dvb_|eyJ|nonce=|sk_test", log)


def test_what_is_no_http_gets_an_answer_and_does_not_end_the_demo():
    with started("demo") as (_, _, browser):
        host, port = browser.origin.removeprefix("http://").split(":")
        for raw in (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", b"GET\r\n\r\n", b"\r\n"):
            with socket.create_connection((host, int(port)), timeout=5) as connection:
                connection.sendall(raw)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(4096):
                    pass
        assert browser.get("/").status == 200


def test_a_port_that_is_taken_is_told_in_one_sentence(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert main(["demo", "--port", port]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert f"port {port}" in told
    assert "--port" in told


def test_an_application_is_wrapped_and_served(folder):
    arguments = ["run", "shop_of_tests:app", "--protect", "/in(.*)", "--protect", "/x"]
    with started(*arguments, cwd=folder, **KEYS) as (_, line, browser):
        assert line.startswith("shop_of_tests:app is at http://127.0.0.1:")
        assert browser.get("/", API).text == "hello None"
        assert [browser.get(p, API).status for p in ("/in", "/x", "/y")] == [
            404,
            404,
            200,
        ]
        assert browser.request("GET", "/in").header("Location").startswith("https://")


def test_an_application_is_served_with_a_local_clerk(folder):
    arguments = ["run", "shop_of_tests:nested.app", "--local", "--protect", "/in(.*)"]
    with started(*arguments, cwd=folder) as (_, _, browser):
        assert browser.get("/in").path == "/__clerk/sign-in"
        page = browser.sign_in(redirect_url="/in/here")
        assert (page.path, page.text) == ("/in/here", "hello user_grace")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("shop_of_tests", "write module:app"),
        (":app", "write module:app"),
        ("shop_of_tests:", "write module:app"),
        ("nothing_of_tests:app", "no module 'nothing_of_tests'"),
        ("nothing_of_tests.wsgi:app", "no module 'nothing_of_tests.wsgi'"),
        ("shop_of_tests.deeper:app", "no module 'shop_of_tests.deeper'"),
        ("shop_of_tests:nothing", "'shop_of_tests:nothing' is not there"),
        ("shop_of_tests:text", "not callable"),
        (".shop_of_tests:app", "is not there"),
    ],
)
def test_a_name_without_an_application_is_refused(import_path, folder, name, told):
    with pytest.raises(ConfigurationError, match=told):
        find_application(name, folder)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("nothing_of_tests:app", "no module 'nothing_of_tests'"),
        ("shop_of_tests:app", "Publishable key is missing."),
    ],
)
def test_a_mistake_is_told_in_one_line(folder, name, told):
    done = finish("run", name, cwd=folder)
    assert done.returncode == 2
    assert told in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_wrong_variable_is_named(folder):
    wrong = {**KEYS, "CLERK_PUBLISHABLE_KEY": "nonsense"}
    done = finish("run", "shop_of_tests:app", cwd=folder, **wrong)
    assert done.returncode == 2
    assert "CLERK_PUBLISHABLE_KEY" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("pattern", ["dashboard", "", "/a(", "/:"])
def test_a_pattern_that_protects_nothing_is_refused(folder, pattern):
    done = finish("run", "shop_of_tests:app", "--protect", pattern, cwd=folder, **KEYS)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1


def test_rules_ask_for_somebody_signed_in():
    assert rules_for(["/a(.*)", "(.*)"]) == {"/a(.*)": {}, "(.*)": {}}
    with pytest.raises(ConfigurationError, match="--protect"):
        rules_for(["a"])


def test_an_error_within_the_application_is_its_own(folder):
    done = finish("run", "broken_of_tests:app", cwd=folder, **KEYS)
    assert "a_module_that_nobody_has" in done.stderr
    assert "Traceback" in done.stderr


@pytest.mark.parametrize("name", ["shop_of_tests:app", "shop_of_tests:nested.app"])
def test_an_application_is_found_from_a_folder(import_path, folder, name):
    assert find_application(name, folder).__name__ == "app"


def test_an_error_within_a_module_is_not_taken_for_its_absence(import_path, folder):
    with pytest.raises(ModuleNotFoundError, match="a_module_that_nobody_has"):
        find_application("broken_of_tests:app", folder)


def test_people_are_told_with_their_passwords():
    lines = seeded(PEOPLE).splitlines()
    assert lines[0].split() == ["Sign", "in", "as", "password"]
    assert lines[1].split("  ")[-1] == "admin, admin of lighthouse, member of rowers"
    assert lines[4].endswith("symmetry-1918  in no organization")


def test_importing_the_package_imports_no_command_and_no_local_clerk():
    code = (
        "import sys, clerk_wsgi; print([m for m in sys.modules if "
        "m.split('.')[:2] in (['clerk_wsgi', 'cli'], ['clerk_wsgi', 'local'])])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
