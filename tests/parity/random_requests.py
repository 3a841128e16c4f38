"""Requests as browsers, programs and attackers send them, and options to judge them."""

from urllib.parse import quote, urlsplit

from forging import NOW, vector_keys
from random_stubs import stubs_for
from random_tokens import (
    OPAQUE,
    handshake_token,
    header_token,
    late_token,
    machine_jwt,
    session_token,
)

from clerk_wsgi.core.keys import cookie_suffix

DEV = {
    "publishableKey": "pk_test_Zm9vLWJhci0xMy5jbGVyay5hY2NvdW50cy5kZXYk",
    "secretKey": "sk_test_parity",
    "frontend": "foo-bar-13.clerk.accounts.dev",
    "origin": "http://localhost:3000",
    "accounts": "https://foo-bar-13.accounts.dev",
}
PROD = {
    "publishableKey": "pk_live_Y2xlcmsuZXhhbXBsZS5jb20k",
    "secretKey": "sk_live_parity",
    "frontend": "clerk.example.com",
    "origin": "https://app.example.com",
    "accounts": "https://accounts.example.com",
}
SENT = "".join(map(chr, range(0x21, 0x7F)))
PATHS = (
    "/",
    "/path",
    "/dashboard/settings",
    "/orgs/acme",
    "/orgs/bcorp",
    "/orgs/acme/settings",
    "/orgs/ACME/",
    "/orgs/acme%20inc",
    "/orgs//acme",
    "/orgs/org_1",
    "/orgs-by-id/org_1",
    "/orgs-by-id/org_2/x",
    "/me",
    "/me/settings",
    "/a/../orgs/acme/./x",
    "/%E6%97%A5/x%2Fy",
    "/p%20q",
    "/caf\u00e9",
    "/a;b=c/~x/'y'",
    "/api/data.json",
    "//double/slash",
)
PAIRS = (
    "a=1",
    "x=%20b+c",
    "d=~",
    "e=*'()!",
    "z=%zz",
    "f",
    "g=",
    "=h",
    "a=2&a=3",
    "u=%E6%97%A5",
    "u=%ff",
    "next=/x?y",
    "",
    "redirect_url=https%3A%2F%2Fx.example",
    "caf\u00e9=1",
    "__clerk_help=1",
    "__dev_session=old",
    "__clerk_synced=true",
    "__clerk_synced=false",
    "__clerk_db_jwt=dvb_query",
    "__clerk_db_jwt=",
    "__clerk_handshake=",
    "__clerk_handshake_nonce=",
    "__clerk%5Fdb_jwt=dvb_odd",
)
RETURNS = (
    "https://sat.example/p?a=1",
    "https://sat.example/p?__clerk_synced=false&x=1#frag",
    "/relative",
    "",
    "not a url",
    "https://sat.example/p?x=~&__clerk_db_jwt=old",
)
ORGANIZATIONS = (
    "/orgs/:slug",
    "/orgs/:slug/(.*)",
    "/orgs-by-id/:id",
    "/orgs-by-id/:id/(.*)",
    "/orgs/:id",
    "/:any/orgs/:slug",
    "/dashboard/:any",
    "/orgs/:slug?",
    "(.*)",
)
PERSONAL = ("/me", "/me/(.*)", "/", "/path", "(.*)")


def plain_request(dice, instance):
    """(request, options, stubs) of somebody who browses."""
    options = usual_options(dice, instance)
    request = {
        "method": dice.weighted(
            {"GET": 80, "POST": 8, "HEAD": 4, "PUT": 2, "OPTIONS": 2, "DELETE": 2}
        ),
        "url": url(dice, instance),
        "headers": destination(dice),
    }
    return request, options, stubs_for(dice, *names_of(instance))


def names_of(instance):
    issuer = f"https://{instance['frontend']}"
    return issuer, cookie_suffix(instance["publishableKey"])


def usual_options(dice, instance):
    options = {name: instance[name] for name in ("publishableKey", "secretKey")}
    pem = vector_keys()["a"]["public_key_pem_spki"]
    if dice.chance(80):
        options["jwtKey"] = pem
    if dice.chance(3):
        options["jwtKey"] = vector_keys()["b"]["public_key_pem_spki"]
    return options


def url(dice, instance):
    pairs = dice.some(PAIRS, 5)
    query = "?" + "&".join(pairs) if pairs or dice.chance(5) else ""
    path = dice.choice(PATHS if dice.chance(60) else PATHS[:9])
    return f"{instance['origin']}{path}{query}"


def with_parameter(request, name, value):
    mark = "&" if "?" in request["url"] else "?"
    request["url"] += f"{mark}{name}={quote(value, safe='')}"


def destination(dice):
    headers = dice.weighted(
        {
            ("sec-fetch-dest", "document"): 60,
            ("sec-fetch-dest", "iframe"): 4,
            ("sec-fetch-dest", "empty"): 10,
            ("sec-fetch-dest", "frame"): 2,
            ("sec-fetch-dest", ""): 2,
            ("accept", "text/html,application/xhtml+xml"): 6,
            ("accept", "text/htmlx"): 1,
            ("accept", "application/json, text/html"): 2,
            ("accept", "*/*"): 4,
            ("user-agent", "curl"): 5,
        }
    )
    found = dict([headers])
    if dice.chance(8):
        found["referer"] = dice.pick(
            "https://foo-bar-13.accounts.dev/sign-in",
            "https://accounts.example.com/sign-in",
            "http://accounts.example.com/",
            "https://clerk.example.com/x",
            "https://sat.example/",
            "https://app.example.com/other",
            "https://app.example.com:8443/",
            "http://localhost:3000/x",
            "https://other-app-1.accounts.dev/x",
            "https://accounts.evil.example/",
            "about:blank",
            "garbage",
            "chrome-extension://abcdef/x",
        )
    if dice.chance(5):
        found["origin"] = dice.pick("https://app.example.com", "null", "https://x.y")
    if dice.chance(6):
        found["x-forwarded-host"] = dice.pick(
            "app.example.com",
            "www.example.com, internal",
            "Www.Example.com:443",
            "b.example:8443",
            "",
            " spaced.example , x",
            "2130706433",
        )
    if dice.chance(6):
        found["x-forwarded-proto"] = dice.pick(
            "https", "http", "https,http", "HTTPS", ""
        )
    if dice.chance(4):
        found["host"] = dice.pick("other.example", "localhost:3000", "other.example:81")
    return found


def cookies(dice, instance):
    """The jar of a browser that may have been here before."""
    issuer, suffix = names_of(instance)
    jar = []
    flavour = dice.weighted({"plain": 5, "suffixed": 4, "both": 4})
    for name, value, percent in (
        ("__session", lambda: session_token(dice, issuer), 85),
        ("__client_uat", lambda: client_uat(dice), 88),
        ("__clerk_db_jwt", lambda: dice.pick("dvb_1", "dvb_1", "", "dvb%20x"), 80),
    ):
        first = value()
        for kind, full in (("plain", name), ("suffixed", f"{name}_{suffix}")):
            if flavour in (kind, "both") and dice.chance(percent):
                jar.append((full, first if dice.chance(75) else value()))
    if dice.chance(15):
        jar.append((f"__refresh_{suffix}", dice.pick("refresh_1", "refresh_1", "")))
    if dice.chance(12):
        counts = (
            "0",
            "1",
            "2",
            "3",
            "3",
            "4",
            "-1",
            "3.0",
            "2.5",
            "x",
            "",
            "0x3",
            "1e1",
        )
        jar.append(("__clerk_redirect_count", dice.choice(counts)))
    if dice.chance(5):
        jar.append(("__session_other1", session_token(dice, issuer)))
    if dice.chance(4):
        jar.append(("__refresh", "plain"))
    if dice.chance(10):
        jar.append(("theme", dice.pick("dark", '"quoted"', "a=b", "%7B%22x%22%3A1%7D")))
    if dice.chance(12):
        dice.shuffle(jar)
    return jar


def client_uat(dice):
    now = NOW - 100
    usual = {str(now): 75, "0": 8, str(NOW + 20): 4, str(NOW): 2}
    odd = (
        "",
        "abc",
        "-5",
        f" {now}",
        f"{now}abc",
        "0x10",
        "+7",
        "1e9",
        "00",
        "0.5",
        "%30",
    )
    return dice.choice(odd) if dice.chance(10) else dice.weighted(usual)


def cookie_header(dice, jar):
    separator = (
        "; " if dice.chance(92) else dice.pick(";", " ;  ", "; ; ", ";;", "\t; ")
    )
    pairs = [f"{name}={value}" for name, value in jar]
    if dice.chance(4):
        pairs.insert(dice.randint(0, len(pairs)), dice.pick("nopair", "=x", "x=", " "))
    if dice.chance(3) and jar:
        name, _ = dice.choice(jar)
        pairs.insert(dice.randint(0, len(pairs)), f"{name}={dice.pick('', 'again')}")
    return separator.join(pairs).strip()


def by_cookie(dice, instance):
    request, options, stubs = plain_request(dice, instance)
    request["headers"]["cookie"] = cookie_header(dice, cookies(dice, instance))
    return request, options, stubs


def by_header(dice, instance):
    request, options, stubs = plain_request(dice, instance)
    token = header_token(dice, names_of(instance)[0])
    scheme = dice.weighted(
        {"Bearer ": 85, "": 5, "bearer ": 2, "BEARER ": 1, "Basic ": 2, "Bearer  ": 1}
    )
    more = dice.weighted({"": 95, " more": 2, ",x": 1})
    request["headers"]["authorization"] = f"{scheme}{token}{more}"[:9500].strip()
    if dice.chance(25):
        request["headers"]["cookie"] = cookie_header(dice, cookies(dice, instance))
    if dice.chance(60):
        options["acceptsToken"] = accepted(dice)
    return request, options, stubs


def accepted(dice):
    kinds = ["session_token", "api_key", "m2m_token", "oauth_token"]
    if dice.chance(30):
        return dice.some(kinds)
    return dice.pick("any", *kinds)


def by_machine(dice, instance):
    request, options, stubs = by_header(dice, instance)
    issuer, _ = names_of(instance)
    token = dice.choice(OPAQUE[:3]) if dice.chance(60) else machine_jwt(dice, issuer)
    request["headers"]["authorization"] = f"Bearer {token}"
    kinds = ["any", "any", "api_key", "m2m_token", "oauth_token"]
    options["acceptsToken"] = dice.choice(kinds)
    if dice.chance(25):
        options["acceptsToken"] = dice.some(kinds[2:], 75)
    if dice.chance(20):
        options["machineSecretKey"] = "ak_machine_secret"
    if dice.chance(25):
        options["audience"] = dice.pick("x", ["x", "y"], ["z"], "", [])
    return request, options, stubs


def by_handshake(dice, instance):
    """Back from Clerk, with a token or a nonce."""
    request, options, stubs = by_cookie(dice, instance)
    names = names_of(instance)
    if dice.chance(60):
        name, value = "__clerk_handshake", handshake_token(dice, *names)
    else:
        name, value = (
            "__clerk_handshake_nonce",
            dice.pick("nonce_1", "nonce_2", "n%20x"),
        )
    if dice.chance(60):
        with_parameter(request, name, value)
    else:
        request["headers"]["cookie"] += f"; {name}={value}"
    if dice.chance(10):
        with_parameter(request, "__clerk_handshake_nonce", "nonce_1")
    return request, options, stubs


def by_renewal(dice, instance):
    """An expired session whose refresh token may be good."""
    request, options, stubs = by_cookie(dice, instance)
    issuer, suffix = names_of(instance)
    jar = dict(cookies(dice, instance))
    names = dice.pick(["__session"], [f"__session_{suffix}"])
    names += [name.replace("session", "client_uat") for name in names]
    jar |= dict(zip(names, (late_token(dice, issuer), str(NOW - 10000)), strict=True))
    if dice.chance(90):
        jar[f"__refresh_{suffix}"] = "refresh_1"
    request["headers"]["cookie"] = cookie_header(dice, list(jar.items()))
    return request, options, stubs


def by_satellite(dice, instance):
    request, options, stubs = by_cookie(dice, instance)
    options["isSatellite"] = True
    if dice.chance(85):
        options["domain"] = dice.pick("sat.example", "sat.example", "app.example.com")
    if dice.chance(20):
        options["proxyUrl"] = dice.pick("https://sat.example/__clerk", "/__clerk")
    if dice.chance(85):
        options["signInUrl"] = dice.pick(
            "https://primary.example/sign-in",
            "https://primary.example/sign-in?x=1#/y",
            "http://localhost:3001/sign-in",
            "https://app.example.com/sign-in",
        )
    if dice.chance(40):
        options["satelliteAutoSync"] = dice.chance(70)
    if dice.chance(40):
        request["headers"].pop("cookie")
    if dice.chance(60):
        request["method"] = "GET"
        request["headers"]["sec-fetch-dest"] = "document"
    if dice.chance(30):
        with_parameter(request, "__clerk_synced", dice.pick("true", "false", "", "x"))
    return request, options, stubs


def by_primary(dice, instance):
    """A satellite asks, or somebody comes from one."""
    request, options, stubs = by_cookie(dice, instance)
    if dice.chance(70):
        with_parameter(request, "__clerk_redirect_url", dice.choice(RETURNS))
    else:
        request["method"] = "GET"
        request["headers"]["referer"] = dice.pick(
            "https://sat.example/", "https://clerk.example.com/", instance["accounts"]
        )
    return request, options, stubs


def by_organization(dice, instance):
    request, options, stubs = by_cookie(dice, instance)
    options["organizationSyncOptions"] = {
        "organizationPatterns": dice.some(ORGANIZATIONS, 35),
        "personalAccountPatterns": dice.some(PERSONAL, 30),
    }
    if dice.chance(10):
        del options["organizationSyncOptions"]["personalAccountPatterns"]
    return request, options, stubs


def changed_options(dice, options):
    """Options that any of the above may have besides."""
    if dice.chance(10):
        options["audience"] = dice.pick("x", "y", ["x", "y"], "", [], ["", "z"])
    if dice.chance(10):
        azp = "https://app.example.com"
        options["authorizedParties"] = dice.pick([azp], [azp, "http://x"], ["http://x"])
    if dice.chance(6):
        options["clockSkewInMs"] = dice.pick(0, 1, 4999, 5000, 10000, 3_600_000)
    if dice.chance(6) and "proxyUrl" not in options:
        options["proxyUrl"] = dice.pick(
            "https://app.example.com/__clerk",
            "https://app.example.com/__clerk//",
            "/__clerk",
            "http://proxy.example.com:8080",
        )
    if dice.chance(4):
        options["domain"] = "sat.example"
    if dice.chance(3):
        options["signInUrl"] = dice.pick("/sign-in", "https://x.example/sign-in")
    if dice.chance(2):
        options.pop(dice.pick("secretKey", "publishableKey", "jwtKey"), None)
    return options


KINDS = {
    by_cookie: 34,
    by_header: 16,
    by_handshake: 12,
    by_machine: 10,
    by_renewal: 8,
    by_satellite: 8,
    by_primary: 6,
    by_organization: 10,
}


def auth_case(dice, kinds=KINDS):
    instance = dice.pick(DEV, PROD)
    request, options, stubs = dice.call(kinds, instance)
    now = NOW * 1000 + dice.weighted({0: 6, 1: 1, 500: 1, 999: 1, -1: 1, 5000: 1})
    case = {
        "now_ms": now,
        "request": request,
        "options": changed_options(dice, options),
        "bapi": stubs,
    }
    if dice.chance(2) and "acceptsToken" not in options:
        case["no_api_client"] = True
    return with_host(case)


def with_host(case):
    """As a server sees it: with a Host, a URL in ASCII and values without blanks."""
    request = case["request"]
    url = urlsplit(quote(request["url"], safe=SENT))
    host = request["headers"].setdefault("host", url.netloc)
    request["url"] = url._replace(netloc=host).geturl()
    headers = request["headers"]
    request["headers"] = {name: value.strip() for name, value in headers.items()}
    return case
