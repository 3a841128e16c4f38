"""A browser for tests: cookies, redirects and forms, and who it really talked to."""

import http.client
import time
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from werkzeug.test import Client

from clerk_wsgi.backends.http import Answer

DOCUMENT = {
    "Accept": "text/html,application/xhtml+xml",
    "Sec-Fetch-Dest": "document",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Site": "same-origin",
}


class Page(NamedTuple):
    url: str
    status: int
    headers: list
    text: str

    def header(self, name):
        return next((v for n, v in self.headers if n.lower() == name.lower()), None)

    @property
    def path(self):
        return urlsplit(self.url).path

    @property
    def query(self):
        return parse_qs(urlsplit(self.url).query, keep_blank_values=True)

    @property
    def location(self):
        """Where the answer sends the browser; a page that nobody went to."""
        return Page(urljoin(self.url, self.header("Location")), 0, [], "")

    @property
    def forms(self):
        reader = FormReader()
        reader.feed(self.text)
        return reader.forms


class FormReader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.forms = []

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if tag == "form":
            self.forms.append({"action": found.get("action", ""), "fields": {}})
        elif tag in ("input", "button") and found.get("name"):
            value = found.get("value") or ""
            fields = self.forms[-1]["fields"]
            fields.setdefault(found["name"], []).append(value)


class Browser:
    """`send(method, url, headers, body)` gives (status, headers, text).

    It starts at `origin`, keeps the cookies of each host, and knows none of
    ports (RFC 6265, 8.5).
    """

    def __init__(self, origin, send, now=time.time):
        self.origin = origin
        self.send = send
        self.now = now
        self.jar = {}
        self.seen = []

    @property
    def cookies(self):
        return self.cookies_for(self.origin)

    def cookies_for(self, url):
        """Those of the longest paths first (RFC 6265, 5.4)."""
        found = {}
        parts = urlsplit(urljoin(self.origin, url))
        for (host, folder, name), (value, end) in sorted(
            self.jar.items(), key=lambda each: each[0][1], reverse=True
        ):
            is_within = f"{parts.path or '/'}/".startswith(f"{folder.rstrip('/')}/")
            is_there = host in (parts.hostname, "." + parts.hostname) or (
                host.startswith(".") and parts.hostname.endswith(host)
            )
            if is_within and is_there and self.now() < end:
                found.setdefault(name, value)
        return found

    def request(self, method, url, headers=DOCUMENT, fields=None):
        """One exchange; redirects are left to the caller."""
        url = urljoin(self.origin, url)
        headers = dict(headers)
        cookies = self.cookies_for(url)
        if cookies:
            pairs = (f"{name}={value}" for name, value in cookies.items())
            headers["Cookie"] = "; ".join(pairs)
        body = None
        if fields is not None:
            body = urlencode(fields)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers.setdefault("Origin", origin_of(url))
        page = Page(url, *self.send(method, url, headers, body))
        self.seen.append((method, page.path, page.status))
        for name, value in page.headers:
            if name.lower() == "set-cookie":
                self.keep(value, page.url)
        return page

    def keep(self, cookie, url):
        """A cookie that came from there. Without a Path it belongs to the folder of the
        page, without a Domain to the host alone (RFC 6265, 5.1.4 and 5.3).
        """
        pair, *attributes = (each.strip() for each in cookie.split(";"))
        name, _, value = pair.partition("=")
        given = dict(each.lower().partition("=")[::2] for each in attributes)
        parts = urlsplit(urljoin(self.origin, url))
        end = self.now() + int(given["max-age"]) if "max-age" in given else float("inf")
        folder = given.get("path") or parts.path.rpartition("/")[0] or "/"
        host = parts.hostname
        if domain := given.get("domain"):
            assert f".{host}".endswith(f".{domain}"), f"{host} sets {cookie}"
            host = f".{domain}"
        self.jar[host, folder, name] = (value, end)

    def lose(self, start):
        for key in [each for each in self.jar if each[2].startswith(start)]:
            del self.jar[key]

    def follow(self, page):
        hops = 0
        while page.status in (302, 303, 307):
            hops += 1
            assert hops <= 12, f"round in circles: {self.seen[-12:]}"
            page = self.request("GET", page.location.url)
        return page

    def get(self, url, headers=DOCUMENT):
        return self.follow(self.request("GET", url, headers))

    def post(self, url, **fields):
        return self.follow(self.request("POST", url, fields=fields))

    def sign_in(self, who="grace", password="compiler-1952", redirect_url="/dashboard"):
        """The form of the sign-in page, filled in and sent."""
        return self.post(
            "/__clerk/sign-in",
            email=f"{who}@example.com",
            password=password,
            redirect_url=redirect_url,
        )


def origin_of(url):
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def over_http(method, url, headers, body):
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
    try:
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        connection.request(method, target, body, headers)
        response = connection.getresponse()
        return response.status, response.getheaders(), response.read().decode()
    finally:
        connection.close()


def in_process(app):
    """A `send` that asks the application itself."""
    client = Client(app, use_cookies=False)

    def send(method, url, headers, body):
        parts = urlsplit(url)
        response = client.open(
            parts.path,
            method=method,
            base_url=f"{parts.scheme}://{parts.netloc}",
            query_string=parts.query,
            headers=headers,
            data=body,
        )
        try:
            return response.status_code, list(response.headers), response.text
        finally:
            response.close()

    return send


def in_process_at(apps):
    """A `send` that asks the application of each origin: a network of its own."""
    known = {origin: in_process(app) for origin, app in apps.items()}

    def send(method, url, headers, body):
        return known[origin_of(url)](method, url, headers, body)

    return send


def api_transport(app):
    """How backends reach a Clerk in the same process."""
    send = in_process(app)

    def transport(method, url, headers, body):
        status, answered, text = send(method, url, headers, body)
        return Answer(status, dict(answered), text.encode())

    return transport
