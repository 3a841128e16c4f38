"""Webhooks as Clerk sends them: signed, for now."""

import hmac
import json
from base64 import b64encode
from itertools import count

KEY = b"test_signing_secret_32_chars_long"
SECRET = f"whsec_{b64encode(KEY).decode()}"

numbers = count(1)


def event(kind, data, now):
    """What Clerk says happened, at `now` in seconds."""
    return {
        "type": kind,
        "object": "event",
        "data": data,
        "timestamp": int(now * 1000),
        "instance_id": "ins_1",
    }


def signed(said, now, key=KEY):
    """(body, headers) of a delivery."""
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    name = f"msg_{next(numbers)}"
    mac = hmac.digest(key, f"{name}.{int(now)}.".encode() + body, "sha256")
    return body, {
        "Svix-Id": name,
        "Svix-Timestamp": str(int(now)),
        "Svix-Signature": f"v1,{b64encode(mac).decode()}",
        "Content-Type": "application/json",
    }
