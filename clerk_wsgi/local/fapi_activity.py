"""Where a session was last seen: which browser, on what (Clerk: backend API, 4.2)."""

import re

from werkzeug.wrappers import Request

from clerk_wsgi.local.records import Document
from clerk_wsgi.local.state import State

BROWSER = re.compile(r"(Edg|OPR|Firefox|Chrome|Version)/([0-9.]+)")
NAMES = {"Edg": "Edge", "OPR": "Opera", "Version": "Safari"}
RANKS = ("Edg", "OPR", "Firefox", "Chrome", "Version")
"""Browsers call themselves by the names of others, too."""

SYSTEMS = (*("iPhone", "iPad", "Android", "Windows", "Macintosh", "CrOS", "Linux"),)


def activity(state: State, request: Request) -> Document:
    said = request.headers.get("User-Agent", "")
    found = sorted(BROWSER.findall(said), key=lambda pair: RANKS.index(pair[0]))
    name, version = found[0] if found else ("", "")
    system = next((each for each in SYSTEMS if each in said), None)
    return {
        "id": state.ids.new("sess_activity"),
        "object": "session_activity",
        "device_type": system,
        "is_mobile": "Mobile" in said,
        "browser_name": NAMES.get(name, name) or None,
        "browser_version": version or None,
        "ip_address": request.remote_addr,
        "city": None,
        "country": None,
    }
