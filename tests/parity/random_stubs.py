"""What the canned Backend API answers, in good days and bad ones."""

from forging import HEADER, vector_keys
from random_tokens import directives

MACHINES = {
    "/api_keys/verify": ("api_key", "ak_1"),
    "/m2m_tokens/verify": ("machine_to_machine_token", "mt_1"),
    "/oauth_applications/access_tokens/verify": (
        "clerk_idp_oauth_access_token",
        "oat_1",
    ),
}
ERROR = {
    "code": "resource_not_found",
    "message": "not found",
    "long_message": "It is not.",
}


def stubs_for(dice, issuer, suffix):
    return [
        {"method": "GET", "path": "/v1/jwks", **jwks(dice)},
        {
            "method": "GET",
            "path": "/v1/clients/handshake_payload",
            **cookies(dice, issuer, suffix, "directives"),
        },
        {
            "method": "POST",
            "path": "/v1/sessions/sess_1/refresh",
            **cookies(dice, issuer, suffix, "cookies"),
        },
        *(
            {"method": "POST", "path": path, **machine(dice, *named)}
            for path, named in MACHINES.items()
        ),
    ]


def jwk(name="a", kid=HEADER["kid"]):
    return vector_keys()[name]["public_jwk"] | {
        "kid": kid,
        "use": "sig",
        "alg": "RS256",
    }


def jwks(dice):
    good = {"json": {"keys": [jwk()]}}
    if dice.chance(85):
        return good
    return dice.pick(
        {"json": {"keys": [jwk("b", "other"), jwk()]}},
        {"json": {"keys": [jwk("b")]}},
        {"json": {"keys": [jwk(kid="other")]}},
        {"json": {"keys": []}},
        {"json": {}},
        failure(dice),
    )


def cookies(dice, issuer, suffix, name):
    if dice.chance(12):
        return failure(dice)
    found = directives(dice, issuer, suffix)
    return {"json": {"object": name, name: found}}


def machine(dice, kind, name):
    if dice.chance(25):
        return failure(dice)
    answer = {
        "object": kind,
        "id": name,
        "type": "a type",
        "name": dice.pick("a key", None, ""),
        "subject": dice.pick("user_1", "org_1", "mch_1", "client_1"),
        "scopes": dice.pick([], ["a", "b"]),
        "claims": dice.pick(None, {"a": 1}, {}),
        "client_id": dice.pick("client_1", None),
        "aud": dice.pick("x", ["x", "y"], [], "", None, 5),
        "revoked": dice.chance(10),
        "expired": False,
        "expiration": None,
        "created_at": 1,
        "updated_at": 1,
    }
    if answer["aud"] is None:
        del answer["aud"]
    return {"json": answer}


def failure(dice):
    status = dice.pick(400, 401, 403, 404, 422, 429, 500, 502)
    key = {"code": "clerk_key_invalid", "message": "The secret is wrong"}
    return dice.pick(
        {"network_error": "refused"},
        {"status": status, "json": {"errors": [ERROR]}},
        {"status": status, "json": {"errors": []}},
        {"status": status, "json": {}},
        {"status": 401, "json": {"errors": [key]}},
        text("<html>", 502),
        text("<html>", 200),
    )


def text(said, status):
    """An answer that is no JSON; the two readers of stubs call it differently."""
    headers = {"content-type": "text/html"}
    return {"status": status, "raw": said, "text": said, "headers": headers}
