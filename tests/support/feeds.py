"""A store of one feed, with troubles of the test's choice and no threads."""

from clerk_wsgi.core.errors import StoreUnavailable
from clerk_wsgi.core.stores import Entries


class Clock:
    """Seconds that pass when the test says so: epoch milliseconds, and ticks."""

    def __init__(self, seconds=1_800_000_000):
        self.seconds = seconds

    def ms(self):
        return self.seconds * 1000

    def ticks(self):
        return self.seconds - 1_000_000_000


class FeedStore:
    """What several followers share. `tell()` does what a store's thread would."""

    def __init__(self, clock):
        self.clock = clock
        self.kept = {}
        self.mark = "first"
        self.trouble = None
        self.read_only = False
        self.appended = []
        self.listening = []
        self.reads = 0

    def append(self, feed, entry, seconds):
        self.fail(self.read_only)
        self.appended.append((feed, entry, seconds))
        self.kept[entry] = self.clock.seconds + seconds

    def entries(self, feed):
        self.fail()
        self.reads += 1
        good = [e for e, until in self.kept.items() if until > self.clock.seconds]
        return Entries(good, self.mark)

    def fail(self, always=False):
        if always or self.trouble:
            raise StoreUnavailable(self.trouble or "read only")

    def listen(self, feed, told):
        self.listening.append(told)
        return lambda: told in self.listening and self.listening.remove(told)

    def tell(self, seconds=0):
        self.clock.seconds += seconds
        for told in list(self.listening):
            told()

    def flush(self, mark="second"):
        self.kept.clear()
        self.mark = mark

    def read(self, name):
        return None

    def write(self, name, value, seconds):
        pass

    def forget(self, name):
        pass
