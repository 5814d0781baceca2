"""Templates are compiled once in a process, and again where their text has changed."""

import jinja2

from fedinet.http.compiled import Compiled, compiled_in


def template(cache: Compiled, text: str) -> jinja2.Template:
    loader = jinja2.DictLoader({"page.html": text})
    return jinja2.Environment(loader=loader, bytecode_cache=cache, autoescape=True).get_template(
        "page.html"
    )


def test_what_is_compiled_is_used_again_until_its_text_changes() -> None:
    cache = Compiled()
    first, again = template(cache, "Hello {{ name }}"), template(cache, "Hello {{ name }}")
    assert first.environment is not again.environment
    assert first.root_render_func.__code__ is again.root_render_func.__code__
    assert template(cache, "Bye {{ name }}").render(name="Ada") == "Bye Ada"
    assert template(cache, "Hello {{ name }}").render(name="<b>") == "Hello &lt;b&gt;"


def test_other_constants_have_their_own() -> None:
    assert compiled_in("en", 1) is compiled_in("en", 1)
    assert compiled_in("en", 1) not in (compiled_in("nl", 1), compiled_in("en", 2))
