"""Good tokens in numbers: signed in other processes, no more than are asked for.

Run as a program, this is such a process: it prints tokens, one a line.
"""

import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager

if __name__ == "__main__":
    sys.path.insert(0, __file__.rpartition("/")[0])

from clerk_tokens import IN_ORGANIZATION, NOW, mint

HOUR = 3600
PRESSES = 2


@contextmanager
def pressed(count, now=NOW):
    """An iterator over so many tokens of as many users, good for an hour from `now`.

    Pipes are short, so tokens wait with those who sign them.
    """
    with ExitStack() as stack:
        presses = [
            stack.enter_context(press(start, count, now)) for start in range(PRESSES)
        ]
        yield taken(presses)
        for each in presses:
            each.terminate()


def press(*told):
    command = [sys.executable, __file__, *map(str, told)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def taken(presses):
    """In turns, until none has any left."""
    pipes = [each.stdout for each in presses]
    while pipes:
        for pipe in list(pipes):
            if line := pipe.readline():
                yield line.strip()
            else:
                pipes.remove(pipe)


def pressed_now(count):
    """A list, for servers, which have the real clock."""
    with pressed(count, int(time.time())) as tokens:
        return list(tokens)


def main(start, count, now):
    for number in range(start, count, PRESSES):
        whose = {"sub": f"user_{number:020}", "sid": f"sess_{number:020}"}
        print(mint(whose | IN_ORGANIZATION | {"exp": now + HOUR}, now=now))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
