"""Passwords: kept as digests, since people type their real ones anywhere."""

from werkzeug.security import check_password_hash, generate_password_hash

from clerk_wsgi.local.answers import ApiError

# Light, since nothing of worth is behind it and each test signs somebody in.
METHOD = "scrypt:1024:8:1"
SHORTEST = 8
LONGEST = 72


def digest(password: str) -> str:
    return generate_password_hash(password, METHOD, salt_length=16)


def is_right(password: str, kept: str | None) -> bool:
    """Nobody's password is right where none was set."""
    return kept is not None and check_password_hash(kept, password)


def require_good(password: object) -> str:
    """Raises ApiError in Clerk's words for one that is too short or too long."""
    if not isinstance(password, str) or len(password) < SHORTEST:
        said = f"Passwords must be {SHORTEST} characters or more."
        raise ApiError(422, "form_password_length_too_short", said, "password")
    if len(password.encode()) > LONGEST:
        said = f"Passwords must be less than {LONGEST} bytes."
        raise ApiError(422, "form_password_size_in_bytes_exceeded", said, "password")
    return password
