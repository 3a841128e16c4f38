"""Webhooks of a local instance: signed as Clerk signs them, and none is lost."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from local_clerk import NOW, local_clerk

from clerk_wsgi import ConfigurationError, WebhookVerificationError
from clerk_wsgi.backends.http import NoAnswer
from clerk_wsgi.core.webhooks import read_message, signing_keys, verify
from clerk_wsgi.local.users import change_user, create_user
from clerk_wsgi.local.webhook_sender import WebhookSender
from clerk_wsgi.local.webhooks import Webhooks

URL = "http://127.0.0.1:9/webhooks"


class Receiver:
    """Takes what is sent; `answers` are statuses, or None for no answer."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.got = []

    def __call__(self, url, headers, body):
        self.got.append((url, headers, body))
        status = self.answers.pop(0) if self.answers else 204
        if status is None:
            raise NoAnswer("refused")
        return status

    @property
    def types(self):
        return [json.loads(body)["type"] for _, _, body in self.got]


def sending(local, receiver, clock, schedule=(5, 60)):
    webhooks = Webhooks(
        local.state, local.settings, URL, schedule=schedule, now=clock.seconds
    )
    sender = WebhookSender(webhooks, receiver)
    sender.start = lambda: None  # each test delivers when it wants to
    return webhooks, sender


@pytest.fixture
def local(clock):
    with local_clerk(clock, seeds={}) as local:
        yield local


def verified(local, headers, body):
    """What our own verification says of a delivery."""
    keys = signing_keys([local.settings.webhook_secret])
    return verify(read_message(headers), body, keys, NOW * 1000)


def test_a_change_is_sent_and_signed(local, clock):
    receiver = Receiver()
    webhooks, sender = sending(local, receiver, clock)
    user = create_user(local.state, email_addresses=["ada@example.com"])
    assert sender.deliver() is None
    url, headers, body = receiver.got[-1]
    assert url == URL
    event = json.loads(body)
    assert event["object"] == "event"
    assert event["type"] == "user.created"
    assert event["data"]["id"] == user["id"]
    assert event["instance_id"] == local.settings.instance_id
    assert "_password" not in event["data"]
    assert headers["svix-timestamp"] == str(NOW)
    assert [each["status"] for each in webhooks.messages][-1] == "delivered"


def test_what_is_signed_is_accepted_and_what_was_changed_is_not(local):
    create_user(local.state)
    headers, body = local.webhooks.signed(local.webhooks.messages[-1])
    assert verified(local, headers, body)["type"] == "user.created"
    with pytest.raises(WebhookVerificationError):
        verified(local, headers, body + b" ")


def fail_while_changing(state):
    with state.changing():
        create_user(state)
        raise ZeroDivisionError


def test_a_message_of_a_change_that_failed_is_never_sent(local, clock):
    receiver = Receiver()
    _, sender = sending(local, receiver, clock)
    with pytest.raises(ZeroDivisionError):
        fail_while_changing(local.state)
    sender.deliver()
    assert receiver.got == []


def test_who_does_not_answer_is_asked_again_with_the_same_id(local, clock):
    receiver = Receiver(None, 500, 204)
    webhooks, sender = sending(local, receiver, clock)
    create_user(local.state)
    assert sender.deliver() == 5
    assert sender.deliver() == 5
    assert len(receiver.got) == 1
    clock.now += 5
    assert sender.deliver() == 60
    clock.now += 60
    assert sender.deliver() is None
    assert len({headers["svix-id"] for _, headers, _ in receiver.got}) == 1
    [message] = [e for e in webhooks.messages if e["status"] == "delivered"]
    assert [e.get("status", "none") for e in message["tries"]] == ["none", 500, 204]


def test_after_the_last_try_it_has_failed(local, clock):
    receiver = Receiver(500, 500)
    webhooks, sender = sending(local, receiver, clock, schedule=(5,))
    create_user(local.state)
    sender.deliver()
    clock.now += 5
    assert sender.deliver() is None
    assert "failed" in {each["status"] for each in webhooks.messages}
    clock.now += 10_000
    sender.deliver()
    assert len(receiver.got) == 2


def test_messages_come_in_the_order_of_the_changes(local, clock):
    receiver = Receiver()
    _, sender = sending(local, receiver, clock)
    ada = create_user(local.state)
    change_user(local.state, ada["id"], first_name="Ada")
    sender.deliver()
    assert receiver.types == ["user.created", "user.updated"]


def test_what_was_not_sent_is_sent_after_a_restart(tmp_path, clock):
    path = str(tmp_path / "clerk.db")
    with local_clerk(clock, seeds={}, data=path) as local:
        _, sender = sending(local, Receiver(None), clock)
        create_user(local.state)
        sender.deliver()
    clock.now += 5
    receiver = Receiver()
    with local_clerk(clock, seeds={}, data=path) as local:
        _, sender = sending(local, receiver, clock)
        sender.deliver()
    assert receiver.types == ["user.created"]


@pytest.mark.parametrize("url", ["https://example.com/hook", "http://10.0.0.1/", "x y"])
def test_webhooks_go_to_this_machine_only(url):
    with pytest.raises(ConfigurationError, match="webhook"):
        local_clerk(webhook_url=url)


def test_over_http_from_a_thread_of_its_own():
    got = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((dict(self.headers), body))
            self.send_response(204)
            self.end_headers()
            if json.loads(body)["type"] == "user.updated":
                Thread(target=self.server.shutdown).start()

        def log_message(self, *told):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    url = f"http://127.0.0.1:{server.server_port}/hooks"
    with server, local_clerk(seeds={}, webhook_url=url) as local:
        user = create_user(local.state)
        change_user(local.state, user["id"], first_name="Ada")
        server.serve_forever()
    kinds = [json.loads(body)["type"] for _, body in got]
    assert kinds[-2:] == ["user.created", "user.updated"]
    assert {name.lower(): v for name, v in got[0][0].items()}["svix-signature"]
