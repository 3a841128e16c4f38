"""Whole middleware runs: a request, options and what the handler does."""

from random_claims import DIMENSIONS, session_claims
from random_requests import KINDS, auth_case, by_machine

URLS = (
    "https://x.example/login",
    "/login",
    "http://localhost:3000/login?x=1",
    "https://app.example.com/no#y",
)
TOKENS = ("session_token", "api_key", "m2m_token", "oauth_token", "any")


def middleware_case(dice):
    case = auth_case(dice, KINDS | {by_machine: 14})
    options = case["options"]
    options.pop("acceptsToken", None)
    case.pop("no_api_client", None)
    if dice.chance(15):
        options["signInUrl"] = dice.pick("/sign-in", "https://x.example/in", "")
    if dice.chance(8):
        options["signUpUrl"] = dice.pick("/sign-up", "https://x.example/up?y=1")
    if dice.chance(90):
        case["handler"] = dice.call(
            {
                protecting: 12,
                seeing: 4,
                redirecting: 4,
                answering: 2,
            }
        )
    return case


def protecting(dice):
    args = []
    if dice.chance(60):
        args.append(first_argument(dice))
        if dice.chance(30):
            args.append(second_argument(dice))
    return {"protect": args}


def first_argument(dice):
    if dice.chance(20):
        return {"__predicate": "const", "value": dice.chance(60)}
    asked = dice.call(DIMENSIONS, session_claims(dice))
    if dice.chance(15):
        return {"__predicate": "has", "params": asked}
    return {**(asked if dice.chance(60) else {}), **second_argument(dice)}


def second_argument(dice):
    found = {}
    if dice.chance(25):
        found["unauthenticatedUrl"] = dice.choice(URLS)
    if dice.chance(25):
        found["unauthorizedUrl"] = dice.choice(URLS)
    if dice.chance(35):
        found["token"] = token(dice)
    return found


def token(dice):
    return dice.choice(TOKENS) if dice.chance(75) else dice.some(TOKENS[:4])


def seeing(dice):
    asked = {}
    if dice.chance(60):
        asked["acceptsToken"] = token(dice)
    if dice.chance(40):
        asked["treatPendingAsSignedOut"] = dice.chance(40)
    return {"auth": asked}


def redirecting(dice):
    backs = ("/back", "https://x.example/y?z=1", "", None, "http://localhost:3000/a")
    args = [{"returnBackUrl": dice.choice(backs)}] if dice.chance(60) else []
    return {dice.pick("redirectToSignIn", "redirectToSignUp"): args}


def answering(dice):
    if dice.chance(50):
        return {"redirect": dice.choice([URLS[0], URLS[2]])}
    return {"respond": dice.pick(200, 403, 418), "headers": {"x-a": "1"}}
