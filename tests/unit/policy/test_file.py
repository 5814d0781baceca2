"""A policy file with a mistake: its line is named, and what could stand there."""

import pytest

from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.ids import Domain
from fedinet.policy.document import RuleDocument, settle
from fedinet.policy.file.toml import BadPolicyFile, check_file, read_file
from fedinet.policy.masking import digest, masked
from fedinet.policy.ours import check_not_ours

OURS = (Domain("community.example"), Domain("social.community.example:8443"))
HEAD = "version = 1\n\n"
RULE = HEAD + '[[rule]]\nkey = "a"\ndomains = ["a.example"]\nverdict = "reject"\n'


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        pytest.param(RULE.replace('"reject"', '"rejekt"'), 6, "accept, defer, drop, hold, reject",
                     id="a verdict that does not exist"),
        pytest.param(RULE + 'effects = ["mute"]\n', 7, "limit", id="an effect"),
        pytest.param(RULE + 'on_expire = "burn"\n', 7, "draft, hold, limit, remove",
                     id="an ending"),
        pytest.param(RULE + 'scopes = [\n  "in",\n  "up"]\n', 7, "signup", id="a scope"),
        pytest.param('version = 1\nmode = "closd"\n', 2, "allies, cautious, closed, open",
                     id="a mode"),
        pytest.param('mode = "open"\n', 1, "version", id="no version"),
        pytest.param('version = 2\n', 1, "1", id="a version of the future"),
        pytest.param(HEAD + '[[rules]]\nkey = "a"\n', 3, "rules", id="a table that does not exist"),
        pytest.param(HEAD + 'colour = "red"\n' + RULE[len(HEAD):], 3, "colour", id="a top word"),
        pytest.param(RULE + 'colour = "red"\n', 7, "colour", id="a word too much in a rule"),
        pytest.param(HEAD + '[[rule]]\nkey = "a"\nreason = """\n[[rule]]\nmentions = 3\n"""\n'
                     'mentions = "many"\nverdict = "hold"\n', 9, "int",
                     id="a text of several lines that looks like a rule"),
        pytest.param(HEAD + 'rule = [\n  {key = "a", domains = ["a.example"], verdict = "drop"},\n'
                     '  {key = "b", domains = ["b.example"], verdict = "dorp"},\n]\n', 5, "drop",
                     id="rules in one line each"),
        pytest.param(RULE.replace('["a.example"]', '[\n"a.example",\n"b c.example",\n]'), 7, "b c",
                     id="one domain of many"),
        pytest.param(RULE + 'actors = ["ada"]\n', 7, "ada", id="somebody without an address"),
        pytest.param(RULE + "\n" + RULE[len(HEAD):], 8, "second rule", id="a key twice"),
        pytest.param(RULE.replace('domains = ["a.example"]\n', ""), 3, "about everything",
                     id="a rule about everything"),
        pytest.param(RULE + "[[rule", 7, "", id="not TOML to its end"),
        pytest.param(RULE + 'scopes = ["signup"]\nwords = ["x"]\n', 3, "signing up",
                     id="signing up by words"),
        pytest.param(RULE + 'scopes = ["signup"]\neffects = ["limit"]\n', 3, "no effects",
                     id="signing up with an effect"),
    ],
)  # fmt: skip
def test_the_line_is_named_and_what_could_stand_there(text: str, line: int, says: str) -> None:
    with pytest.raises(BadPolicyFile) as refused:
        read_file(text)
    assert (refused.value.line, says in refused.value.public) == (line, True), refused.value.public


@pytest.mark.parametrize(
    "about",
    [
        pytest.param({"domains": ["community.example"]}, id="itself"),
        pytest.param({"domains": ["x.example", "Community.Example."]}, id="among others, spelt"),
        pytest.param({"domains": ["*.community.example"]}, id="with its sub-domains"),
        pytest.param({"domains": ["example"]}, id="the domain above"),
        pytest.param({"domains": ["*.EXAMPLE"]}, id="all of the domain above"),
        pytest.param({"domains": ["community.example:443"]}, id="with the usual port"),
        pytest.param({"domains": ["social.community.example"]}, id="any port of our origin"),
        pytest.param({"domains": ["example:8443"]}, id="our port of everybody"),
        pytest.param({"domains": ["\uff43ommunity.example"]}, id="in wide letters"),
        pytest.param({"actors": ["https://community.example/users/ada"]}, id="one of us"),
        pytest.param({"actors": ["HTTPS://Social.Community.Example:8443/users/ada"]},
                     id="one of us, shouted"),
        pytest.param({"domains": ["example"], "exact": True}, id="even exactly"),
        pytest.param({"domains": ["example"], "scopes": ["signup"]}, id="our own addresses"),
    ],
)  # fmt: skip
def test_no_rule_can_be_about_this_node(about: dict[str, list[str]]) -> None:
    rule = {"verdict": "reject", **about}
    document = settle(RuleDocument(key="k", **rule))  # type: ignore[arg-type]
    with pytest.raises(Unprocessable, match="covers this node"):
        check_not_ours(document, OURS)
    check_not_ours(settle(RuleDocument(key="k", **{**rule, "verdict": "accept"})), OURS)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "about",
    [
        {"domains": ["notcommunity.example"]},
        {"domains": ["a.community.example"]},
        {"domains": ["community.example:8080"]},
        {"actors": ["https://community.example.evil.test/users/ada"]},
        {"words": ["community.example"]},
    ],
)
def test_rules_about_others_are_not_taken_for_ours(about: dict[str, list[str]]) -> None:
    rule = RuleDocument(key="k", verdict="reject", **about)  # type: ignore[arg-type]
    check_not_ours(settle(rule), OURS)


def test_a_file_about_this_node_is_refused_as_a_whole_with_its_line() -> None:
    text = RULE + '\n[[rule]]\nkey = "b"\ndomains = ["b.example",\n"example"]\nverdict = "drop"\n'
    with pytest.raises(BadPolicyFile, match="line 11: The rule b would be about"):
        check_file(text, read_file(text), OURS)


@pytest.mark.parametrize("star", ["*", "*.", "", "*.*", "a.*.example"])
def test_everybody_is_no_domain(star: str) -> None:
    with pytest.raises(Unprocessable, match="rule 'k'"):
        settle(RuleDocument(key="k", domains=[star], verdict="reject"))


def test_names_are_masked_as_mastodon_masks_them() -> None:
    assert masked("example.com") == "exa****.*om"
    assert masked("a.b") == "a.*"
    assert masked("very.long.name.example") == "very.l***.****.**ample"
    assert digest("example.com").startswith("a379a6f6eeafb9a5")
