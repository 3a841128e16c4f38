"""Is a token good? The checks of Clerk's own package, in its order and its words.

Source: Clerk, keys and tokens, 7. The signature is judged before any claim, so that
nobody can feel his way to the configuration with tokens of his own making.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, NoReturn

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512

from clerk_wsgi.core.errors import TokenVerificationError
from clerk_wsgi.core.http_dates import MAX_SECONDS, http_date
from clerk_wsgi.core.tokens import Token

DEFAULT_CLOCK_SKEW_MS = 5000
MAKE_SURE = "Make sure that this is a valid Clerk-generated JWT."

_HASHES = {"RS256": SHA256(), "RS384": SHA384(), "RS512": SHA512()}
_PADDING = PKCS1v15()
_ABSENT = object()

ALGORITHMS = tuple(_HASHES)


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """A public key and the one algorithm that it is for: RS256, RS384 or RS512.

    `kid` is its name, which tokens give; None if it has none.
    """

    public_key: RSAPublicKey
    algorithm: str = "RS256"
    kid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """What a token must satisfy besides its signature; an empty tuple asks nothing.

    `header_type` None asks for `JWT` or no type at all. A clock skew that is no
    finite number means the default.
    """

    audience: tuple[str, ...] = ()
    authorized_parties: tuple[str, ...] = ()
    issuer: tuple[str, ...] = ()
    clock_skew_ms: float = DEFAULT_CLOCK_SKEW_MS
    header_type: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "audience", tuple(filter(None, self.audience)))
        object.__setattr__(self, "issuer", tuple(filter(None, self.issuer)))
        if not _is_finite(self.clock_skew_ms):
            object.__setattr__(self, "clock_skew_ms", DEFAULT_CLOCK_SKEW_MS)


def verify(token: Token, key: VerificationKey, checks: Checks, now_ms: float) -> None:
    """Raise `TokenVerificationError` unless the token is good at `now_ms` (epoch)."""
    verify_header(token, checks.header_type)
    verify_signature(token, key)
    verify_claims(token.claims, checks, now_ms)


def verify_header(token: Token, header_type: Sequence[str] | None = None) -> None:
    """The type must be an expected one, the algorithm one of Clerk's."""
    typ = token.header.get("typ", _ABSENT)
    if typ not in (("JWT", _ABSENT) if header_type is None else header_type):
        expected = ", ".join(("JWT",) if header_type is None else header_type)
        said = f'Invalid JWT type {_shown(typ)}. Expected "{expected}".'
        raise TokenVerificationError("token-invalid", said, MAKE_SURE)
    algorithm = token.header.get("alg", _ABSENT)
    if algorithm not in ALGORITHMS:
        raise TokenVerificationError(
            "token-invalid-algorithm",
            f"Invalid JWT algorithm {_shown(algorithm)}. "
            f"Supported: {','.join(ALGORITHMS)}.",
            MAKE_SURE,
        )


def verify_signature(token: Token, key: VerificationKey) -> None:
    """The signature must be the key's, made with the algorithm of the key."""
    if token.header.get("alg") != key.algorithm:
        _fail(f"Error verifying JWT signature. The key is for {key.algorithm} only.")
    hashed = _HASHES[key.algorithm]
    try:
        key.public_key.verify(token.signature, token.signed, _PADDING, hashed)
    except InvalidSignature:
        raise TokenVerificationError(
            "token-invalid-signature", "JWT signature is invalid."
        ) from None
    except (UnsupportedAlgorithm, ValueError):
        _fail("Error verifying JWT signature. The key cannot be used.")


def verify_claims(claims: Mapping[str, Any], checks: Checks, now_ms: float) -> None:
    """Subject, audience, authorized party, issuer and times."""
    subject = claims.get("sub", _ABSENT)
    if not isinstance(subject, str):
        _fail(
            "Subject claim (sub) is required and must be a string. "
            f"Received {_shown(subject)}."
        )
    if checks.audience:
        _verify_audience(claims.get("aud", ""), checks.audience)
    if checks.authorized_parties:
        _verify_authorized_party(claims.get("azp", _ABSENT), checks.authorized_parties)
    if checks.issuer:
        _verify_issuer(claims.get("iss", _ABSENT), checks.issuer)
    verify_times(claims, checks.clock_skew_ms, now_ms)


def verify_times(
    claims: Mapping[str, Any], clock_skew_ms: float, now_ms: float
) -> None:
    """`exp` must be ahead, `nbf` and `iat` not; all are seconds, the others ms.

    A time that no calendar holds is none. The comparisons are turned so that a clock
    that is no number lets nobody in.
    """
    exp = claims.get("exp", _ABSENT)
    if type(exp) is not int or not -MAX_SECONDS <= exp <= MAX_SECONDS:
        _fail_date("expiry", "exp", exp)
    if not exp * 1000 > now_ms - clock_skew_ms:
        raise _expired(exp, now_ms)
    latest_ms = now_ms + clock_skew_ms
    if "nbf" in claims and _is_ahead(claims["nbf"], "not before", "nbf", latest_ms):
        raise _not_active_yet(claims["nbf"], now_ms)
    if "iat" in claims and _is_ahead(claims["iat"], "issued at", "iat", latest_ms):
        raise _issued_in_the_future(claims["iat"], now_ms)


def _is_ahead(value: Any, name: str, claim: str, latest_ms: float) -> bool:
    """Whole seconds are compared; a fraction is dropped, toward zero."""
    if not _is_finite(value) or not -MAX_SECONDS <= value <= MAX_SECONDS:
        _fail_date(name, claim, value)
    return not int(value) * 1000 <= latest_ms


def _expired(exp: int, now_ms: float) -> TokenVerificationError:
    return TokenVerificationError(
        "token-expired",
        f"JWT is expired. Expiry date: {http_date(exp)}, "
        f"Current date: {http_date(now_ms / 1000)}.",
    )


def _not_active_yet(nbf: float, now_ms: float) -> TokenVerificationError:
    return TokenVerificationError(
        "token-not-active-yet",
        "JWT cannot be used prior to not before date claim (nbf). "
        f"Not before date: {http_date(nbf)}; "
        f"Current date: {http_date(now_ms / 1000)};",
    )


def _issued_in_the_future(iat: float, now_ms: float) -> TokenVerificationError:
    return TokenVerificationError(
        "token-iat-in-the-future",
        "JWT issued at date claim (iat) is in the future. "
        f"Issued at date: {http_date(iat)}; "
        f"Current date: {http_date(now_ms / 1000)};",
    )


def _verify_audience(audience: object, wanted: Sequence[str]) -> None:
    """None named in the token: nothing to compare (Clerk: keys and tokens, 7.2)."""
    named = audience if isinstance(audience, list) else [audience]
    if all(isinstance(each, str) for each in named):
        named = [each for each in named if each]
        if not named or not set(named).isdisjoint(wanted):
            return
    kind = "claim array" if isinstance(audience, list) else "claim"
    _fail(
        f"Invalid JWT audience {kind} (aud) {_shown(audience)}. "
        f'Is not included in "{_shown(list(wanted))}".'
    )


def _verify_authorized_party(party: object, expected: Sequence[str]) -> None:
    if not party or not isinstance(party, str) or party not in expected:
        raise TokenVerificationError(
            "token-invalid-authorized-parties",
            f"Invalid JWT Authorized party claim (azp) {_shown(party)}. "
            f'Expected "{",".join(expected)}".',
        )


def _verify_issuer(issuer: object, expected: Sequence[str]) -> None:
    if not isinstance(issuer, str) or issuer not in expected:
        raise TokenVerificationError(
            "token-invalid-issuer",
            f"Invalid JWT issuer claim (iss) {_shown(issuer)}. "
            f'Expected "{",".join(expected)}".',
            MAKE_SURE,
        )


def _is_finite(value: object) -> bool:
    """A number that is one: no boolean, no infinity, and of any size."""
    return type(value) is int or (type(value) is float and isfinite(value))


def _shown(value: object) -> str:
    """As Clerk's messages show it: compact JSON, `undefined` for what is not there."""
    if value is _ABSENT:
        return "undefined"
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _fail_date(name: str, claim: str, value: object) -> NoReturn:
    expected = "a date in whole seconds" if _is_finite(value) else "number"
    _fail(
        f"Invalid JWT {name} date claim ({claim}) {_shown(value)}. Expected {expected}."
    )


def _fail(message: str) -> NoReturn:
    raise TokenVerificationError("token-verification-failed", message, MAKE_SURE)
