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
    """`send(method, url, headers, body)` gives (status, headers, text)."""

    def __init__(self, origin, send, now=time.time):
        self.origin = origin
        self.send = send
        self.now = now
        self.jar = {}
        self.seen = []

    @property
    def cookies(self):
        return {n: v for n, (v, end) in self.jar.items() if self.now() < end}

    def request(self, method, url, headers=DOCUMENT, fields=None):
        """One exchange; redirects are left to the caller."""
        url = urljoin(self.origin, url)
        headers = dict(headers)
        if self.cookies:
            pairs = (f"{name}={value}" for name, value in self.cookies.items())
            headers["Cookie"] = "; ".join(pairs)
        body = None
        if fields is not None:
            body = urlencode(fields)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers.setdefault("Origin", self.origin)
        page = Page(url, *self.send(method, url, headers, body))
        self.seen.append((method, page.path, page.status))
        for name, value in page.headers:
            if name.lower() == "set-cookie":
                self.keep(value)
        return page

    def keep(self, cookie):
        pair, *attributes = (each.strip() for each in cookie.split(";"))
        name, _, value = pair.partition("=")
        ages = [a[8:] for a in attributes if a.lower().startswith("max-age=")]
        end = self.now() + int(ages[0]) if ages else float("inf")
        self.jar[name] = (value, end)

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


def api_transport(app):
    """How backends reach a Clerk in the same process."""
    send = in_process(app)

    def transport(method, url, headers, body):
        status, answered, text = send(method, url, headers, body)
        return Answer(status, dict(answered), text.encode())

    return transport
