"""Decisions, without I/O: values in, values out.

Nothing below this package sees an environ, a socket or a clock. It is handed
values and functions (`now`, `find_key`) and answers with values.
"""
