"""Redirects to the sign-in and sign-up pages."""

import base64

HOSTS = (
    "included.katydid-92.clerk.accounts.dev",
    "clerk.included.katydid-92.lcl.dev",
    "included.katydid-92.clerk.accountsstage.dev",
    "clerk.example.com",
    "my-clerk.example.com",
    "example.com",
)
BASES = (
    "http://www.clerk.com",
    "http://current.url:3000",
    "http://current.url:3000/a/b",
    "http://current.url:3000/a/b/?x=1&__clerk_db_jwt=old#frag",
    "https://app.example.com/path?q=a%20b+c&d=~",
    "https://app.example.com:8443/x/y/z?",
    "https://satellite.example.com/\u00fc",
)
TARGETS = (
    "",
    "/auth",
    "auth",
    "../auth",
    "/auth?x=1&redirect_url=old&y=2&redirect_url=older",
    "/auth#/factor",
    "/auth/",
    "?only=query",
    "#only",
    "//other.example/auth",
    "https://accounts.example.com/sign-in",
    "https://app.example.com/sign-in",
    "https://app.example.com:8443/sign-in",
    "http://current.url:3001/go",
    "http://current.url:3000/go?x=%7E~*'()!",
    "HTTP://Current.URL:3000/Go",
    "https://primary.example.com/sign?a&b=&c=%zz&d=+#x",
)
BACKS = (
    None,
    "",
    "http://current.url:3000/path?q=1#hash",
    "https://satellite.example.com/dashboard?tab=a#x",
    "https://satellite.example.com/d?__clerk_synced=true&z=1&__clerk_synced=x",
    "/after?z=1",
    "after",
    "?q",
    "#h",
    "//evil.example/x",
    "https://app.example.com/a/../b/./c%2e/d e?f=g h",
    "https://app.example.com/\u65e5?\u672c=\u8a9e",
    "http://current.url:3000/?a=%20&b=%C3%A9&c=~&d='&e=*",
)


def publishable_key(host, live):
    encoded = base64.b64encode(f"{host}$".encode()).decode()
    return f"pk_{'live' if live else 'test'}_{encoded}"


def redirect_case(dice):
    host = dice.choice(HOSTS)
    live = dice.chance(50) if host.endswith("example.com") else dice.chance(5)
    params = {"baseUrl": dice.choice(BASES), "publishableKey": ""}
    if dice.chance(90):
        params["publishableKey"] = publishable_key(host, live)
    if dice.chance(50):
        params["signInUrl"] = dice.choice(TARGETS)
    if dice.chance(50):
        params["signUpUrl"] = dice.choice(TARGETS)
    if dice.chance(40):
        params["devBrowserToken"] = dice.pick("tok", "dvb_1", "a b&c", "", "\u00e9")
    if dice.chance(30):
        params["isSatellite"] = dice.chance(80)
    if dice.chance(30):
        params["sessionStatus"] = dice.pick("pending", "active", None)
    args = {"returnBackUrl": dice.choice(BACKS)} if dice.chance(90) else {}
    method = dice.pick("redirectToSignIn", "redirectToSignUp")
    return {"method": method, "params": params, "args": args}
