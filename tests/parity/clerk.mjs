// Asks Clerk's own packages: a JSON list of cases a line in, their answers a line out.
// Ends when its input does.

import { createInterface } from "node:readline";
import { write } from "./answers.mjs";
import * as families from "./families.mjs";

for await (const line of createInterface({ input: process.stdin })) {
  const answers = [];
  for (const { family, ...asked } of JSON.parse(line)) {
    answers.push(await families[family](asked).catch(failed));
  }
  process.stdout.write(`${JSON.stringify(answers, write)}\n`);
}

function failed(error) {
  return { kind: "throws", message: String(error?.message ?? error).trim().split("\n")[0] };
}
