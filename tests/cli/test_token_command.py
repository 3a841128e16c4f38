"""`clerk-wsgi token`: a token on standard output, and nothing else."""

import threading
from contextlib import contextmanager

import pytest
from command_line import finish
from local_clerk import NOW, SECRET_KEY, Clock, local_clerk
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Response

from clerk_wsgi import ConfigurationError
from clerk_wsgi.cli import main
from clerk_wsgi.cli.token import print_token
from clerk_wsgi.core.tokens import parse_token
from clerk_wsgi.core.verification import verify_signature
from clerk_wsgi.local import LocalClerk

TEMPLATE = {"name": "service", "claims": {"who": "{{user.id}}"}, "lifetime": 300}
SEEDS = {
    "users": [
        {"id": "user_ada", "email": "ada@example.com"},
        {"id": "user_emmy", "username": "emmy_n"},
    ],
    "organizations": [
        {
            "name": "Acme",
            "slug": "acme",
            "features": ["posts"],
            "members": {"user_ada": "org:admin"},
        }
    ],
    "jwt_templates": [TEMPLATE],
}


@pytest.fixture
def path(tmp_path):
    path = str(tmp_path / "clerk.db")
    LocalClerk(SEEDS, data=path).close()
    return path


class Quiet(WSGIRequestHandler):
    def log(self, *told):
        """Nothing."""


@contextmanager
def served(app):
    server = make_server("127.0.0.1", 0, app, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def claims_of(text):
    assert text.count("\n") == 1
    return parse_token(text.strip()).claims


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], {"sub": "user_ada", "v": 2, "sts": "active"}),
        (["--lifetime", "7200"], {"sub": "user_ada"}),
        (["--claims", '{"a": {"b": 1}, "sub": "user_x"}'], {"a": {"b": 1}}),
        (["--origin", "http://localhost:8000"], {"azp": "http://localhost:8000"}),
        (["--template", "service"], {"who": "user_ada"}),
    ],
    ids=["plain", "long", "claims", "origin", "template"],
)
def test_a_token_from_a_file(path, capsys, arguments, expected):
    assert main(["token", "ada@example.com", "--data", path, *arguments]) == 0
    claims = claims_of(capsys.readouterr().out)
    assert {name: claims.get(name) for name in expected} == expected
    lifetime = 7200 if "7200" in arguments else 300 if "service" in arguments else 60
    assert claims["exp"] - claims["iat"] == lifetime


def test_it_is_signed_by_the_key_of_the_file_and_its_session_is_kept(path, capsys):
    assert main(["token", "emmy_n", "--data", path]) == 0
    token = parse_token(capsys.readouterr().out.strip())
    assert "azp" not in token.claims
    with LocalClerk(data=path) as local:
        verify_signature(token, local.keys.current.verification_key)
        session = local.state.need("session", token.claims["sid"])
    assert session["user_id"] == token.claims["sub"] == "user_emmy"


@pytest.mark.parametrize("name", ["acme", "org"])
def test_the_organization_is_active(path, capsys, name):
    if name == "org":
        with LocalClerk(data=path) as local:
            [found] = local.state.records.find("organization")
            name = found["id"]
    assert main(["token", "user_ada", "--org", name, "--data", path]) == 0
    organization = claims_of(capsys.readouterr().out)["o"]
    assert (organization["slg"], organization["rol"]) == ("acme", "admin")


def ask(url, key=SECRET_KEY, who="user_ada", **wanted):
    env = {"CLERK_SECRET_KEY": key} if key else {}
    return print_token(who, wanted, data=None, url=url, env=env)


def test_a_running_instance_gives_one_to_whoever_has_its_key(capsys):
    local = local_clerk(Clock(), seeds=SEEDS)
    with served(local) as url:
        given = {"organization": "acme", "claims": {"a": 1}, "lifetime": 5}
        assert ask(url, **given) == 0
        claims = claims_of(capsys.readouterr().out)
        assert (claims["a"], claims["o"]["slg"], claims["iat"]) == (1, "acme", NOW)
        for key in ("sk_test_another", ""):
            with pytest.raises(ConfigurationError, match=r"(?i)secret key") as raised:
                ask(url, key)
            assert "another" not in str(raised.value)
        with pytest.raises(ConfigurationError, match="No user is called 'nobody'"):
            ask(url, who="nobody")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nobody"], "No user is called 'nobody'; there are: user_ada, user_emmy"),
        (["user_emmy", "--org", "acme"], "no member of acme"),
        (["user_ada", "--org", "nowhere"], "was found"),
        (["user_ada", "--template", "x"], "No template is called 'x'"),
        (["user_ada", "--lifetime", "999999999"], "lives"),
    ],
)
def test_what_there_is_not_is_told_in_one_line(path, capsys, arguments, told):
    assert main(["token", *arguments, "--data", path]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert told in said.err
    assert said.err.count("\n") == 1


def test_a_file_that_is_not_there_is_not_made(tmp_path, capsys):
    path = tmp_path / "clerk.db"
    assert main(["token", "user_ada", "--data", str(path)]) == 2
    assert str(path) in capsys.readouterr().err
    assert not path.exists()


def test_a_file_of_no_instance_is_told(tmp_path, capsys):
    path = tmp_path / "empty.db"
    path.touch()
    assert main(["token", "user_ada", "--data", str(path)]) == 2
    assert "no instance" in capsys.readouterr().err


def test_where_nobody_answers_it_fails_and_says_what_to_start(capsys):
    assert ask("http://127.0.0.1:1") == 1
    assert "clerk-wsgi local" in capsys.readouterr().err


@pytest.mark.parametrize(
    "body", [b"<html>", b"{}", b'{"errors": []}', b'{"errors": 1}']
)
def test_where_something_else_answers_it_is_told(body):
    with (
        served(Response(body)) as url,
        pytest.raises(ConfigurationError, match="no local"),
    ):
        ask(url)


def test_the_key_goes_to_no_other_machine():
    with pytest.raises(ConfigurationError, match="this machine only"):
        ask("https://example.com")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["user_ada", "--claims", "["],
        ["user_ada", "--claims", "[]"],
        ["user_ada", "--lifetime", "0"],
        ["user_ada", "--lifetime", "-1"],
        ["user_ada", "--lifetime", "1.5"],
        ["user_ada", "--data", "x", "--url", "y"],
    ],
)
def test_what_is_asked_wrongly_is_answered_with_the_usage(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["token", *arguments])
    assert ended.value.code == 2
    assert "usage: clerk-wsgi token" in capsys.readouterr().err


def test_the_command_itself_prints_the_token_alone(path):
    done = finish("token", "user_ada", "--data", path)
    assert (done.returncode, done.stderr) == (0, "")
    assert claims_of(done.stdout)["sub"] == "user_ada"
