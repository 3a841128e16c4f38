"""An authority of the test's own, and the certificates that it signs."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from forging import private_key

AUTHORITY = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Test authority")])


def sign(name, issuer, key, *extensions, days=(-1, 1)):
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(issuer, name, key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now + timedelta(days=days[0]))
    builder = builder.not_valid_after(now + timedelta(days=days[1]))
    subject = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    signer = private_key("a")
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    for extension in (subject, authority, *extensions):
        critical = isinstance(extension, x509.BasicConstraints | x509.KeyUsage)
        builder = builder.add_extension(extension, critical)
    return builder.sign(signer, SHA256()).public_bytes(Encoding.PEM)


def authority(path):
    """Write the authority's certificate to `path`."""
    usage = x509.KeyUsage(*[False] * 5, True, True, False, False)
    extensions = (x509.BasicConstraints(True, 0), usage)
    path.write_bytes(sign(AUTHORITY, AUTHORITY, private_key("a"), *extensions))
    return path


def server_context(path, address="127.0.0.1", days=(-1, 1)):
    """A server's context; `path` is where its certificate is written."""
    key = private_key("b")
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Test server")])
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    certificate = sign(
        name, AUTHORITY, key, x509.BasicConstraints(False, None), names, days=days
    )
    path.write_bytes(secret + certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context
