"""The people that a local instance starts with, so that there is something to try."""

from clerk_wsgi.local.people import Directory, Organization, User

ADA = User(
    id="user_ada",
    email="ada@example.com",
    first_name="Ada",
    last_name="Lovelace",
    password="engine-1843",
    public_metadata={"role": "admin"},
    features=("notes",),
    plan="personal",
)
GRACE = User(
    id="user_grace",
    email="grace@example.com",
    first_name="Grace",
    last_name="Hopper",
    password="compiler-1952",
    features=("notes",),
    plan="personal",
)
ALAN = User(
    id="user_alan",
    email="alan@example.com",
    first_name="Alan",
    last_name="Turing",
    password="machine-1936",
    plan="free",
)
EMMY = User(
    id="user_emmy",
    email="emmy@example.com",
    first_name="Emmy",
    last_name="Noether",
    password="symmetry-1918",
    plan="free",
)
LIGHTHOUSE = Organization(
    id="org_lighthouse",
    slug="lighthouse",
    name="Lighthouse Press",
    plan="pro",
    features=("reports", "billing", "admin"),
    roles={
        "admin": (
            "reports:read",
            "reports:manage",
            "billing:read",
            "billing:manage",
            "admin:read",
        ),
        "member": ("reports:read",),
    },
    members={ADA.id: "admin", GRACE.id: "member"},
)
ROWERS = Organization(
    id="org_rowers",
    slug="rowers",
    name="River Rowers",
    plan="free",
    features=("reports",),
    roles={"admin": ("reports:read", "reports:manage"), "member": ("reports:read",)},
    members={ADA.id: "member", GRACE.id: "admin", ALAN.id: "member"},
)

SEEDS = Directory(users=(ADA, GRACE, ALAN, EMMY), organizations=(LIGHTHOUSE, ROWERS))
