"""The figures about attacks, promise by promise.

`python tests/faults/figures_attacks.py` tries a little of everything.

`--long` fuzzes with 200,000 inputs for each parser and compares 20,000 tokens.
"""

import argparse
import json
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from clerk_vectors import VECTORS
from cryptography.hazmat.primitives.serialization import load_der_public_key
from differing import LONG, SHORT, differ, open_redirects
from fuzzed_parsers import SHORT as FEW
from fuzzed_parsers import fuzz, parsers

from clerk_wsgi.core.errors import TokenVerificationError
from clerk_wsgi.core.tokens import Token
from clerk_wsgi.core.urls import is_same_site_path
from clerk_wsgi.core.verification import VerificationKey, verify_signature

MANY = 200_000
Figures = list[tuple[str, str, str]]


def measure(*, is_long: bool = False) -> Figures:
    """(promise, ours, peers) each."""
    wrong, judged = wycheproof()
    outcomes = [fuzz(each, MANY if is_long else FEW) for each in parsers()]
    escapes = sum(len(each.escapes) for each in outcomes)
    tried = sum(each.examples for each in outcomes)
    texts = open_redirects()
    accepted = [text for text in texts if is_same_site_path(text)]
    differed = differ(LONG if is_long else SHORT)
    scale = f"{len(outcomes)} parsers, {tried:,} inputs"
    tokens = f"{differed.tried:,} tokens, {differed.accepted:,} accepted"
    return [
        (
            f"Wycheproof signatures wrongly accepted ({judged} invalid): 0",
            f"{wrong}",
            "-",
        ),
        (f"open redirects accepted ({len(texts)} strings): 0", f"{len(accepted)}", "-"),
        (f"exceptions that escape from a parser ({scale}): 0", f"{escapes:,}", "-"),
        (
            f"accepted, though PyJWT or joserfc refuse it ({tokens}): 0",
            f"{len(differed.disagreements):,}",
            "-",
        ),
    ]


def wycheproof() -> tuple[int, int]:
    """How many invalid RSA signatures are accepted, and of how many."""
    wrong = judged = 0
    for path in (VECTORS / "wycheproof").glob("rsa_signature_*.json"):
        algorithm = f"RS{path.stem.removesuffix('_test')[-3:]}"
        for group in json.loads(path.read_text("utf-8"))["testGroups"]:
            der = bytes.fromhex(group["publicKeyDer"])
            key = VerificationKey(load_der_public_key(der), algorithm)
            invalid = [each for each in group["tests"] if each["result"] == "invalid"]
            judged += len(invalid)
            wrong += sum(accepts(key, each) for each in invalid)
    return wrong, judged


def accepts(key, test):
    signature, signed = bytes.fromhex(test["sig"]), bytes.fromhex(test["msg"])
    token = Token("", {"alg": key.algorithm}, {}, b"", signature, signed)
    try:
        verify_signature(token, key)
    except TokenVerificationError:
        return False
    return True


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--long", action="store_true")
    for promise, ours, peers in measure(is_long=options.parse_args().long):
        print(f"{promise}\n    ours: {ours}; peers: {peers}")
