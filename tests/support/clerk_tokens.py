"""What a browser or an API client of one Clerk instance sends: real signatures."""

import time

from forging import CLAIMS, HEADER, NOW, compact, vector_keys

PEM = vector_keys()["a"]["public_key_pem_spki"]
JWK = vector_keys()["a"]["public_jwk"] | {"kid": HEADER["kid"], "use": "sig"}
JWKS = {"keys": [JWK]}

PUBLISHABLE_KEY = "pk_live_Y2xlcmsuZXhhbXBsZS5jb20k"  # clerk.example.com
DEVELOPMENT_KEY = "pk_test_bHVja3ktY2F0LTEyLmNsZXJrLmFjY291bnRzLmRldiQ="
ISSUER = "https://clerk.example.com"
ORIGIN = "https://app.example.com"
SIGN_IN = "https://accounts.example.com/sign-in"

SESSION = CLAIMS | {"azp": ORIGIN, "iss": ISSUER, "fva": [1, -1]}
IN_ORGANIZATION = {
    "v": 2,
    "o": {"id": "org_1", "rol": "admin", "slg": "acme", "per": "read", "fpm": "1"},
    "fea": "o:reports",
}

PAGE = {"Accept": "text/html", "Sec-Fetch-Dest": "document"}
API = {"Accept": "application/json"}


def epoch_ms():
    """The clock of the tests: the moment at which tokens are minted."""
    return NOW * 1000


def mint(claims=None, header=None, *, key="a", now=NOW):
    """A session token, good but for what is named; what is `...` is left out."""
    times = {"iat": now, "nbf": now, "exp": now + 60}
    return compact(
        without_dots({**HEADER, **(header or {})}),
        without_dots({**SESSION, **times, **(claims or {})}),
        key,
    )


def mint_now(claims=None, header=None, **more):
    """A token for servers, which have the real clock."""
    return mint(claims, header, now=int(time.time()), **more)


def without_dots(values):
    return {name: value for name, value in values.items() if value is not ...}


def signed_in_cookies(token=None, *, now=NOW):
    """A signed-in browser's cookies, by name."""
    return {"__session": token or mint(now=now), "__client_uat": str(now - 100)}


def cookie_header(cookies):
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


def bearer(token):
    return {"Authorization": f"Bearer {token}"}
