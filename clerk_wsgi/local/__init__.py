"""Clerk in a box: a development instance inside the process, without a network."""

from clerk_wsgi.local.instance import LocalClerk
from clerk_wsgi.local.people import Directory, Organization, User

__all__ = ["Directory", "LocalClerk", "Organization", "User"]
