"""The link that stops messages is good for one address and one topic, and nobody else makes one."""

import pytest

from fedinet.mail.model import MAY_BE_LEFT, Topic
from fedinet.mail.stopping import address_tag, leaving_path, read_leaving
from fedinet.node.secrets import SecretBox

BOX, OTHER = SecretBox(b"k" * 32), SecretBox(b"o" * 32)


def token(topic: Topic = Topic.DIGEST) -> str:
    return leaving_path(BOX, "Ada@home.example ", topic).partition("token=")[2]


def test_a_link_says_which_address_and_what() -> None:
    assert read_leaving(BOX, token()) == (address_tag(BOX, "ada@HOME.example"), Topic.DIGEST)
    assert "ada" not in token().lower()


@pytest.mark.parametrize("topic", sorted(set(Topic) - MAY_BE_LEFT))
def test_what_must_be_told_cannot_be_stopped(topic: Topic) -> None:
    assert read_leaving(BOX, token(topic)) is None


def test_nothing_else_is_a_link() -> None:
    tag, topic, proof = token().split(".")
    eve = address_tag(BOX, "eve@evil.example")
    for made_up in (
        "", "..", f"{tag}.{topic}", f"{tag}.{topic}.", f"{tag}.invitations.{proof}",
        f"{eve}.{topic}.{proof}", f"{tag}.{topic}.{proof}.x", f"{tag}.{topic}.{proof[:-1]}é",
        f"{tag}.no_topic.{proof}", leaving_path(OTHER, "ada@home.example", Topic.DIGEST)[19:],
    ):  # fmt: skip
        assert read_leaving(BOX, made_up) is None
