"""Tests of your application, with a Clerk of their own: real keys, real signatures.

Installing the package gives pytest the fixture `clerk`; without pytest, make a `Clerk`.
"""

from typing import TYPE_CHECKING, Any

from clerk_wsgi.testing.people import Organization, SignedIn, User

if TYPE_CHECKING:
    from clerk_wsgi.testing.clerk import Clerk

__all__ = ["Clerk", "Organization", "SignedIn", "User"]


def __getattr__(name: str) -> Any:
    """The instance is imported when somebody asks: pytest loads this in every run."""
    if name != "Clerk":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from clerk_wsgi.testing.clerk import Clerk

    return Clerk
