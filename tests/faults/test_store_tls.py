"""A store behind TLS: certificates are checked, and the deadline is the same."""

import datetime
import ipaddress
import subprocess
import sys
from contextlib import contextmanager

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from forging import private_key
from redis_server import free_port, running, wait_until

from clerk_wsgi.backends.redis import RedisStore

GIVEN = {"secret": "sk_test_1", "scope": "here", "seconds": 10}
NAME = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a store")])


def certificate(address):
    """A certificate that its own key signed, for that address."""
    now = datetime.datetime.now(datetime.UTC)
    key = private_key("a")
    named = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
    day = datetime.timedelta(days=1)
    built = x509.CertificateBuilder(
        NAME, NAME, key.public_key(), x509.random_serial_number(), now - day, now + day
    )
    return built.add_extension(named, False).sign(key, hashes.SHA256())


def pem_files(folder, address):
    """Paths of a certificate and its key."""
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    key = private_key("a").private_bytes(serialization.Encoding.PEM, *form)
    shown = certificate(address).public_bytes(serialization.Encoding.PEM)
    paths = folder / "cert.pem", folder / "key.pem"
    for path, text in zip(paths, (shown, key), strict=True):
        path.write_bytes(text)
    return paths


@contextmanager
def serving(folder, address):
    """The store's URL, and the certificate that its server shows."""
    cert, key = pem_files(folder, address)
    port = free_port()
    files = ("--tls-cert-file", str(cert), "--tls-key-file", str(key))
    more = ("--tls-port", str(port), *files, "--tls-auth-clients", "no")
    with running("redis", *more):
        yield f"rediss://127.0.0.1:{port}", cert


def test_a_store_behind_tls_reads_writes_and_tells(tmp_path):
    with serving(tmp_path, "127.0.0.1") as (url, cert):
        store = RedisStore.from_url(f"{url}?ssl_ca_certs={cert}", **GIVEN, poll=0.1)
        store.write("name", b"1", 100)
        assert store.read("name") == b"1"
        told = []
        end = store.listen("feed", lambda: told.append(store.entries("feed")))
        wait_until(lambda: told, "it is not told")
        store.append("feed", b"1", 100)
        wait_until(lambda: told[-1] == (b"1",), "it hears nothing")
        end()


@pytest.mark.parametrize("trusted", [True, False])
def test_a_server_that_cannot_show_who_it_is_gets_nothing(tmp_path, trusted):
    """Its certificate is for another address, or signed by nobody we know."""
    address = "127.0.0.2" if trusted else "127.0.0.1"
    with serving(tmp_path, address) as (url, cert):
        query = f"?ssl_ca_certs={cert}" if trusted else ""
        store = RedisStore.from_url(url + query, **GIVEN)
        store.write("name", b"1", 100)
        assert store.read("name") is None
        with pytest.raises(Exception, match="CERTIFICATE_VERIFY_FAILED"):
            store._connections.warm()


LATE = """
import sys, warnings
import clerk_wsgi
from clerk_wsgi.backends.redis import RedisStore
store = RedisStore.from_url(sys.argv[1], secret="1", scope="here", seconds=10)
warnings.simplefilter("ignore")  # gevent says that it is late
import gevent.monkey
gevent.monkey.patch_all()
store.write("name", b"1", 100)
print(store.read("name"), store.health())
"""


def test_gevent_may_come_after_the_store_was_named(tmp_path):
    pytest.importorskip("gevent", reason="left out, since gevent is not installed")
    with serving(tmp_path, "127.0.0.1") as (url, cert):
        command = [sys.executable, "-c", LATE, f"{url}?ssl_ca_certs={cert}"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.stdout.startswith("b'1'"), done.stdout + done.stderr
