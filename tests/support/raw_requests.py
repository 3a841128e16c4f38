"""Requests as no client should send them, byte by byte; none of them has a session.

Each asks for something protected in some spelling, and says in some way that is none of
a session's that it may have it.
"""

import random

from clerk_tokens import mint_now
from path_spellings import INSERTED, spellings

PLAIN = ["/admin", "/admin/users", "/users/ada/admin"]
INJECTED = "X-Injected: yes"
LINE_BREAKS = [
    *("%0d%0a", "%0a", "%0d", "%E5%98%8A%E5%98%8D", "%C4%8D%C4%8A", "%250d%250a"),
    *("\r", "\n", "\x85", "%c2%85", "%E2%80%A8", "\x0b", "\x00", "%00"),
]

METHODS = [
    *("HEAD", "POST", "PUT", "OPTIONS", "DELETE", "PATCH"),
    *("get", "Get", "TRACE", "PROPFIND", "GET\t", "G\x00T", "X" * 40),
]
VERSIONS = ["HTTP/1.0", "HTTP/1.9", "HTTP/0.9", "http/1.1", ""]
HOSTS = [
    "Host: evil.com",
    "Host: good.com@evil.com",
    "Host: app.example.com:99999",
    "Host: app.example.com/admin",
    "Host: app.example.com\r\nHost: evil.com",
    "Host: [::1]",
    "Host: a\x01b",
    f"Host: x\n{INJECTED}",
    "Host:",
    "Ignored: no host at all",
]
AUTHORITIES = ["app.example.com", "evil.com", "user:password@evil.com", "", "[::1]:80"]
ACCEPTS = [
    "Accept: text/html\r\nSec-Fetch-Dest: document",
    "Accept: text/html",
    "Accept: application/json",
    "Sec-Fetch-Dest: iframe",
]
SAID = [  # what Clerk, a proxy or an environ would say
    *("Auth-Status: signed-in", "Auth-Token: {forged}", "Auth-Signature: x"),
    *("Request-Data: x", "Auth-Reason: x", "Debug: 1", "Clerk-Url: http://evil.com/"),
]
HEADERS = [
    *(
        "SCRIPT_NAME: /admin",
        "SCRIPT_NAME: /foo",
        "SCRIPT-NAME: /admin",
        "Script_Name: /",
    ),
    *("PATH_INFO: /", "PATH-INFO: /public", "REQUEST_URI: /", "REMOTE_USER: user_1"),
    *("Remote-User: user_1", "Remote_User: user_1", "X-User-Id: user_1"),
    *(
        "X-Original-URL: /",
        "X-Rewrite-URL: /",
        "X-Forwarded-Uri: /",
        "X-Accel-Redirect: /",
    ),
    *(
        "X-Forwarded-Host: evil.com",
        "X_Forwarded_Host: evil.com",
        "Forwarded: host=evil",
    ),
    *(
        "X-Forwarded-Proto: https",
        "X-Forwarded-Proto: javascript",
        "X-Forwarded-Port: x",
    ),
    *("X-Forwarded-Prefix: /admin", "X-Forwarded-Host: a, b", "X-Forwarded-For: ::1"),
    f"X-Forwarded-Host: evil.com\n{INJECTED}",
    f"X-Forwarded-Host: evil.com%0d%0a{INJECTED}",
    f"X-Forwarded-Proto: https\r {INJECTED}",
    *("X-HTTP-Method-Override: OPTIONS", "Connection: Authorization, Cookie"),
    *("clerk_wsgi.state: signed-in", "clerk_wsgi.visit: x", "wsgi.url_scheme: https"),
    *("Upgrade: websocket", "Expect: 100-continue", "Origin: http://evil.com"),
    *("Referer: https://accounts.example.com/", "Range: bytes=0-1", "If-None-Match: *"),
    "X: a\nX-Clerk-Auth-Status: signed-in",
    "X: a\r\n X-Clerk-Auth-Status: signed-in",
    "X: a\rX-Clerk-Auth-Status: signed-in",
    "X : a",
    ": a",
    "Content-Length: 0",
    "Content-Length: +0",
]
COOKIES = [
    *(
        "__session={forged}",
        "__session=",
        "__session",
        "__session=\x00",
        "__session=a.b.c",
    ),
    *("__session=\xe9\xff", '__session="{forged}"', "__session={forged}; __session="),
    *(
        "__sessionEVIL={good}",
        "__Session={good}",
        "__session_other={good}",
        "$__session=x",
    ),
    *(
        "x=%3B%20__session%3D{good}",
        "__session={expired}",
        'bad[key]={"a":1}',
        "=; ;=;",
    ),
    *("__session={forged}\r\nCookie: __session={expired}", "__session ={forged}"),
    *("__clerk_db_jwt=dvb_x\\r\\nX-Injected: yes", f"__clerk_db_jwt=x\n{INJECTED}"),
    *(
        "__client_uat=9999999999",
        "__client_uat=-1",
        "__client_uat=1e9",
        "__client_uat=x",
    ),
    *("__clerk_redirect_count=-1", "__clerk_handshake={forged}", "__clerk_handshake=x"),
    *("__refresh_x=y", "__clerk_handshake_nonce=x"),
    "; ".join(f"c{n}=v" for n in range(150)),
]
AUTHORIZATIONS = [
    *(
        "Bearer",
        "Bearer ",
        "Bearer {forged}",
        "bearer {expired}",
        "{forged}",
        "Basic eDp4",
    ),
    *(
        "Bearer {forged}, Bearer {expired}",
        "Bearer\t{forged}",
        "Bearer \xe9\xff.\x80.x",
    ),
    *(
        "Bearer {forged}\r\nAuthorization: Bearer {expired}",
        "Bearer null",
        "Bearer a.b.c",
    ),
    *("Bearer ak_x", "Bearer mt_x", "Bearer oat_x", "Digest username=user_1"),
]
QUERIES = [
    *("__clerk_handshake={forged}", "__clerk_handshake=x", "__clerk_handshake_nonce=x"),
    *(
        "__session={good}",
        "token={good}",
        "__clerk_db_jwt=dvb_x",
        "__clerk_synced=true",
    ),
    *("__clerk_redirect_url=http://evil.com", "x=/public", "__clerk_status=signed-in"),
]


def raw_requests(seed, count):
    """So many requests as bytes; the same for the same seed."""
    chance = random.Random(seed)
    tokens = {
        "forged": mint_now(key="b"),
        "expired": mint_now({"exp": 1_600_000_000, "iat": 1_599_999_000}),
        "good": mint_now(),
    }
    paths = spellings(PLAIN, seed, max(count // 2, 100))
    return [request(chance, paths, tokens) for _ in range(count)]


def request(chance, paths, tokens):
    """Mostly in order, or strict servers would refuse all of them at the door."""
    odd = set(chance.choices(ODDITIES, k=chance.choice((0, 1, 1, 2, 2, 3))))
    method = chance.choice(METHODS) if "method" in odd else "GET"
    version = chance.choice(VERSIONS) if "version" in odd else "HTTP/1.1"
    lines = [
        f"{method} {target(chance, paths)} {version}",
        chance.choice(HOSTS) if "host" in odd else "Host: app.example.com",
        chance.choice(ACCEPTS),
    ]
    if "headers" in odd:
        lines += chance.sample(HEADERS, chance.choice((1, 1, 2)))
    if "said" in odd:
        lines.append(chance.choice(("X-Clerk-", "X_Clerk_")) + chance.choice(SAID))
    if "cookie" in odd:
        lines.append(f"Cookie: {chance.choice(COOKIES)}")
    if "authorization" in odd:
        lines.append(f"Authorization: {chance.choice(AUTHORIZATIONS)}")
    text = "\r\n".join([*lines, "Connection: close", "", ""])
    for name, token in tokens.items():
        text = text.replace(f"{{{name}}}", token)
    return text.encode("latin-1")


ODDITIES = (
    *("method", "version", "host", "headers", "headers", "said", "said", "cookie"),
    *("cookie", "authorization"),
)


def target(chance, paths):
    path = chance.choice(paths if chance.random() < 0.8 else PLAIN)
    if chance.random() < 0.15:
        place = chance.randrange(len(path) + 1)
        broken = f"{chance.choice(LINE_BREAKS)}{chance.choice((INJECTED, ''))}"
        path = path[:place] + broken.replace(" ", "%20") + path[place:]
    if chance.random() < 0.1:
        scheme = chance.choice(("http://", "https://", "HTTP://", "ftp:", "//"))
        path = f"{scheme}{chance.choice(AUTHORITIES)}{path}"
    if chance.random() < 0.4:
        path += f"?{chance.choice(QUERIES)}"
        if chance.random() < 0.3:
            path += f"&x={chance.choice(LINE_BREAKS)}{INJECTED.replace(' ', '%20')}"
    if chance.random() < 0.05:
        path = path.replace("a", chance.choice((*INSERTED, "\xe1", "\xff")), 1)
    return path


# Each of them is in every campaign: a guard that looks away would let them in.
SCRIPTED = [
    *(
        "GET //admin",
        "GET /%2Fadmin",
        "GET admin",
        "GET /admin/%0Ausers",
        "GET /admin%FF",
    ),
    *("GET http://evil.com/admin", "GET /public/../admin", "GET /ADMIN", "HEAD /admin"),
    *(
        "OPTIONS /admin",
        "get /admin",
        "GET /%61dmin",
        "GET /admin;x=1",
        "GET /public%2F..%2Fadmin",
    ),
    *(
        "GET /admin#/public/x",
        "GET /public;/../admin",
        "GET \\admin",
        "GET /users/%00/admin",
    ),
    "GET /foo/admin\r\nSCRIPT_NAME: /foo",
    "GET /admin/admin\r\nSCRIPT_NAME: /admin",
    "GET /admin/users\r\nSCRIPT_NAME: /admin",
    "GET /public/admin\r\nSCRIPT_NAME: /public",
    "GET /admin\r\nX-Clerk-Auth-Status: signed-out\r\nX_Clerk_Auth_Status: signed-in",
    "GET /admin\r\nX: a\nX-Clerk-Auth-Status: signed-in",
]


def scripted():
    return [scripted_request(*each.split("\r\n")) for each in SCRIPTED]


def scripted_request(line, *headers):
    lines = [f"{line} HTTP/1.1", "Host: app.example.com", "Accept: */*", *headers]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1")


class Carried:
    """A request with good tokens in some place, and whose they may be taken for.

    Where a token stands as it should, `is_certain`: it must be taken.
    """

    def __init__(self, name, *headers, target="/admin", users, is_certain=False):
        self.name, self.is_certain = name, is_certain
        self.entrants = {str((f"user_{each}", f"sess_{each}")) for each in users}
        self.raw = scripted_request(f"GET {target}", *headers)


def carried():
    """User and session of a token go together, so that a mixture would be seen."""
    a = mint_now({"sub": "user_a", "sid": "sess_a"})
    b = mint_now({"sub": "user_b", "sid": "sess_b"})
    forged = mint_now({"sub": "user_c", "sid": "sess_c"}, key="b")
    uat = "__client_uat=1"
    nobody, only_a, anyone = (), "a", "ab"
    return [
        Carried(
            "cookie", f"Cookie: __session={a}; {uat}", users=only_a, is_certain=True
        ),
        Carried(
            "odd neighbours",
            f'Cookie: a=1; bad[key]={{"x":1}}; ={uat}; __session={a}; {uat}',
            users=only_a,
            is_certain=True,
        ),
        Carried(
            "two in one header",
            f"Cookie: __session={a}; {uat}; __session={b}",
            users=only_a,
            is_certain=True,
        ),
        Carried(
            "two headers",
            f"Cookie: {uat}; __session={a}",
            f"Cookie: {uat}; __session={b}",
            users=anyone,
        ),
        Carried("a longer name", f"Cookie: __sessionX={a}; {uat}", users=nobody),
        Carried("another case", f"Cookie: __SESSION={a}; {uat}", users=nobody),
        Carried(
            "an encoded delimiter",
            f"Cookie: x=y%3B%20__session%3D{a}; {uat}",
            users=nobody,
        ),
        Carried("quotes", f'Cookie: __session="{a}"; {uat}', users=only_a),
        Carried("bearer", f"Authorization: bearer {a}", users=only_a, is_certain=True),
        Carried("BEARER", f"Authorization: BEARER {a}", users=only_a),
        Carried("no scheme", f"Authorization: {a}", users=only_a),
        Carried("another scheme", f"Authorization: Basic {a}", users=nobody),
        Carried("two bearers", f"Authorization: Bearer {a}, Bearer {b}", users=nobody),
        Carried(
            "two bearer headers",
            f"Authorization: Bearer {a}",
            f"Authorization: Bearer {b}",
            users=anyone,
        ),
        Carried(
            "a bad header before a good cookie",
            f"Authorization: Bearer {forged}",
            f"Cookie: __session={a}; {uat}",
            users=nobody,
        ),
        Carried("the query", target=f"/admin?__session={a}&token={a}", users=nobody),
        Carried("our own names", f"X_Clerk_Auth_Token: {a}", users=nobody),
        Carried("a header with a dash", f"X-Clerk-Auth-Token: {a}", users=nobody),
    ]
