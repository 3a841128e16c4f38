"""Small changes to texts and bytes, such as an attacker would try; same seed, same."""

import random

ODD_BYTES = [
    *(b"\x00", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\r\n", b"\n", b" ", b"\t"),
    *(b"=", b"==", b".", b"..", b"/", b"//", b"\\", b"%", b"%0d%0a", b"%2F", b"%ff"),
    *(b'"', b"'", b"{", b"}", b"[", b"]", b"[" * 200, b"9" * 5000, b"-", b"1e999"),
    *(b"NaN", b"null", b"true", b":", b";", b",", b"@", b"#", b"?", b"*", b"(", b")"),
    *(b"\xe2\x80\xa8", b"\xd9\xa1", b"\xc4\xb1", b"A" * 9000, b"\\u0000", b"\\ud800"),
]


def mutated(raw, source):
    """`raw` after one to four changes that `source`, a `random.Random`, chooses."""
    for _ in range(source.randint(1, 4)):
        raw = source.choice(CHANGES)(raw, source)
    return raw


def insert(raw, source):
    at = source.randint(0, len(raw))
    return raw[:at] + source.choice(ODD_BYTES) + raw[at:]


def replace(raw, source):
    at = source.randint(0, len(raw))
    return raw[:at] + bytes([source.randrange(256)]) + raw[at + 1 :]


def remove(raw, source):
    at = source.randint(0, len(raw))
    return raw[:at] + raw[at + source.choice([1, 1, 2, 8]) :]


def repeat(raw, source):
    start, end = sorted(source.randint(0, len(raw)) for _ in range(2))
    return raw[:end] + raw[start:end] + raw[end:]


def turn(raw, source):
    at = source.randint(0, len(raw))
    return raw[at:] + raw[:at]


CHANGES = [insert, insert, replace, replace, remove, repeat, turn]


def variant(seeds, number):
    """One of `seeds`, bytes, changed as `number` says; sometimes nothing but noise."""
    source = random.Random(number)
    if source.random() < 0.1:
        return source.randbytes(source.randint(0, 64))
    return mutated(source.choice(seeds), source)
