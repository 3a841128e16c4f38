"""A backend as somebody else would write one."""

from clerk_wsgi.instance import load


class Backend:
    @classmethod
    def from_options(cls, options):
        return load("pem").from_options(options)
