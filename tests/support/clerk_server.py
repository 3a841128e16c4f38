"""The standard library's own WSGI server, without the network."""

from io import BytesIO, StringIO
from typing import NamedTuple
from wsgiref.handlers import SimpleHandler


class Answer(NamedTuple):
    status: int
    headers: list
    body: bytes

    def header(self, name):
        return next((v for n, v in self.headers if n.lower() == name.lower()), None)


class Exchange(SimpleHandler):
    """Writes the answer as a server does: what was not sent may still be replaced."""

    origin_server = False
    wsgi_file_wrapper = None

    def __init__(self, environ):
        self.sent = BytesIO()
        super().__init__(BytesIO(), self.sent, StringIO(), environ)
        self.os_environ = {}


def environ_for(target="/", headers=None, **environ):
    """What a server makes of a request whose target and headers are ordinary."""
    path, _, query = target.partition("?")
    names = {f"HTTP_{name.upper().replace('-', '_')}": name for name in headers or {}}
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost",
        **{key: headers[name] for key, name in names.items()},
        **environ,
    }


def serve(app, environ):
    exchange = Exchange(environ)
    exchange.run(app)
    head, _, body = exchange.sent.getvalue().partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = [tuple(line.split(": ", 1)) for line in lines]
    return Answer(int(headers[0][1][:3]), headers[1:], body)
