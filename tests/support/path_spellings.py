"""Ways to write a path that some router, server or guard might take for another."""

import random

SPELLINGS = 700

INSERTED = [
    *("/", "//", "/./", "/.", "/..", "/../", "/x/..", "\\", "/\\", "%5C", "%2F", "%2f"),
    *("%2E", "%2e%2e/", ".", "..", ";", ";x=1", "/;/", "..;/", "?", "#", "%3F", "%23"),
    *(
        "%00",
        "%09",
        "%0A",
        "%0D",
        "%0D%0A",
        "%1F",
        "%20",
        "+",
        " ",
        "%7F",
        "%85",
        "%A0",
    ),
    *("%FF", "%C0%AF", "%C0%AE", "%ED%A0%80", "%E2%80%8B", "%EF%BB%BF", "%E2%80%A8"),
    *("%C2%85", "%CC%81", "%", "%zz", "%u0061", "%25", "%2561", "@", ":", "*", "~"),
]
ALIKE = {
    "a": ["%61", "%2561", "A", "%41", "%EF%BD%81", "%D0%B0", "%C3%A0"],
    "d": ["%64", "%2564", "D", "%EF%BD%84"],
    "m": ["%6D", "%6d", "M", "%EF%BD%8D"],
    "i": ["%69", "I", "%C4%B1", "%C4%B0", "%D1%96"],
    "n": ["%6E", "N", "%EF%BD%8E"],
    "s": ["%73", "S", "%C5%BF"],
    "/": ["%2F", "//", "///", "\\", "%5C", "/%2F", "%252F", "%EF%BC%8F", "%E2%88%95"],
}
AROUND = [
    "http://evil.com{}",
    "//evil.com{}",
    "/x/..{}",
    "/public/..{}",
    "{}/..",
    "/.{}",
]
FIXED = [
    *("admin", "", "*", "/", "//admin", "///admin", "/%2Fadmin", "%2Fadmin", "\\admin"),
    *("/admin/", "/admin//", "/admin//users", "/admin/%2Fusers", "/admin/./users"),
    *("/admin%0A", "/admin%0D", "/admin%00", "/ad%09min", "/admin%7F", "/admin%FF"),
    *("/a%FFdmin", "%FF/admin", "/admin%C0%AF", "/public/%2e%2e/admin", "/x/../admin"),
    *(
        "/x/%2E%2E%2Fadmin",
        "/admin;x=1",
        "/admin;/users",
        "/public;/../admin",
        "/ADMIN",
    ),
    *(
        "/%2561dmin",
        "/admin%2Fusers",
        "/admin?x",
        "/admin%3Fx",
        "/admin#f",
        "/%zzadmin",
    ),
    *(
        "http://evil.com/admin",
        "443",
        "/admin/users;jsessionid=1",
        "/public\\..\\admin",
    ),
]


def spellings(plain, seed, count=SPELLINGS):
    """Spellings of a path, each with one to three changes; servers refuse some."""
    chance = random.Random(seed)
    found = dict.fromkeys(FIXED)
    while len(found) < count:
        text = chance.choice(plain)
        for _ in range(chance.choice((1, 1, 2, 3))):
            text = changed(text, chance)
        found[text] = None
    return list(found)


def changed(text, chance):
    kind = chance.choice(("insert", "alike", "alike", "around"))
    place = chance.randrange(len(text) + 1)
    if kind == "insert":
        return text[:place] + chance.choice(INSERTED) + text[place:]
    if kind == "around":
        return chance.choice(AROUND).format(text)
    letter = text[place : place + 1]
    return text[:place] + chance.choice(ALIKE.get(letter, [letter])) + text[place + 1 :]
