"""Clerk in a box: a development instance inside the process, without a network."""

from clerk_wsgi.local.instance import LocalClerk

__all__ = ["LocalClerk"]
