// Clerk's SDKs for Node, asked by tests: a JSON question a line in, an answer a line out.
// Ends when its input does. The argument is the folder that the packages are in.

import { join } from "node:path";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

// What the packages have to say belongs on no line of answers.
console.log = console.info = console.error;

const require = createRequire(join(process.argv[2], "index.js"));
const { createClerkClient } = require("@clerk/backend");
const { clerkMiddleware, getAuth } = require("@clerk/express");
const express = require("express");

const clients = new Map();
const servers = [];

function clientFor(settings) {
  const name = JSON.stringify(settings);
  if (!clients.has(name)) clients.set(name, createClerkClient(settings));
  return clients.get(name);
}

const questions = {
  // A method of the client: `["users", "getUser"]`.
  async call({ settings, path, given }) {
    const owner = path.slice(0, -1).reduce((each, name) => each[name], clientFor(settings));
    return owner[path.at(-1)](...given.map(withBlobs));
  },

  async authenticate({ settings, url, headers, options }) {
    const request = new Request(url, { headers });
    const state = await clientFor(settings).authenticateRequest(request, options);
    const auth = state.status === "signed-in" ? state.toAuth() : {};
    return {
      status: state.status,
      reason: state.reason,
      headers: [...state.headers],
      user: auth.userId ?? null,
      org: auth.orgSlug ?? null,
      subject: auth.subject ?? null,
    };
  },

  // An Express application behind clerkMiddleware; the answer is its port.
  async listen({ settings, options }) {
    const app = express();
    app.use(clerkMiddleware({ clerkClient: clientFor(settings), ...settings, ...options }));
    app.use((request, response) => {
      const { userId, orgSlug, sessionId } = getAuth(request);
      response.json({ user: userId, org: orgSlug ?? null, session: sessionId });
    });
    const server = app.listen(0, "127.0.0.1");
    servers.push(server);
    await new Promise((resolve) => server.once("listening", resolve));
    return server.address().port;
  },
};

function withBlobs(value) {
  const blob = value?.blob;
  return blob === undefined ? value : { file: new Blob([Buffer.from(blob, "base64")]) };
}

function failure(error) {
  const codes = (error.errors ?? []).map((each) => each.code);
  return { status: error.status ?? null, codes, message: String(error.message ?? error) };
}

for await (const line of createInterface({ input: process.stdin })) {
  const { kind, ...asked } = JSON.parse(line);
  const answer = await questions[kind](asked).then(
    (found) => ({ found: found ?? null }),
    (error) => ({ failure: failure(error) }),
  );
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
for (const server of servers) server.close();
