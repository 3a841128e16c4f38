import traceback
from types import SimpleNamespace

import pytest
from clerk_vectors import each_case
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from forging import private_key, vector_keys

from clerk_wsgi.backends.pem import PemBackend
from clerk_wsgi.core.errors import ConfigurationError, TokenVerificationError
from clerk_wsgi.core.token_types import M2M_CATEGORY
from clerk_wsgi.core.tokens import parse_token
from clerk_wsgi.core.verification import MAKE_SURE, Checks, verify

PUBLIC_KEY = private_key("a").public_key()
PEM = vector_keys()["a"]["public_key_pem_spki"]
BODY = "".join(PEM.splitlines()[1:-1])
PRIVATE_PEM = vector_keys()["a"]["private_key_pem_pkcs8"]


def verify_session_token(text, jwt_key, now_ms):
    """What verifying a session token comes to, with nothing but a PEM (7.5)."""
    token = parse_token(text)
    if token.header.get("cat") == M2M_CATEGORY:
        said = "Invalid session token category."
        raise TokenVerificationError("token-invalid", said, MAKE_SURE)
    if not jwt_key:
        raise TokenVerificationError(
            "jwk-failed-to-resolve",
            "Failed to resolve JWK during verification.",
            "Set the CLERK_JWT_KEY environment variable.",
        )
    key = PemBackend(jwt_key).find_key(token.header.get("kid"))
    verify(token, key, Checks(), now_ms)
    return {"ok": True, "sub": token.claims["sub"]}


@each_case("jwt_verify", lambda case: case["fn"] == "verifyToken")
def test_a_session_token_is_verified_as_clerk_does(case):
    expected = dict(case["expected"])
    runtime_specific = expected.pop("message_is_runtime_specific", False)
    try:
        found = verify_session_token(
            case["token"], case["options"].get("jwtKey"), case["now_ms"]
        )
    except TokenVerificationError as error:
        found = {
            "ok": False,
            "reason": error.reason,
            "message": error.message,
            "action": error.action or None,
        }
    except ConfigurationError:
        found = {"ok": False, "exception": "ConfigurationError"}
    if runtime_specific:
        found["message"] = expected["message"]
    assert found == expected


PASTES = {
    "as downloaded": PEM,
    "without a last line break": PEM.strip(),
    "line breaks of Windows": PEM.replace("\n", "\r\n"),
    "line breaks of old": PEM.replace("\n", "\r"),
    "line breaks spelled out": PEM.replace("\n", "\\n"),
    "line breaks of Windows spelled out": PEM.replace("\n", "\\r\\n"),
    "line breaks spelled out twice": PEM.replace("\n", "\\\\n"),
    "one line": PEM.replace("\n", ""),
    "one line with spaces": PEM.replace("\n", " "),
    "the body alone": BODY,
    "the body alone, wrapped": "\n".join(PEM.splitlines()[1:-1]),
    "the body alone, spelled out": "\\n".join(PEM.splitlines()[1:-1]),
    "the body alone, quoted": f'"{BODY}"',
    "double quotes": f'"{PEM}"',
    "single quotes": f"'{PEM.strip()}'",
    "quotes and blanks": f"  ' {PEM} '  ",
    "indented": "".join(f"    {line}\n" for line in PEM.splitlines()),
    "trailing blanks": "".join(f"{line} \t\n" for line in PEM.splitlines()),
    "blank lines": PEM.replace("\n", "\n\n"),
    "a byte order mark": f"\ufeff{PEM}",
    "a no-break space": f"\u00a0{PEM}\u00a0",
    "PKCS 1": PUBLIC_KEY.public_bytes(Encoding.PEM, PublicFormat.PKCS1).decode(),
}


@pytest.mark.parametrize("pem", PASTES.values(), ids=PASTES)
def test_a_key_is_taken_however_it_was_pasted(pem):
    key = PemBackend(pem).find_key("ins_1")
    assert key.public_key.public_numbers() == PUBLIC_KEY.public_numbers()
    assert (key.algorithm, key.kid) == ("RS256", None)


@pytest.mark.parametrize("bits", [3072, 4096])
def test_larger_keys_are_taken_with_and_without_padding(bits):
    public_key = rsa.generate_private_key(65537, bits).public_key()
    pem = public_pem(public_key)
    body = "".join(pem.splitlines()[1:-1])
    for paste in (pem, body, body.rstrip("=")):
        assert PemBackend(paste).find_key(None).public_key.key_size == bits


@pytest.mark.parametrize("kid", ["ins_1", "", None, "../../dev/null", "__class__"])
def test_the_name_in_the_token_does_not_matter(kid):
    backend = PemBackend(PEM)
    assert backend.find_key(kid) is backend.find_key("another")


def public_pem(key):
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def private_pem(private_format):
    return (
        private_key("a")
        .private_bytes(Encoding.PEM, private_format, NoEncryption())
        .decode()
    )


EC_KEY = ec.generate_private_key(ec.SECP256R1()).public_key()
SMALL_KEY = rsa.generate_private_key(65537, 1024).public_key()
CUBIC_KEY = rsa.generate_private_key(3, 2048).public_key()
UNUSABLE = {
    "empty": ("", "is empty"),
    "blank": (" \n\t", "is empty"),
    "quotes around nothing": ('""', "is empty"),
    "lines around nothing": (PEM.replace(BODY, "").split("\n")[0], "half of one"),
    "no body": (PEM.splitlines()[0] + "\n" + PEM.splitlines()[-1], "is empty"),
    "private": (PRIVATE_PEM, "private key"),
    "private, old format": (
        private_pem(PrivateFormat.TraditionalOpenSSL),
        "private key",
    ),
    "private, OpenSSH": (private_pem(PrivateFormat.OpenSSH), "private key"),
    "private, without its lines": (
        "".join(PRIVATE_PEM.splitlines()[1:-1]),
        "no RSA public key",
    ),
    "private, labelled public": (
        PRIVATE_PEM.replace("PRIVATE", "PUBLIC"),
        "no RSA public key",
    ),
    "certificate": (PEM.replace("PUBLIC KEY", "CERTIFICATE"), "a certificate"),
    "elliptic": (public_pem(EC_KEY), "no RSA public key"),
    "Ed25519": (
        public_pem(ed25519.Ed25519PrivateKey.generate().public_key()),
        "no RSA public key",
    ),
    "DSA": (public_pem(dsa.generate_private_key(1024).public_key()), "no RSA public"),
    "1024 bits": (public_pem(SMALL_KEY), "1024 bits"),
    "exponent 3": (public_pem(CUBIC_KEY), "exponent"),
    "two keys": (PEM + public_pem(EC_KEY), "more than one key"),
    "the same key twice": (PEM + PEM, "more than one key"),
    "a key and half of another": (PEM + PEM[:100], "half of one"),
    "a key and its beginning": (PEM[:-30], "half of one"),
    "no beginning": (PEM[10:], "half of one"),
    "another end": (PEM.replace("END PUBLIC", "END RSA PUBLIC"), "half of one"),
    "text around it": (f"CLERK_JWT_KEY={PEM}", "something besides"),
    "garbage": ("nonsense", "no RSA public key"),
    "garbage in the body": (PEM.replace("A", "!"), "no RSA public key"),
    "another script": ("ключ", "no RSA public key"),
    "half a character": ("\ud800", "no RSA public key"),
    "a body cut short": (BODY[:200], "no RSA public key"),
    "a secret key": ("sk_test_" + "x" * 40, "no RSA public key"),
}


@pytest.mark.parametrize(("pem", "reason"), UNUSABLE.values(), ids=UNUSABLE)
def test_an_unusable_key_fails_at_start_and_says_why(pem, reason):
    with pytest.raises(ConfigurationError, match=reason) as caught:
        PemBackend(pem)
    said = "".join(traceback.format_exception(caught.value))
    assert "CLERK_JWT_KEY (option jwt_key)" in said
    assert not any(word in said for word in pem.split() if len(word) > 12)


def test_the_key_is_found_in_the_options():
    backend = PemBackend.from_options(SimpleNamespace(jwt_key=PEM))
    assert backend.find_key(None).public_key.key_size == 2048
    for nothing in ("", None):
        with pytest.raises(ConfigurationError, match="CLERK_JWT_KEY"):
            PemBackend.from_options(SimpleNamespace(jwt_key=nothing))


def test_a_backend_does_not_show_its_key():
    assert BODY[40:60] not in repr(PemBackend(PEM))
