"""Patterns of the dialect, good and bad, and paths that nearly match them."""

WORDS = ("a", "b", "admin", "dashboard", "API", "caf\u00e9", "x.y", "task", "\u65e5")
NAMES = ("id", "slug", "any", "a", "b1", "_x")
CONTENTS = (
    r"\d+",
    ".*",
    "a|b",
    "[a-z]{2,3}",
    "[^/]+?",
    r"\w*",
    "[^.]+",
    "x?",
    r"a\.b",
    "(?:a|bc)+",
    "(?!x).*",
    "[0-9a-f]+",
    r"\S+",
    "a{2}",
    r"[\w-]+",
    "[A-Z]",
    "k|s",
    r"\u0061+",
    r".{0,3}",
    r"\b\w+\b",
)
BAD = ("(", ")", "{", "}", ":", "*", "+", "?", "(?:a)", "()", "(a(b))", ":a:b", "**")
ODD = ("\\", "\\(", "\\:", "\\*", "-", "~", "%20", "%2F", " ", "$", "^", "|", "#", ";")
SENT = (
    "%61",
    "%2F",
    "%2f",
    "%3F",
    "%23",
    "%25",
    "%20",
    "%E6%97%A5",
    "%C3%A9",
    "%C3%89",
    "%C5%BF",
    "%E2%84%AA",
    "%C4%B0",
    "%0A",
    "%0D",
    "%E2%80%A8",
    "%5C",
    "%00",
)
BROKEN = ("%", "%zz", "%ff", "%C0%AF", "%ED%A0%80", "%E0%A4")
LITERAL = (
    "/",
    "//",
    ".",
    "..",
    "?",
    "#",
    "\\",
    ":",
    ";x=1",
    "\n",
    "\u0130",
    "\u017f",
    "\u212a",
    "-",
    "1",
    "\u0661",
)


def path_case(dice):
    """One pattern (seldom a list of two) and four paths."""
    pattern = "".join(
        dice.call({segment: 12, group: 2, piece: 3, bad: 1})
        for _ in range(dice.randint(1, 3))
    )
    if dice.chance(15):
        pattern += "(.*)"
    if dice.chance(4):
        pattern += "/"
    return {"pattern": pattern, "paths": [path(dice, pattern) for _ in range(4)]}


def segment(dice):
    return "/" + dice.call({word: 5, parameter: 5, mixed: 2})


def word(dice):
    return dice.choice(WORDS)


def parameter(dice):
    content = f"({dice.choice(CONTENTS)})" if dice.chance(40) else ""
    name = f":{dice.choice(NAMES)}" if not content or dice.chance(60) else ""
    return name + content + dice.weighted({"": 6, "*": 2, "+": 2, "?": 2})


def mixed(dice):
    between = dice.pick("-", ".", "~", "and", "\\.")
    return dice.pick(word, parameter)(dice) + between + parameter(dice)


def group(dice):
    inside = dice.pick("", "-", "/", "x") + dice.pick(word, parameter)(dice)
    after = dice.pick("", "", "-", "y")
    return f"{{{inside}{after}}}" + dice.pick("", "?", "*", "+")


def piece(dice):
    return dice.choice(ODD) + dice.pick("", word(dice))


def bad(dice):
    return dice.pick("", "/") + dice.choice(BAD)


def path(dice, pattern):
    """A path in the manner of the pattern, then changed here and there."""
    text = "".join(sample(dice, char) for char in simplified(dice, pattern))
    for _ in range(dice.weighted({0: 4, 1: 4, 2: 2, 3: 1})):
        text = changed(dice, text)
    return text


def simplified(dice, pattern):
    """The pattern's own text, with something in the place of what is special."""
    found, position = [], 0
    while position < len(pattern):
        char = pattern[position]
        if char == "\\" and position + 1 < len(pattern):
            position += 1
            found.append(pattern[position])
        elif char == ":":
            found.append(filling(dice))
            while position + 1 < len(pattern) and is_name(pattern[position + 1]):
                position += 1
            if position + 1 < len(pattern) and pattern[position + 1] == "(":
                position = end_of_group(pattern, position + 1)
        elif char == "(":
            found.append(filling(dice))
            position = end_of_group(pattern, position)
        elif char not in "{}?*+":
            found.append(char)
        position += 1
    return found


def is_name(char):
    return char == "_" or (char.isascii() and char.isalnum())


def end_of_group(pattern, position):
    depth = 0
    for place in range(position, len(pattern)):
        depth += {"(": 1, ")": -1}.get(pattern[place], 0)
        if depth == 0:
            return place
    return len(pattern)


def filling(dice):
    return dice.pick("a", "12", "ab", "bc", "x", "", "a/b", "a.b", "Acme", "a-b", "aa")


def sample(dice, text):
    return text.swapcase() if dice.chance(5) else text


def changed(dice, text):
    position = dice.randint(0, len(text))
    inserted = dice.weighted(
        {"sent": 4, "broken": 1, "literal": 4, "cut": 3, "word": 3}
    )
    if inserted == "cut":
        return text[:position] + text[position + 1 :]
    source = {"sent": SENT, "broken": BROKEN, "literal": LITERAL, "word": WORDS}
    return text[:position] + dice.choice(source[inserted]) + text[position:]
