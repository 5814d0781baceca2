"""What templates say in constants is worked out once, and means the same."""

import jinja2
import pytest
from markupsafe import Markup

from fedinet.http.constants import Constants, drawn


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def environment(asked: list[str]) -> jinja2.Environment:
    def said(text: str) -> Markup:
        asked.append(text)
        return Markup(f"<i>{text.upper()}</i>")  # noqa: S704

    made = jinja2.Environment(autoescape=True, extensions=[Constants])
    made.extensions[Constants.identifier].workers = {  # type: ignore[attr-defined]
        "_": said,
        "icon": lambda name, kinds="": drawn("/i.svg", name, kinds),
        "plain": lambda text: f"<{text}>",
    }
    made.globals.update(_=lambda text, **values: f"late {text} {values}", other=said)
    return made


@pytest.mark.parametrize(
    ("text", "rendered"),
    [
        ('{{ _("a") }}', "<i>A</i>"),
        ('{{ plain("a") }}', "&lt;a&gt;"),
        ('{{ "x" ~ name if name else _("a") }}', "x&lt;"),
        ('{% set said = name or _("a") %}{{ said }}', "&lt;"),
        ('{{ _("a", name=1) }}', "late a {&#39;name&#39;: 1}"),
        ("{{ _(name) }}", "late &lt; {}"),
        ('{{ thing._("a") }}', "of a thing"),
        ("_(&quot;a&quot;)", "_(&quot;a&quot;)"),
    ],
)
def test_only_a_call_with_texts_alone_is_worked_out(
    environment: jinja2.Environment, text: str, rendered: str
) -> None:
    thing = {"_": lambda _text: "of a thing"}
    assert environment.from_string(text).render(name="<", thing=thing) == rendered


def test_it_is_worked_out_once(environment: jinja2.Environment, asked: list[str]) -> None:
    template = environment.from_string('{% for one in range(3) %}{{ _("a") }}{% endfor %}')
    assert asked == ["a"]
    assert template.render() == "<i>A</i>" * 3
    assert asked == ["a"]


def test_an_icon_has_the_address_of_the_sprite(environment: jinja2.Environment) -> None:
    shown = environment.from_string('{{ icon("pen") }}{{ icon("door", "icon--turn") }}').render()
    assert shown == (
        '<svg class="icon" aria-hidden="true"><use href="/i.svg#pen"/></svg>'
        '<svg class="icon icon--turn" aria-hidden="true"><use href="/i.svg#door"/></svg>'
    )
