// A middleware's handler, as a case describes it.

export function handlerOf(said, observed, NextResponse) {
  if (!said) return undefined;
  return async (auth) => {
    for (const [name, args] of Object.entries(said)) {
      const answer = await steps[name]?.(auth, args, { said, observed, NextResponse });
      if (answer !== undefined) return answer;
    }
    return undefined;
  };
}

const steps = {
  async protect(auth, args, { observed }) {
    observed.returned = await auth.protect(...args.map(argument));
  },
  async auth(auth, args, { observed }) {
    observed.auth = await auth(args);
  },
  async redirectToSignIn(auth, args) {
    return (await auth()).redirectToSignIn(...args);
  },
  async redirectToSignUp(auth, args) {
    return (await auth()).redirectToSignUp(...args);
  },
  async redirect(_, url, { said, NextResponse }) {
    return NextResponse.redirect(url, said.redirectInit);
  },
  async respond(_, status, { said, NextResponse }) {
    return new NextResponse(null, { status, headers: said.headers });
  },
  async throw(_, text) {
    throw new Error(text);
  },
};

function argument(given) {
  if (given.__predicate === "const") return () => given.value;
  if (given.__predicate === "has") return (has) => has(given.params);
  return given;
}
