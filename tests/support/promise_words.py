"""What is promised of reliability and security, in short, and what of it is not kept.

The letters: V tokens, K keys, C carriers, G guards, A rights, R redirects, H webhooks,
W WSGI, S the shared store, E what is told, X the proxy, L load and length.
"""

TOPICS = {
    "V": ("Tokens", 19),
    "K": ("Keys", 17),
    "C": ("Where an identity comes from", 7),
    "G": ("Guards", 8),
    "A": ("Rights", 5),
    "R": ("Redirects and handshakes", 10),
    "H": ("Webhooks", 3),
    "W": ("WSGI", 6),
    "S": ("The shared store and revocation", 5),
    "E": ("What is told, and when", 3),
    "X": ("The Frontend API proxy", 1),
    "L": ("Load and length", 12),
}

WORDS = """
V1: Nobody forges an RSA signature
V2: What Wycheproof calls an invalid JWS is refused
V3: A key that is weak, ambiguous or for something else is not used
V4: The key says which algorithm, never the token
V5: Nothing in a token's header brings a key or causes a call
V6: Extensions, encryption and the JSON form are refused
V7: A token has one spelling
V8: JSON has one meaning
V9: A bad token costs little
V10: Times are finite whole numbers, and a token ends
V11: A session is somebody's and has a name
V12: Where parties are named, others are nobody
V13: Where an audience is named, a token has to name it
V14: A token is of this very instance
V15: No kind of token passes for another, wherever it comes
V16: A forgery learns nothing: its signature is judged first
V17: Any input gives an answer and no exception
V18: What we accept, others accept too
V19: A PEM key works however it was pasted
K1: A flood of unknown key names causes two fetches in 30 seconds
K2: Bad signatures fetch once in 30 seconds and throw no key away
K3: Many who wait for keys cause one fetch
K4: An hour without Clerk is not noticed
K5: A cold start without Clerk has a clear answer and asks seldom
K6: Nobody who is known waits for a refresh
K7: A fetch has a deadline and a limit in bytes
K8: The secret key goes to one host, over TLS, around no corner
K9: A bad key set replaces no good one
K10: A key that was withdrawn dies with its set
K11: A new key costs one fetch and no user
K12: Instances share no keys
K13: An older answer never replaces a newer one
K14: Keys do not age by the wall clock
K15: One can see how the keys fare
K16: Forks, dying threads and reloads do no harm
K17: A pinned key stands in where there is no set
C1: No header makes an identity
C2: Another library's object under our names is nobody
C3: However one asks, the answer is the same
C4: Cookies are read by their exact names, whatever lies beside them
C5: What is no clear bearer is nobody
C6: Forwarded headers count only where that was said
C7: A host that is not ours leads nowhere
G1: A guard sees the path that the router sees
G2: Public is what every reading of a path calls public
G3: A malformed path is 400 and no error
G4: Query, fragment and forwarded paths are not matched
G5: A handler that fails lets nobody in
G6: Matching takes time linear in the path
G7: Below a mount the path that counts is the one below it
G8: A command lists the routes that nothing covers
A1: Every question to has() must hold, and none asked is a no
A2: Odd or missing ages are no reverification
A3: Odd organizations and features give no rights
A4: A pending session counts as signed out
A5: An impersonator is always told
R1: No redirect leads where a client chose
R2: No value of a client's becomes a header
R3: A handshake ends after three redirects
R4: Only a person's navigation is redirected
R5: A handshake sets Clerk's cookies only
R6: No link signs somebody in as somebody else
R7: What is meant for one person is stored by nobody
R8: No client makes us call Clerk without end
R9: Only Clerk's very pages count as Clerk's
R10: What is for development does not happen with live keys
H1: A webhook is signed over its raw body, and new
H2: A delivery that is repeated is told apart
H3: Body and headers of a webhook are bounded
W1: PEP 3333 is kept on both sides
W2: No request is taken for another's
W3: Nothing is buffered, and what was opened is closed once
W4: A bug of ours lets nobody in
W5: It runs on many servers, frameworks and Pythons
W6: Without asserts it is as strict
S1: The store is trusted with nothing
S2: A store that is away costs next to nothing
S3: How long a revoked session lives is a figure
S4: What the store lost is noticed
S5: What is remembered of a token ends with it
E1: No secret and no token is told anywhere
E2: A wrong setup does not start
E3: Every refusal has a reason for programs
X1: The proxy takes the secret key to Clerk alone
L1: A token seen for the first time costs at most 45 us
L2: A token seen before costs at most 10 us
L3: The bare application's throughput is nearly kept
L4: Garbage does not slow good requests down
L5: Hours of requests leave nothing behind
L6: A million tokens take a bounded part of memory
L7: Ten minutes of faults cause no error and mix nobody up
L8: Killed and reloaded workers mix nobody up
L9: Ten thousand tenants live in one process
L10: A changed program fails its tests
L11: Every line and branch of what decides is run by a test
L12: The whole list of attacks is one command
"""

# What of a promise does not hold, or holds otherwise, and why.
NOT_KEPT = """
V9: in part: the lengths are bounded and tried; the microseconds are not measured
V12: in part: a page whose token names no party is signed out, not sent to Clerk for
  another one, as with Clerk
V13: not kept: a token that names no audience is accepted, as with Clerk; one that
  names another, or something odd, is not
V14: in part: keys are the instance's own, so another instance's token does not
  verify; the issuer itself is compared only where the option `issuer` says which
V17: in part: 200,000 inputs for each parser are the long form; coverage-guided runs
  need atheris, which is not installed with the tests
C6: in part: the option trusts or does not, and takes the first value; to count
  proxies, put werkzeug's `ProxyFix` outside
C7: not kept: a host that cannot be one is refused, but any other is taken as it
  comes, as with Clerk; let the server in front serve its own names only
G6: in part: patterns do; a regular expression of your own costs what Python makes of
  it. No path is longer than 8 KiB
R6: not kept: the handshake is read from the query with live keys, too, as with Clerk;
  its test is written and expected to fail
R8: in part: calls that Clerk refuses are made 20 times a second at most, a kind and a
  process; calls that it answers are not limited, nor how many are under way at once
S2: in part: the first who meets it waits 50 ms; where it pours out answers without
  end, up to 62 ms were measured, since what came is read
H2: in part: only where `remember` is given; without it `svix-id` tells
W5: in part: Python 3.11 to 3.13, not 3.9, 3.10 and PyPy
L1: not kept: see [](performance.md) for what was measured
L2: not kept: two to four microseconds over, see [](performance.md)
L3: not kept: 87 to 99 % with tokens seen before, 67 to 75 % where each is new, see
  [](performance.md)
L5: in part: five minutes, not half an hour; with more users than the memory of tokens
  holds, the process still grew by 4.3 MiB in 665,730 requests
L6: in part: the tests bring 12,000; the long form of the figures brings a million
L7: in part: keys and store have their faults apart, not at once; five minutes in the
  long form
L9: in part: a process keeps the latest 256 tenants and makes the others again, at
  some milliseconds each
L10: in part: the command prints the score of each module; no machine compares it
L11: not kept: coverage is not checked by a machine
"""
