"""Seeds: a mapping or a file, and a sentence for each that cannot be used."""

import json
from datetime import date

import pytest
from local_clerk import local_clerk

from clerk_wsgi import ConfigurationError
from clerk_wsgi.local.organizations import find_organization
from clerk_wsgi.local.seeds import PEOPLE, read_seeds
from clerk_wsgi.local.users import find_by_identifier, has_password

TOML = """
[[users]]
email = "ada@example.com"
password = "engine-1843"
public_metadata = { role = "admin" }

[[roles]]
key = "org:editor"
permissions = ["org:posts:write"]

[[organizations]]
slug = "lighthouse"
name = "Lighthouse Press"
members = { "ada@example.com" = "org:editor" }
"""


def test_a_toml_file(tmp_path):
    path = tmp_path / "people.toml"
    path.write_text(TOML)
    state = local_clerk(seeds=read_seeds(path)).state
    ada = find_by_identifier(state, "ada@example.com")
    assert has_password(ada, "engine-1843")
    assert ada["public_metadata"] == {"role": "admin"}
    assert find_organization(state, "lighthouse")["members_count"] == 1


def test_a_json_file_says_the_same(tmp_path):
    path = tmp_path / "people.json"
    path.write_text(json.dumps(PEOPLE))
    assert read_seeds(path) == PEOPLE


@pytest.mark.parametrize(
    ("name", "text"), [("a.toml", "["), ("a.json", "{"), ("b.json", "[]")]
)
def test_a_file_that_cannot_be_read_is_named(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=name):
        read_seeds(path)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigurationError, match="nobody"):
        read_seeds(tmp_path / "nobody.toml")


ADA = {"email": "ada@example.com"}


@pytest.mark.parametrize(
    ("seeds", "told"),
    [
        ({"people": []}, "'people'; they can have"),
        ({"users": {}}, "users must be a list"),
        ({"users": ["ada"]}, "users, number 1"),
        ({"users": [ADA, ADA]}, "users, number 2 .ada@example.com.: .* taken"),
        ({"users": [{"email": "nonsense"}]}, "valid email"),
        ({"users": [{**ADA, "password": "short"}]}, "8 characters"),
        ({"users": [{**ADA, "age": 7}]}, "it has 'age'"),
        (
            {"users": [{**ADA, "public_metadata": []}]},
            "public_metadata must be a table",
        ),
        ({"roles": [{}]}, "roles, number 1"),
        ({"organizations": [{"slug": "a"}]}, "organizations, number 1 .a."),
        (
            {"organizations": [{"name": "A", "members": {"nobody": "org:admin"}}]},
            "nobody",
        ),
        (
            {
                "users": [ADA],
                "organizations": [{"name": "A", "members": {ADA["email"]: "org:x"}}],
            },
            "role",
        ),
    ],
)
def test_seeds_that_cannot_be_used_are_named(seeds, told):
    with pytest.raises(ConfigurationError, match=told):
        local_clerk(seeds=seeds)


def test_ids_are_the_same_in_each_run():
    seeds = {"users": [ADA]}
    found = [
        local_clerk(seeds=seeds, ids="a").state.records.find("user") for _ in range(2)
    ]
    assert found[0][0]["id"] == found[1][0]["id"]
    other = local_clerk(seeds=seeds, ids="b").state.records.find("user")
    assert other[0]["id"] != found[0][0]["id"]


def test_templates_and_machines_are_sown_too():
    seeds = {
        "jwt_templates": [
            {"name": "own", "signing_algorithm": "HS256", "signing_key": "x" * 32},
            {"name": "plain", "claims": {"a": "{{user.id}}"}, "lifetime": 300},
        ],
        "machines": [
            {"id": "mch_a", "name": "printer"},
            {"name": "clock", "scoped_machines": ["mch_a"]},
        ],
    }
    records = local_clerk(seeds=seeds).state.records
    own, plain = records.find("jwt_template")
    assert (own["signing_algorithm"], plain["lifetime"]) == ("HS256", 300)
    assert [each["name"] for each in records.find("machine")] == ["printer", "clock"]


@pytest.mark.parametrize(
    ("part", "entry", "told"),
    [
        (
            "organizations",
            {"name": "A", "members": {ADA["email"]: 7}},
            "must be a text",
        ),
        ("organizations", {"name": "A", "slug": "Not one"}, "slug"),
        ("organizations", {"name": "A", "created_by": "user_x"}, "user_x"),
        ("jwt_templates", {"claims": {}}, "needs a name"),
        ("jwt_templates", {"name": "a", "lifetime": 1}, "lifetime"),
        ("machines", {"name": "a", "scoped_machines": ["mch_x"]}, "was found"),
        ("machines", {"name": "a", "default_token_ttl": True}, "must be a number"),
        ("roles", {"key": "org:x", "permissions": [1]}, "must be a list of texts"),
        ("users", {"public_metadata": {"a": float("nan")}}, "JSON"),
        ("users", {"public_metadata": {"a": date(2026, 1, 1)}}, "JSON"),
        ("users", {"username": "\ud800"}, "number 2"),
    ],
)
def test_an_entry_that_cannot_be_used_leaves_nobody(tmp_path, part, entry, told):
    path = tmp_path / "clerk.db"
    seeds = {"users": [ADA]}
    seeds = {**seeds, part: [*seeds.get(part, []), entry]}
    with pytest.raises(ConfigurationError, match=told) as raised:
        local_clerk(seeds=seeds, data=path)
    assert f"{part}, number {len(seeds[part])}" in str(raised.value)
    with local_clerk(seeds={}, data=path) as local:
        assert local.is_new
        assert local.state.records.count("user") == 0


def test_the_demos_people_are_in_the_package():
    state = local_clerk().state
    assert [each["id"] for each in state.records.find("user")] == [
        *("user_ada", "user_grace", "user_alan", "user_emmy")
    ]
    assert find_organization(state, "rowers")["members_count"] == 3


def test_seeds_are_sown_once(tmp_path):
    path = tmp_path / "clerk.db"
    for is_new in (True, False):
        with local_clerk(seeds={"users": [ADA]}, data=path) as local:
            assert local.is_new is is_new
            assert local.state.records.count("user") == 1
