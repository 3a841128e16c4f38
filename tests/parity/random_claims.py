"""Claims of session tokens, well made or not, and what is asked about them."""

FEATURES = (
    "o:dashboard",
    "u:profile",
    "ou:support",
    "uo:chat",
    "o:reports",
    "o:org",
    "u:user",
    "o:a:b",
    "x:thing",
    "o:",
    " o:spaced ",
    "org:dashboard",
    "o:Dashboard",
    "o:ünï",
)
MALFORMED_FEATURES = ("oops", "o:dashboard,", ",", "o:dashboard,,u:x", " ", "o;x")
NOT_TEXT = (None, 0, 5, True, False, ["o:dashboard"], {"o": "dashboard"}, "")
ROLES = ("admin", "org:admin", "org:org:admin", "member", "org:", "", "ORG:admin")
NAMES = ("read", "manage", "delete", "create", "a b", "")
MASKS = ("0", "1", "2", "3", "5", "7", "07", "255", "9007199254740993", "1x", "", " 3 ")
MALFORMED_MASKS = ("-1", "+1", "0x3", "1.0", "1e1", "\u0661", "590295810358705651713")
LEVELS = ("first_factor", "second_factor", "multi_factor", "secondFactor", "", None)
AGES = (-1, 0, 1, 5, 9, 10, 11, 59, 60, 61, 1439, 1440, 0.5, 9.99, -2, "5", None, True)


def session_claims(dice):
    """Claims such as a session token may hold, of either version."""
    claims = {"sub": "user_1", "sid": "sess_1"}
    if dice.chance(8):
        claims["sub"] = dice.pick("", "user_2", None, 5, ["user_1"])
    if dice.chance(5):
        claims["sid"] = dice.pick("", None, 5)
    claims |= dice.call({no_organization: 2, first_version: 4, second_version: 6})
    if dice.chance(60):
        claims["fea"] = listed(dice)
    if dice.chance(50):
        claims["pla"] = listed(dice)
    if dice.chance(50):
        claims["fva"] = ages(dice)
    if dice.chance(15):
        claims["sts"] = dice.pick("active", "pending", "pending", "odd", None, "", 5)
    if dice.chance(10):
        claims["act"] = dice.pick({"sub": "user_9"}, None, "user_9", {}, [])
    if dice.chance(10):
        claims["custom"] = dice.pick({"deep": [1, {"x": None}]}, "text", 1.5, None)
    return claims


def no_organization(dice):
    return dice.pick({}, {"v": 1}, {"v": 2}, {"v": 2, "o": None}, {"v": "2", "o": {}})


def first_version(dice):
    claims = dice.pick({}, {}, {"v": 1}, {"v": "2"}, {"v": 3}, {"v": None})
    claims |= {"org_id": "org_1", "org_slug": "acme", "org_role": dice.choice(ROLES)}
    claims["org_permissions"] = dice.some(
        ["org:reports:read", "org:reports:manage", "reports:read", "org:a:b", ""]
    )
    if dice.chance(15):
        name = dice.pick("org_id", "org_slug", "org_role", "org_permissions")
        claims[name] = dice.choice(NOT_TEXT)
    if dice.chance(10):
        del claims[dice.pick("org_id", "org_slug", "org_role", "org_permissions")]
    if dice.chance(10):
        claims["o"] = {"id": "org_2", "rol": "admin"}
    return claims


def second_version(dice):
    features = dice.randint(0, 5)
    organization = {
        "id": "org_1",
        "slg": "acme",
        "rol": dice.choice(ROLES),
        "per": ",".join(dice.choice(NAMES) for _ in range(dice.randint(1, 6))),
        "fpm": ",".join(mask(dice) for _ in range(features)),
    }
    for name in dice.some(list(organization), 5):
        del organization[name]
    if dice.chance(8) and organization:
        organization[dice.choice(list(organization))] = dice.choice(NOT_TEXT)
    claims = {"v": 2, "o": organization}
    if dice.chance(4):
        claims["o"] = dice.pick({}, [], "org_1", True, 0, "")
    if dice.chance(10):
        claims |= {"org_id": "org_3", "org_role": "org:admin"}
    return claims


def mask(dice):
    if dice.chance(50):
        return str(dice.getrandbits(6))
    return dice.choice(MALFORMED_MASKS if dice.chance(10) else MASKS)


def listed(dice):
    """A claim such as `fea`."""
    if dice.chance(4):
        return dice.choice(NOT_TEXT)
    if dice.chance(4):
        return dice.choice(MALFORMED_FEATURES)
    return ",".join(dice.choice(FEATURES) for _ in range(dice.randint(0, 5)))


def ages(dice):
    if dice.chance(5):
        return dice.pick(None, [], [1], [1, 2, 3], "1,2", 5, {"0": 1, "1": 2})
    return [dice.choice(AGES), dice.choice(AGES)]


def question(dice, claims):
    """What `has` is asked: one dimension, seldom none or several."""
    asked = {}
    for _ in range(dice.weighted({0: 1, 1: 24, 2: 6, 3: 1})):
        asked |= dice.call(DIMENSIONS, claims)
    return asked


def role(dice, claims):
    organization = claims.get("o")
    known = [claims.get("org_role")]
    if isinstance(organization, dict):
        known.append(organization.get("rol"))
    return {"role": odd_or(dice, dice.choice(ROLES), known)}


def permission(dice, claims):
    feature = dice.pick(*listed_in(claims, "fea"), *FEATURES).partition(":")[2]
    organization = claims.get("o")
    names = list(NAMES)
    if isinstance(organization, dict):
        names = listed_in(organization, "per") or names
    name = f"{dice.pick('', 'org:', 'org:org:')}{feature}:{dice.choice(names)}"
    known = claims.get("org_permissions")
    return {"permission": odd_or(dice, name, known if isinstance(known, list) else [])}


def feature(dice, claims):
    return {"feature": odd_or(dice, scoped(dice, listed_in(claims, "fea")))}


def plan(dice, claims):
    return {"plan": odd_or(dice, scoped(dice, listed_in(claims, "pla")))}


def listed_in(claims, name):
    text = claims.get(name)
    return text.split(",") if isinstance(text, str) and text else []


def scoped(dice, known):
    scopes = ("", "", "o:", "org:", "organization:", "u:", "user:", "ou:", "ORG:", ":")
    chosen = dice.choice(known if known and dice.chance(70) else FEATURES)
    name = chosen.strip().partition(":")[2]
    return f"{dice.choice(scopes)}{name}{dice.pick('', '', '', ':extra', ' ')}"


def reverification(dice, claims):
    if dice.chance(50):
        presets = ("strict_mfa", "strict", "moderate", "lax")
        return {"reverification": dice.pick(*presets, "STRICT", "", None, 5)}
    config = {"level": dice.choice(LEVELS), "afterMinutes": dice.choice(AGES)}
    for name in dice.some(list(config), 5):
        del config[name]
    return {"reverification": config}


def odd_or(dice, text, known=()):
    """The text, one that is known to be claimed, or what is no text at all."""
    if known and dice.chance(50):
        return dice.choice(known)
    return dice.choice(NOT_TEXT) if dice.chance(4) else text


DIMENSIONS = {role: 3, permission: 4, feature: 4, plan: 3, reverification: 4}


def has_case(dice):
    """Five questions about one session."""
    claims = session_claims(dice)
    return {"claims": claims, "questions": [question(dice, claims) for _ in range(5)]}
