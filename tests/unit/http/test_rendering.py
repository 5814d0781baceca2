"""Templates are rendered as Jinja itself renders them."""

from enum import StrEnum
from pathlib import Path

import jinja2
import pytest
from jinja2 import meta, nodes
from markupsafe import Markup

import fedinet
from fedinet.http.assets import Assets
from fedinet.http.pages import Pages
from fedinet.http.rendering import Environment


class Kind(StrEnum):
    LETTER = "a & b"


class Drawn:
    def __html__(self) -> str:
        return "<i>"


def _said(word: str, times: int = 1) -> str:
    return f"<{word}>" * times


_VALUES: dict[str, object] = {
    "text": '<b>"it\'s" & so',
    "plain": "bread",
    "html": Markup("<b>&amp;</b>"),
    "count": 1234,
    "yes": True,
    "nothing": None,
    "kind": Kind.LETTER,
    "drawn": Drawn(),
    "people": [{"name": "Ada <a>"}, {"name": "Bo"}],
    "say": _said,
}
_MACROS = """
{% macro item(name, kind="<plain>", last=false) %}<li class="{{ kind }}">{{ name }}{{ last }}</li>
{% endmacro %}
{% macro box(title) %}<div>{{ title }}{{ caller() }}</div>{% endmacro %}
{% macro some(first) %}{{ first }}{{ varargs | join("+") }}{{ kwargs | length }}{% endmacro %}
{% macro named(caller=none) %}{{ "with" if caller else "without" }}{% endmacro %}
"""
_SHOWN = [
    "{{ text }}{{ plain }}{{ html }}{{ count }}{{ yes }}",
    "{{ nothing }}{{ kind }}{{ drawn }}{{ 1.5 }}",
    "{{ text ~ html }}{{ html ~ text }}{{ text | e }}{{ text | safe }}{{ text | upper }}",
    "{% set kept %}{{ text }}{% endset %}{{ kept }}{{ kept | length }}",
    "{{ say('a') }}{{ say('a', times=2) }}{{ ', '.join(['<', html]) }}{{ '%s' | format(text) }}",
    "{{ item(text) }}{{ item(name=html) }}{{ item(plain, last=true) }}{{ item(1, 2, 3) }}",
    "{% for one in people %}{{ item(one.name, last=loop.last) }}{% endfor %}",
    "{% call box(text) %}{{ text }}{{ item(html) }}{% endcall %}",
    "{{ some(1, text, html, more=2) }}{{ named() }}",
    "{% call named() %}{% endcall %}",
    "{{ item(item(item(text))) }}{{ item(text) | length }}{{ item(text).upper() }}",
    "{{ absent is defined }}{{ people[0].absent is defined }}{{ absent | default('none') }}",
    "{% block one %}{% for one in people %}{{ say(one.name) }}{% endfor %}{% endblock %}",
    "{% autoescape false %}{{ text }}{{ item(text) }}{% endautoescape %}",
]
_REFUSED = [
    "{{ absent }}",
    "{{ item(absent) }}",
    "{{ absent() }}",
    "{{ item() }}",
    "{{ item(1, 2, 3, 4) }}",
    "{{ item(1, colour=2) }}",
    "{{ item(1, name=2) }}",
    "{{ box(1) }}",
    "{{ people() }}",
    "{{ say() }}",
]


def _made(kind: type[jinja2.Environment], template: str) -> str:
    environment = kind(autoescape=True, undefined=jinja2.StrictUndefined)
    return environment.from_string(_MACROS + template).render(_VALUES)


@pytest.mark.parametrize("template", _SHOWN)
def test_a_page_is_what_jinja_makes_of_it(template: str) -> None:
    assert _made(Environment, template) == _made(jinja2.Environment, template)


@pytest.mark.parametrize("template", _REFUSED)
def test_what_jinja_refuses_is_refused_with_its_words(template: str) -> None:
    with pytest.raises((jinja2.UndefinedError, TypeError)) as wanted:
        _made(jinja2.Environment, template)
    with pytest.raises(wanted.type) as refused:
        _made(Environment, template)
    assert str(refused.value) == str(wanted.value)


_FILES = {
    "macros": "{% set seen = looked() %}{% macro who() %}{{ reader }}{{ seen }}{% endmacro %}",
    "list": """{% from "macros" import who with context %}
{% macro row(name) %}<{{ name }} {{ who() }} {{ mine is defined }}>{% endmacro %}""",
    "part": """{% import "macros" as macros with context %}{{ macros.who() }}""",
    "page": """{% set mine = "no macro sees it" %}{% import "list" as list with context %}
{% from "macros" import who with context %}{{ who() }}{% include "part" %}
{% for name in names %}{{ list.row(name) }}{% endfor %}""",
}


def test_macros_are_made_once_for_a_page_and_anew_for_each_reader() -> None:
    environment = Environment(
        loader=jinja2.DictLoader(_FILES), autoescape=True, undefined=jinja2.StrictUndefined
    )
    page, looks = environment.get_template("page"), iter("abc")
    for reader, seen in (("Ada", "a"), ("Bo", "b"), ("Ada", "c")):
        given = {"reader": reader, "names": [1, 2], "looked": lambda: next(looks)}
        html = page.render(given)
        rows = "".join(f"<{name} {reader}{seen} False>" for name in (1, 2))
        assert html.split("\n") == ["", f"{reader}{seen}" * 2, rows]
        assert set(given) == {"reader", "names", "looked"}


def test_what_is_imported_imports_itself_the_macros_that_it_uses() -> None:
    """It does not see those that the page has, of what it extends."""
    parse = Pages(Assets())._environment("en").parse  # pyright: ignore[reportPrivateUsage]
    read = {
        path: parse(path.read_text())
        for path in Path(fedinet.__file__).parent.glob("*/templates/**/*.html")
    }
    imports = {
        named.value
        for one in read.values()
        for found in one.find_all((nodes.Import, nodes.FromImport))
        if isinstance(named := found.template, nodes.Const)
    }
    [base] = [one for path, one in read.items() if path.name == "base.html"]
    macros = {name for found in base.find_all(nodes.FromImport) for name in found.names}
    for path, one in read.items():
        if f"{path.parts[-3]}/{path.name}" in imports:
            its_own = {name.name for name in one.find_all(nodes.Name) if name.ctx == "store"}
            assert not (macros & meta.find_undeclared_variables(one)) - its_own, path
