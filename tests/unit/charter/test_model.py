"""Rules of a house: what may stand in them, and in which order."""

import pytest

from fedinet.charter.model import MAX_RULE, Rule, RuleWords, check_rule, moved, render


@pytest.mark.parametrize(
    ("rule_id", "up", "order"),
    [
        pytest.param(2, True, [2, 1, 3], id="up"),
        pytest.param(2, False, [1, 3, 2], id="down"),
        pytest.param(1, True, [1, 2, 3], id="the first stays the first"),
        pytest.param(3, False, [1, 2, 3], id="the last stays the last"),
        pytest.param(9, True, [1, 2, 3], id="gone meanwhile"),
    ],
)
def test_a_rule_moves_by_one_place(rule_id: int, up: bool, order: list[int]) -> None:
    assert moved([1, 2, 3], rule_id, up=up) == order


@pytest.mark.parametrize(
    ("words", "language", "fields"),
    [
        pytest.param(RuleWords("Be kind"), "", [], id="a rule"),
        pytest.param(RuleWords("", "why"), "", ["text"], id="no words"),
        pytest.param(RuleWords(""), "nl", [], id="no translation"),
        pytest.param(RuleWords("", "why"), "nl", ["text_nl"], id="half a translation"),
        pytest.param(RuleWords("x" * (MAX_RULE + 1)), "nl", ["text_nl"], id="too long"),
    ],
)
def test_what_is_wrong_stands_at_its_field(
    words: RuleWords, language: str, fields: list[str]
) -> None:
    assert [problem.field for problem in check_rule(words, language=language)] == fields


def test_a_reader_gets_one_language_whole() -> None:
    rule = Rule(id=1, words=RuleWords("Be kind", "why"), translations={"nl": RuleWords("Lief")})
    assert (rule.read_in("nl").hint, rule.read_in("de").hint) == ("", "why")


def test_texts_carry_no_scripts_and_no_pictures() -> None:
    html = render("# One\n\n![x](https://a.example/x.png) <script>x</script> [a](javascript:x)")
    assert html.startswith("<h2>One</h2>")
    assert not any(word in html for word in ("<img", "<script", 'href="javascript'))
