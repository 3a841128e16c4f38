// One function a family of cases, each called as in test code of Clerk's users.

import { begin, API_URL } from "./world.mjs";
import { createRequire } from "node:module";
import { authOf, pairsOf, propertiesOf } from "./answers.mjs";
import { handlerOf } from "./handler.mjs";

const require = createRequire(`${process.argv[2]}/`);
const { createClerkClient } = require("@clerk/backend");
const { createAuthenticateRequest, createRedirect, signedInAuthObject } = require(
  "@clerk/backend/internal",
);
const { createPathMatcher } = require("@clerk/shared/pathMatcher");
const { match } = require("path-to-regexp");
const { NextRequest, NextResponse } = require("next/server");
const { clerkMiddleware } = require("@clerk/nextjs/server");

export async function auth(asked) {
  const world = begin(asked);
  const { secretKey, machineSecretKey } = asked.options;
  const apiClient = asked.no_api_client
    ? undefined
    : createClerkClient({ secretKey, machineSecretKey, apiUrl: API_URL });
  const options = { apiUrl: API_URL };
  const { authenticateRequest } = createAuthenticateRequest({ options, apiClient });
  const { method, url, headers } = asked.request;
  const request = new Request(url, { method, headers });
  const state = await authenticateRequest(request, asked.options);
  return {
    kind: "state",
    status: state.status,
    reason: state.reason,
    message: state.message,
    tokenType: state.tokenType,
    token: state.token,
    headers: pairsOf(state.headers),
    calls: world.calls,
    ...authOf(state),
    pending: authOf(state, { treatPendingAsSignedOut: false }),
  };
}

export async function paths({ pattern, paths }) {
  const matches = createPathMatcher(pattern);
  const find = match(pattern);
  return { kind: "matches", found: paths.map((path) => matched(path, matches, find)) };
}

function matched(path, matches, find) {
  const params = find(path);
  const found = { params: params ? { ...params.params } : null };
  try {
    return { ...found, matches: matches(path) };
  } catch (error) {
    return { ...found, throws: error.name };
  }
}

export async function has({ claims, questions }) {
  const auth = signedInAuthObject({ sessionToken: "token" }, "token", claims);
  return { kind: "has", auth: propertiesOf(auth), has: questions.map((each) => auth.has(each)) };
}

export async function redirects({ method, params, args }) {
  const redirect = createRedirect({ ...params, redirectAdapter: (url) => url });
  return { kind: "url", url: String(redirect[method](args)) };
}

export async function middleware(asked) {
  const world = begin(asked);
  const { method, url, headers } = asked.request;
  const observed = {};
  const handler = handlerOf(asked.handler, observed, NextResponse);
  const run = handler
    ? clerkMiddleware(handler, asked.options)
    : clerkMiddleware(asked.options);
  const response = await run(new NextRequest(url, { method, headers }), {});
  return {
    kind: "response",
    ...outcomeOf(response),
    headers: pairsOf(response.headers).filter(([name]) => !name.startsWith("x-middleware-")),
    calls: world.calls,
    observed: Object.fromEntries(
      Object.entries(observed).map(([name, auth]) => [name, propertiesOf(auth)]),
    ),
  };
}

/** Next.js is told by headers what to do; in WSGI it is done. */
function outcomeOf(response) {
  const { status, headers } = response;
  const rewritten = headers.get("x-middleware-rewrite");
  if (rewritten && new URL(rewritten).pathname.startsWith("/clerk_")) {
    return { outcome: "not_found", status: 404 };
  }
  if (rewritten || headers.get("x-middleware-next")) return { outcome: "continue", status };
  return { outcome: headers.get("location") ? "redirect" : "respond", status };
}
