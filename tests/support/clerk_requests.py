"""Requests, options and a canned Backend API, as the vectors describe them."""

import json
import re
from urllib.parse import quote, urlsplit

from clerk_wsgi.backends.api import BackendApi
from clerk_wsgi.backends.http import Answer, NoAnswer
from clerk_wsgi.backends.jwks import JwksBackend
from clerk_wsgi.backends.pem import PemBackend
from clerk_wsgi.core.errors import KeysUnavailable
from clerk_wsgi.core.options import Options
from clerk_wsgi.core.request import RequestView

SENT_AS_IT_IS = "".join(map(chr, range(0x21, 0x7F)))
API_URL = "https://api.clerk.test"


def snake(name):
    return re.sub(r"[A-Z]", lambda found: "_" + found[0].lower(), name)


class Headers(dict):
    def get(self, name, default=None):
        return super().get(name.lower(), default)


def request_view(request, **options):
    url = urlsplit(quote(request["url"], safe=SENT_AS_IT_IS))
    headers = Headers(request["headers"])
    return RequestView(
        method=request["method"],
        headers=headers,
        path_info=unquoted(url.path),
        query_string=url.query,
        raw_uri=f"{url.path}?{url.query}" if url.query else url.path,
        scheme=url.scheme,
        host=headers.get("host") or url.netloc,
        **options,
    )


def unquoted(path):
    """What a WSGI server makes of a path: decoded bytes, as Latin-1."""
    return re.sub(r"%([0-9A-Fa-f]{2})", lambda found: chr(int(found[1], 16)), path)


def camel_options(given):
    """Our options for Clerk's, those of the vectors."""
    given = {snake(name): value for name, value in given.items()}
    given.pop("accepts_token", None)
    given.pop("skip_jwks_cache", None)
    sync = given.pop("organization_sync_options", None) or {}
    given |= {snake(name): value for name, value in sync.items()}
    return {"api_url": API_URL, **given}


def options_of(given):
    return Options.read(camel_options(given), {})


class CannedApi:
    """Answers Backend API calls as a vector's `bapi` says, and writes them down."""

    def __init__(self, stubs):
        self.stubs = [dict(stub) for stub in stubs]
        self.calls = []

    def __call__(self, method, url, headers, body=None):
        self.calls.append(self.noted(method, url, headers, body))
        path = urlsplit(url).path
        for stub in self.stubs:
            is_meant = (stub["method"], stub["path"]) == (method, path)
            if is_meant and stub.get("times") != 0:
                stub["times"] = stub.get("times", -1) - 1
                return self.answer(stub)
        raise NoAnswer("nothing is canned")

    def noted(self, method, url, headers, body):
        call = {"method": method, "url": url}
        if "Authorization" in headers:
            call["authorization"] = headers["Authorization"]
        if body is not None:
            call["json"] = json.loads(body)
        return call

    def answer(self, stub):
        if stub.get("network_error") or stub.get("networkError"):
            raise NoAnswer("refused")
        text = stub["text"] if "text" in stub else json.dumps(stub.get("json"))
        return Answer(stub.get("status", 200), stub.get("headers") or {}, text.encode())


class NoKeys:
    def find_key(self, kid):
        raise KeysUnavailable(
            "jwk-failed-to-resolve", "Failed to resolve JWK during verification."
        )


def backend_of(options, api):
    if options.jwt_key:
        return PemBackend(options.jwt_key)
    if options.secret_key:
        return JwksBackend(
            api_url=options.api_url,
            api_version=options.api_version,
            secret_key=options.secret_key,
            transport=api,
        )
    return NoKeys()


def api_of(options, api):
    return BackendApi(
        api_url=options.api_url,
        api_version=options.api_version,
        secret_key=options.secret_key,
        machine_secret_key=options.machine_secret_key,
        transport=api,
    )
