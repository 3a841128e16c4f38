"""Who sends webhooks when several could, and what becomes of what cannot be sent."""

import json
import logging
import os
from threading import Event

import pytest
from local_clerk import SECRET_KEY, clerk_browser, local_clerk

from clerk_wsgi import ConfigurationError
from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.state import Change
from clerk_wsgi.local.users import create_user
from clerk_wsgi.local.webhook_sender import OTHERS_TURN, TURN_SECONDS, WebhookSender
from clerk_wsgi.local.webhooks import SCHEDULE, Webhooks, loopback_url

URL = "http://127.0.0.1:9/webhooks"
SECRET = {"Authorization": f"Bearer {SECRET_KEY}"}


class Receiver:
    """Takes what is sent, and says when there are enough."""

    def __init__(self, enough=1, status=204):
        self.got = []
        self.enough = enough
        self.status = status
        self.is_enough = Event()

    def __call__(self, url, headers, body):
        self.got.append((headers["svix-id"], json.loads(body)))
        if len(self.got) >= self.enough:
            self.is_enough.set()
        return self.status


@pytest.fixture
def local(clock):
    with local_clerk(clock, seeds={}) as local:
        yield local


def sender_of(local, receiver, clock):
    webhooks = Webhooks(local.state, local.settings, URL, now=clock.seconds)
    return WebhookSender(webhooks, receiver)


def waiting(local, receiver, clock):
    """A sender whose thread never starts; there is one message to send."""
    sender = sender_of(local, receiver, clock)
    sender.start = lambda: None
    create_user(local.state)
    return sender


def test_the_schedule_is_that_of_svix():
    assert [f"{each / 60:g}" for each in SCHEDULE] == [
        *("0.0833333", "5", "30", "120", "300", "600", "600")
    ]


def test_while_one_has_the_turn_the_other_waits(local, clock):
    """Both see the same message; it is sent once."""
    receiver = Receiver()
    sender = waiting(local, receiver, clock)
    turn = {"id": "webhooks", "name": "other", "until": clock.now + TURN_SECONDS}
    local.state.records.keep("turn", turn)
    assert sender.deliver() == OTHERS_TURN
    assert receiver.got == []
    clock.now += TURN_SECONDS  # the other one was killed, or it would have said so
    assert sender.deliver() is None
    assert len(receiver.got) == 1
    assert local.state.records.count("turn") == 0


def test_a_message_that_somebody_sent_meanwhile_is_not_sent_again(local, clock):
    sender = waiting(local, Receiver(), clock)
    [delivery], _ = sender.webhooks.due()
    assert sender.webhooks.begin(delivery)
    assert sender.webhooks.begin(delivery) is None


def test_a_message_that_is_gone_is_no_longer_due(local, clock):
    receiver = Receiver()
    sender = waiting(local, receiver, clock)
    [delivery], _ = sender.webhooks.due()
    local.state.records.drop("message", delivery["id"])
    assert sender.deliver() is None
    sender.webhooks.finish(delivery["id"], {"status": 204}, is_ok=True)
    assert sender.webhooks.due() == ([], None)
    assert receiver.got == []


def test_who_starts_anew_sends_nothing_of_before(local, clock):
    receiver = Receiver()
    sender = waiting(local, receiver, clock)
    local.reset({})
    sender.deliver()
    assert not [each for _, each in receiver.got if each["type"] == "user.created"]


def test_a_message_is_sent_once_more_when_asked(local, clock):
    receiver = Receiver()
    sender = waiting(local, receiver, clock)
    sender.deliver()
    [(identity, _)] = receiver.got
    assert sender.webhooks.resend(identity)["status"] == "pending"
    sender.deliver()
    assert [each for each, _ in receiver.got] == [identity, identity]
    found = [m for m in sender.webhooks.messages if m["id"] == identity]
    assert [len(each["tries"]) for each in found] == [2]
    with pytest.raises(ApiError):
        sender.webhooks.resend("msg_nobody")


def test_without_a_url_messages_are_kept_and_not_sent(local):
    create_user(local.state)
    assert {each["status"] for each in local.webhooks.messages} == {"unsent"}
    with pytest.raises(ApiError, match="without a URL"):
        local.webhooks.resend(local.webhooks.messages[0]["id"])
    local.sender.start()
    assert local.sender.deliver() is None


def test_any_change_can_be_signed_for_a_test(local):
    change = Change("user.banned", {"id": "user_ada"}, 5)
    headers, body = local.webhooks.signed(change)
    again, _ = local.webhooks.signed(change, headers["svix-id"])
    assert json.loads(body)["timestamp"] == 5
    assert again == headers
    assert local.webhooks.signed(change)[0]["svix-id"] != headers["svix-id"]


def test_an_event_says_whose_request_caused_it(local):
    browser = clerk_browser(local)
    headers = {**SECRET, "User-Agent": "tests", "Content-Type": "application/json"}
    body = json.dumps({"email_address": ["ada@example.com"]})
    made = browser.send("POST", f"{browser.origin}/v1/users", headers, body)
    assert made[0] == 200
    create_user(local.state)
    by = [
        m["payload"]["event_attributes"]["http_request"]
        for m in local.webhooks.messages
        if m["type"] == "user.created"
    ]
    assert [each["user_agent"] for each in by] == ["tests", ""]


def test_the_thread_starts_with_the_first_change_and_ends_with_the_instance(
    local, clock
):
    receiver = Receiver()
    sender = sender_of(local, receiver, clock)
    assert sender._thread is None
    create_user(local.state)
    assert receiver.is_enough.wait(10)
    thread = sender._thread
    sender.close()
    assert not thread.is_alive()
    create_user(local.state)
    assert sender._thread is thread
    assert len(receiver.got) == 1


def test_what_was_left_is_sent_when_somebody_asks_for_anything(tmp_path, clock):
    path = str(tmp_path / "clerk.db")
    with local_clerk(clock, seeds={}, data=path) as local:
        waiting(local, Receiver(), clock)
    with local_clerk(clock, data=path) as local:
        receiver = Receiver()
        local.application.sender = sender_of(local, receiver, clock)
        clerk_browser(local).get("/.well-known/jwks.json")
        assert receiver.is_enough.wait(10)
        local.application.sender.close()


def test_an_error_in_the_thread_does_not_end_it(local, clock, caplog):
    receiver = Receiver()

    def fail_once(url, headers, body):
        if not receiver.got:
            receiver.got.append("failed")
            raise ZeroDivisionError
        return receiver(url, headers, body)

    sender = sender_of(local, fail_once, clock)
    with caplog.at_level(logging.ERROR):
        create_user(local.state)
        while not receiver.got:
            Event().wait(0.01)
        create_user(local.state)
        assert receiver.is_enough.wait(10)
        sender.close()
    assert "ZeroDivisionError" in caplog.text


def test_a_forked_child_sends_what_it_changes(tmp_path, clock):
    reading, writing = os.pipe()

    def send(url, headers, body):
        os.write(writing, f"{os.getpid()} ".encode())
        return 204

    path = str(tmp_path / "clerk.db")
    with local_clerk(clock, seeds={}, data=path) as local:
        sender = sender_of(local, send, clock)
        create_user(local.state)
        assert os.read(reading, 100).split() == [str(os.getpid()).encode()]
        child = os.fork()
        if child == 0:
            create_user(local.state)
            Event().wait(20)  # until it is killed
            os._exit(1)
        said = os.read(reading, 100).split()
        os.kill(child, 9)
        os.waitpid(child, 0)
        assert said == [str(child).encode()]
        sender.close()
    os.close(reading)
    os.close(writing)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        (None, None),
        ("http://127.0.0.1:8000/hooks?a=b", "http://127.0.0.1:8000/hooks?a=b"),
        ("http://localhost", "http://localhost/"),
        ("https://shop.localhost/x", "https://shop.localhost/x"),
        ("http://[::1]:8000/", "http://[::1]:8000/"),
        ("HTTP://LOCALHOST\\hooks", "http://localhost/hooks"),
    ],
)
def test_a_url_on_this_machine_is_taken_as_it_is_read(text, url):
    assert loopback_url(text) == url


@pytest.mark.parametrize(
    "text",
    [
        *("https://example.com/", "http://127.0.0.1@example.com/", "ftp://localhost/"),
        *("http://localhost.example.com/", "/hooks", "", "http://10.0.0.1/"),
    ],
)
def test_any_other_is_refused(text):
    with pytest.raises(ConfigurationError):
        loopback_url(text)
