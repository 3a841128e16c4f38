"""Clerk's own SDKs for Node, in a process of their own."""

import json
import os
import subprocess
from pathlib import Path

CONTRACTS = Path(__file__).parents[1] / "contracts"


class Refused(Exception):
    """What the SDK threw: the answer's `status`, and the `codes` of its errors."""

    def __init__(self, status, codes, message):
        super().__init__(message)
        self.status = status
        self.codes = codes


class NodeSdk:
    def __init__(self, folder):
        self.process = subprocess.Popen(
            ["node", str(CONTRACTS / "node_sdk.mjs"), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env={**os.environ, "CLERK_TELEMETRY_DISABLED": "1"},
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()

    def ask(self, kind, **asked):
        self.process.stdin.write(json.dumps({"kind": kind, **asked}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("Clerk's SDKs for Node ended without an answer.")
        answer = json.loads(line)
        if "failure" in answer:
            raise Refused(**answer["failure"])
        return answer["found"]

    def client(self, **settings):
        """As `createClerkClient`: `clerk("users.getUser", "user_1")`."""

        def call(path, *given):
            names = path.split(".")
            return self.ask("call", settings=settings, path=names, given=given)

        return call
