"""Real servers, each in a process of its own with the site of `raw_site`.

Run as a program, this is the process of a server that is no command: it prints the port
that it listens on, and serves.
"""

import importlib.util
import os
import re
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
SCRIPTS = Path(sys.executable).parent
SECONDS = 20
QUIET = 0.7  # a server that has said nothing for so long, after a whole request
APP = "raw_site:app"


class Answer(NamedTuple):
    status: int
    head: str
    body: bytes

    def headers(self, name):
        """Its values, whatever a client may take for the end of a line."""
        found = re.findall(rf"(?:\A|[\r\n]){name}:([^\r\n]*)", self.head, re.I)
        return [value.strip() for value in found]


class Server(NamedTuple):
    name: str
    port: int

    def send(self, raw, seconds=QUIET):
        """What comes back for these very bytes; status 0 where nothing does."""
        address = ("127.0.0.1", self.port)
        with socket.create_connection(address, timeout=SECONDS) as connection:
            connection.settimeout(seconds)
            return answer_in(received(connection, raw))

    def get(self, target):
        """An ordinary request; waits for the server to be there."""
        lines = (f"GET {target} HTTP/1.1", "Host: app.example.com", "Connection: close")
        raw = "\r\n".join([*lines, "", ""]).encode()
        until = time.monotonic() + SECONDS
        while True:
            try:
                return self.send(raw, SECONDS)
            except ConnectionRefusedError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)


def received(connection, raw):
    found = bytearray()
    try:
        connection.sendall(raw)
        while block := connection.recv(65536):
            found += block
    except (TimeoutError, ConnectionError):  # said what there was to say
        pass
    return bytes(found)


def answer_in(found):
    head, _, body = found.partition(b"\r\n\r\n")
    text = head.decode("latin-1")
    status = re.match(r"HTTP/1\.[01] (\d{3})", text)
    if status and status[1] == "100":  # go on; the answer is yet to come
        return answer_in(body)
    return Answer(int(status[1]) if status else 0, text, body)


def gunicorn(kind):
    def command(listener):
        told = ["--bind", f"fd://{listener.fileno()}", "--worker-class", kind]
        told += ["--threads", "2", "--log-level", "critical", "--no-control-socket"]
        return [sys.executable, "-m", "gunicorn", "--chdir", str(HERE), *told, APP]

    return command


def uwsgi(listener):
    told = ["--http-socket", f"fd://{listener.fileno()}", "--virtualenv", sys.prefix]
    told += ["--pythonpath", str(HERE), "--module", "raw_site", "--callable", "app"]
    told += ["--buffer-size", "32768", "--need-app", "--die-on-term"]
    return [str(SCRIPTS / "uwsgi"), *told, "--disable-logging"]


def granian(listener):
    """It cannot be handed a socket, so it gets the number of one that is free."""
    port = listener.getsockname()[1]
    listener.close()
    told = ["--interface", "wsgi", "--port", str(port), "--no-ws", "--no-log"]
    return [str(SCRIPTS / "granian"), *told, APP]


def serve_waitress(app):
    import waitress.server

    server = waitress.server.create_server(app, host="127.0.0.1", port=0, threads=2)
    return server.effective_port, server.run


def serve_werkzeug(app):
    from werkzeug.serving import WSGIRequestHandler, make_server

    handler = silent(WSGIRequestHandler)
    server = make_server("127.0.0.1", 0, app, True, request_handler=handler)
    return server.server_port, server.serve_forever


def serve_wsgiref(app):
    from wsgiref.simple_server import WSGIRequestHandler, make_server

    server = make_server("127.0.0.1", 0, app, handler_class=silent(WSGIRequestHandler))
    return server.server_port, server.serve_forever


def silent(handler):
    quiet = {"log": lambda *_, **__: None, "log_message": lambda *_: None}
    return type("Silent", (handler,), quiet)


def serve_cheroot(app):
    from cheroot.wsgi import Server

    server = Server(("127.0.0.1", 0), app, numthreads=2)
    server.prepare()
    return server.bind_addr[1], server.serve


def serve_gevent(app):
    from gevent.pywsgi import WSGIServer

    server = WSGIServer(("127.0.0.1", 0), app, log=None, error_log=None)
    server.start()
    return server.server_port, server.serve_forever


EMBEDDED = {
    "waitress": serve_waitress,
    "werkzeug": serve_werkzeug,
    "wsgiref": serve_wsgiref,
    "cheroot": serve_cheroot,
    "gevent": serve_gevent,
}
COMMANDS = {
    "gunicorn-sync": gunicorn("sync"),
    "gunicorn-gthread": gunicorn("gthread"),
    "gunicorn-gevent": gunicorn("gevent"),
    "uwsgi": uwsgi,
    "granian": granian,
}
SERVERS = [*COMMANDS, *EMBEDDED]
NEEDED = {
    "gunicorn-sync": ["gunicorn"],
    "gunicorn-gthread": ["gunicorn"],
    "gunicorn-gevent": ["gunicorn", "gevent"],
    "uwsgi": [],
}


def missing(name):
    """The packages that the server needs and this machine has not."""
    if name == "uwsgi":
        return [] if (SCRIPTS / "uwsgi").exists() else ["uwsgi"]
    needed = NEEDED.get(name, [name])
    return [each for each in needed if importlib.util.find_spec(each) is None]


@contextmanager
def started(name):
    """The running server; it may still be importing the site."""
    start = start_command if name in COMMANDS else start_embedded
    with start(name) as (process, port):
        try:
            yield Server(name, port)
            assert process.poll() is None, f"{name} has ended"
        finally:
            end(process)


@contextmanager
def all_started(names):
    """Servers by name. At once, since most of their time goes into imports."""
    with ExitStack() as stack:
        with ThreadPoolExecutor(4) as pool:
            found = pool.map(lambda n: stack.enter_context(started(n)), names)
        yield dict(zip(names, found, strict=True))


@contextmanager
def start_command(name):
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port, handle = listener.getsockname()[1], listener.fileno()
        command = COMMANDS[name](listener)
        handles = [handle] if listener.fileno() == handle else []
        with launch(command, pass_fds=handles) as process:
            yield process, port


@contextmanager
def start_embedded(name):
    command = [sys.executable, "-W", "ignore", __file__, name]
    with launch(command, stdout=subprocess.PIPE, text=True) as process:
        yield process, int(process.stdout.readline())


def launch(command, **more):
    kept = {n: v for n, v in os.environ.items() if not n.startswith("CLERK_")}
    env = kept | {"PYTHONPATH": str(HERE), "PYTHONWARNINGS": "ignore"}
    quiet = {"stderr": subprocess.DEVNULL, "start_new_session": True, "cwd": HERE}
    return subprocess.Popen(command, env=env, **quiet, **more)


def end(process):
    """The process and its workers: a session of their own."""
    process.terminate()
    try:
        process.wait(3)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(SECONDS)


def main(name):
    from raw_site import app

    port, serve = EMBEDDED[name](app)
    print(port, flush=True)
    serve()


if __name__ == "__main__":
    main(sys.argv[1])
