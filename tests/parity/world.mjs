// The world that Clerk's packages see: a clock that stands still and a Backend API
// that answers what a case says. Import this before anything of Clerk's.

export const API_URL = "https://api.clerk.test";

Object.assign(process.env, {
  NODE_ENV: "production",
  CLERK_API_URL: API_URL,
  CLERK_ENCRYPTION_KEY: "an encryption key of the parity suite",
  NEXT_PUBLIC_CLERK_TELEMETRY_DISABLED: "1",
});

let current = { now: 0, stubs: [], calls: [] };

/** Start a case; what was called is in the answer's `calls`, later. */
export function begin({ now_ms, bapi }) {
  current = { now: now_ms, stubs: (bapi ?? []).map((stub) => ({ ...stub })), calls: [] };
  return current;
}

Date.now = () => current.now;

// Nobody waits: retries come at once.
const setTimer = globalThis.setTimeout;
globalThis.setTimeout = (callback, _, ...args) => setTimer(callback, 0, ...args);

// Nothing but answers may go to stdout.
for (const level of ["log", "info", "warn", "error", "debug", "dir"]) {
  console[level] = () => {};
}

globalThis.fetch = async (address, init = {}) => {
  const url = new URL(address);
  const method = init.method ?? "GET";
  const call = { method, url: url.href };
  const authorization = new Headers(init.headers).get("authorization");
  if (authorization) call.authorization = authorization;
  if (init.body) call.json = JSON.parse(init.body);
  current.calls.push(call);
  const stub = current.stubs.find(
    (each) => each.method === method && each.path === url.pathname && each.times !== 0,
  );
  if (!stub || stub.network_error) throw new TypeError("fetch failed");
  if (stub.times) stub.times -= 1;
  const headers = { "content-type": "application/json", ...stub.headers };
  const body = stub.raw ?? JSON.stringify(stub.json ?? null);
  return new Response(body, { status: stub.status ?? 200, headers });
};
