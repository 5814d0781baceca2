"""What members write, and what becomes of it."""

import gc
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedinet.markup.compose import MentionLink, Rendered, find_mentions, render
from fedinet.markup.sanitise import clean_html

REL = 'rel="nofollow noopener noreferrer"'
ADA = MentionLink("https://a.example/@ada", "https://a.example/users/ada", "ada")
BO = MentionLink("https://b.example/@bo", "https://b.example/users/bo", "bo")
MENTIONS = {"ada": ADA, "bo@b.example": BO}


@pytest.mark.parametrize(
    ("source", "html"),
    [
        pytest.param("hello", "<p>hello</p>", id="a line"),
        pytest.param("a\nb\n\nc", "<p>a<br>b</p><p>c</p>", id="lines and paragraphs"),
        pytest.param("*a* **b** ~~c~~ `d`", "<p><em>a</em> <strong>b</strong> <s>c</s> "
                     "<code>d</code></p>", id="emphasis"),
        pytest.param("> q", "<blockquote><p>q</p></blockquote>", id="quote"),
        pytest.param("- a\n- b", "<ul><li>a</li><li>b</li></ul>", id="list"),
        pytest.param("```\na\n\nb\n```", "<pre><code>a\n\nb\n</code></pre>", id="code"),
        pytest.param("# A title\nand more", "<h2>A title</h2><p>and more</p>",
                     id="heading"),
        pytest.param("# a\n## b\n### c", "<h2>a</h2><h3>b</h3><h4>c</h4>", id="headings"),
        pytest.param("###### small", "<h2>small</h2>", id="small heading"),
        pytest.param("a[^n] b^[short] c[^n]\n\n[^n]: Said *so*.",
                     "<p>a<sup>1</sup> b<sup>2</sup> c<sup>1</sup></p>"
                     "<ol><li><p>Said <em>so</em>.</p></li><li><p>short</p></li></ol>",
                     id="footnotes"),
        pytest.param("| a | *b* |\n|---|:-:|\n| 1 | `2` |\n| 3 |\n\nc",
                     "<p><strong>a</strong> · <strong><em>b</em></strong><br>1 · <code>2</code>"
                     "<br>3</p><p>c</p>", id="table"),
        pytest.param("a|b\n-|-\n1|2|3\n|| \n|4\\|5|",
                     "<p><strong>a</strong> · <strong>b</strong><br>1 · 2 · 3<br>4|5</p>",
                     id="cells beyond a table, and none"),
        pytest.param("| | |\n|-|-|\n| a | b |", "<p>a · b</p>", id="table without a head"),
        pytest.param("| | |\n|-|-|", "<p>| | |<br>|-|-|</p>", id="a table that says nothing"),
        pytest.param("a|b\n-|-", "<p><strong>a</strong> · <strong>b</strong></p>",
                     id="table without rows"),
        pytest.param("a | b\nc | d", "<p>a | b<br>c | d</p>", id="bars are no table"),
        pytest.param("a[^none]", "<p>a[^none]</p>", id="footnote without a text"),
        pytest.param("title\n===", "<p>title<br>===</p>", id="no heading of the other kind"),
        pytest.param("<b>x</b> & <script>y</script>",
                     "<p>&lt;b&gt;x&lt;/b&gt; &amp; &lt;script&gt;y&lt;/script&gt;</p>", id="HTML"),
        pytest.param("[x](https://x.example)", f'<p><a href="https://x.example" {REL}>x</a></p>',
                     id="link"),
        pytest.param("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>",
                     id="script link"),
        pytest.param("![x](https://x.example/p.png)",
                     f'<p>!<a href="https://x.example/p.png" {REL}>x</a></p>', id="no pictures"),
        pytest.param("see https://x.example/~a_b_c?d=1&e=2.",
                     f'<p>see <a href="https://x.example/~a_b_c?d=1&amp;e=2" {REL}>'
                     "https://x.example/~a_b_c?d=1&amp;e=2</a>.</p>", id="bare link"),
        pytest.param("[#x](https://x.example)", f'<p><a href="https://x.example" {REL}>#x</a></p>',
                     id="link over a hashtag"),
        pytest.param("main.py and example.org", "<p>main.py and example.org</p>", id="no link"),
        pytest.param("ada@example.org",
                     f'<p><a href="mailto:ada@example.org" {REL}>ada@example.org</a></p>',
                     id="mail"),
        pytest.param("", "", id="nothing"),
    ],
)  # fmt: skip
def test_markdown(source: str, html: str) -> None:
    assert rendered(source).html == html


def test_a_mention_is_a_card_with_a_link() -> None:
    result = rendered("hi @Bo@B.Example!")

    assert result.html == (
        '<p>hi <span class="h-card" translate="no"><a href="https://b.example/@bo"'
        f' class="u-url mention" {REL}>@<span>bo</span></a></span>!</p>'
    )
    assert result.mentions == (BO,)


def test_a_hashtag_is_a_link_to_its_page() -> None:
    result = rendered("#Grüße from #x, #X and #2026")

    assert result.tags == (("grusse", "Grüße"), ("x", "x"))
    assert result.html.startswith(
        f'<p><a href="https://a.example/tags/grusse" class="mention hashtag" {REL}>'
        "#<span>Grüße</span></a> from "
    )
    assert result.html.endswith(" and #2026</p>")


@pytest.mark.parametrize(
    ("source", "handles"),
    [
        pytest.param("@ada", ("ada",), id="alone"),
        pytest.param("(@ada) *@ada* @ada: @ada's", ("ada",), id="between signs"),
        pytest.param("@ada.Hello", ("ada",), id="no blank after the full stop"),
        pytest.param("@bo@b.example. @ada", ("bo@b.example", "ada"), id="at the end"),
        pytest.param("@BO@B.example @bo@b.example", ("bo@b.example",), id="in any case"),
        pytest.param("@bo@b\u00fccher.example", ("bo@xn--bcher-kva.example",), id="umlaut domain"),
        pytest.param("@bo@127.0.0.1:8101", ("bo@127.0.0.1:8101",), id="with a port"),
        pytest.param("@_a_b_@c.example", ("_a_b_@c.example",), id="not emphasis"),
        pytest.param("ada@a.example", (), id="mail"),
        pytest.param("https://b.example/@bo", (), id="in a URL"),
        pytest.param("`@ada` and\n\n    @ada", (), id="in code"),
        pytest.param("[@ada](https://x.example)", (), id="in a link"),
        pytest.param("\\@ada", (), id="escaped"),
        pytest.param("@ada-lovelace", (), id="another name"),
        pytest.param("@bo@b..example", (), id="no domain"),
        pytest.param("@ada@ada@ada", (), id="too many signs"),
        pytest.param("@" + "a" * 31, (), id="too long"),
        pytest.param("@ @@ @-", (), id="signs alone"),
    ],
)
def test_mentions_found(source: str, handles: tuple[str, ...]) -> None:
    assert find_mentions(source) == handles


def test_a_handle_that_leads_nowhere_stays_text() -> None:
    result = rendered("@nobody and @x@<b>.example")

    assert result.mentions == ()
    assert result.html == "<p>@nobody and @x@&lt;b&gt;.example</p>"


def test_two_names_of_one_actor_are_one_mention() -> None:
    result = render("@ada @ada@a.example", mentions={"ada": ADA, "ada@a.example": ADA}, tag_url=str)

    assert result.mentions == (ADA,)


def test_hostile_names_do_not_leave_their_attribute() -> None:
    evil = MentionLink('https://x.example/"onclick="x', "https://x.example/u", '"><script>')

    html = render("@ada", mentions={"ada": evil}, tag_url=str).html

    assert "<script" not in html
    assert "onclick=" not in html.replace("%22onclick=", "").replace("&quot;onclick=", "")


SOURCES = st.lists(
    st.sampled_from(
        ["@ada", "@bo@b.example", "#x", "*", "**", "_", "~~", "`", "```\n", "[", "](", ")", "<b>",
         "https://x.example/", "\n", "\n\n", "> ", "- ", "1. ", "\\", "!", "x", " ", "\t", "\u202e",
         "@", "&", "#", "&lt;", "&#60;", "javascript:", "<javascript:x>", "\x00",
         "# ", "[^1]", "\n\n[^1]: ", "^["]
    ), max_size=40,
).map("".join)  # fmt: skip


@given(SOURCES | st.text(max_size=200))
def test_anything_renders_clean_and_names_what_it_links(source: str) -> None:
    result = rendered(source)

    assert clean_html(result.html) == result.html
    found = find_mentions(source)
    assert {link.name for link in result.mentions} <= {handle.partition("@")[0] for handle in found}
    assert result.html.count('class="u-url mention"') >= len(result.mentions)


SIGNS = (
    "*", "[", "]", "@a", "_a ", "_", "> ", "> a\n\n", "> > > ", "- ", "- a\n  - b\n", "1. ", "|",
    "|a|b|\n", "`", "`a", "**a ", "[](", "[a](", "[a](b", "[[a]", "<", "<a", "<http://", "http://",
    "http://a ", "!", "![", "![](", "![a](", "~~", "~", "#a", "# ", "@a@", "\\", "(", '"', "a@b.c ",
    "[[[a](b)", "*a_b", "*[", "&#", "&", "^[", "^[^[", "^[a]", "^[a[b](c)]", "[^", "[^1]",
    "[^1]: a\n\n", "[^a]: [^a]\n\n", "    a\n", "```\n", "$", "\n", "\t",
    "|", "a|b\n-|-\n", "|\n|-\n", "|-", "|\n", "|\n> ",
)  # fmt: skip
FRAMES = {
    "a footnote is there": ("[^1]: a\n\n", "[^", ""),
    "it ends as a link": ("", "[", "](a)"),
    "a footnote": ("a", "[^1]", "\n\n[^1]: x"),
    "stressed": ("*", "a*", "*"),
}


@pytest.mark.parametrize(
    ("before", "unit", "after"),
    [*(pytest.param("", unit, "", id=repr(unit)) for unit in SIGNS),
     *(pytest.param(*parts, id=name) for name, parts in FRAMES.items())],
)  # fmt: skip
def test_ten_times_as_many_signs_take_ten_times_as_long(before: str, unit: str, after: str) -> None:
    """By the processor's own count. Quadratic time is a hundred times; "<http://" took that."""

    def seconds(length: int) -> float:
        source = before + (unit * length)[:length] + after
        return cost(lambda: rendered(source))

    few = max(min(seconds(1000), seconds(1000)), 0.004)
    assert seconds(10_000) < 30 * few or seconds(10_000) < 30 * few


def test_a_short_row_of_a_wide_table_is_not_filled() -> None:
    """The library did, with 65,536 cells for 3 KB: 20,000 characters took eight seconds."""
    head, rules = "|".join("a" * 500), "|".join("-" * 500)

    html = rendered(f"{head}\n{rules}\n" + "b\n" * 131).html

    assert html.endswith("</strong>" + "<br>b" * 131 + "</p>")


@pytest.mark.parametrize("signs", [("[", "]"), ("^[", "]"), ("[", "](a)"), ("*", "_"), ("(", ")")])
def test_signs_within_signs_are_rendered(signs: tuple[str, str]) -> None:
    """As deep as a text is long: each was read within each, and that far Python does not go."""
    opening, closing = signs

    assert rendered(opening * 3000 + "a" + closing * 3000).html.startswith("<p>")


def test_a_footnote_within_a_footnote_is_a_part_of_its_words() -> None:
    html = rendered("a^[b ^[c] d] e^[f]").html

    assert html.startswith("<p>a<sup>1</sup> e<sup>2</sup></p><ol><li><p>b ^[c] d</p></li>")


def rendered(source: str) -> Rendered:
    return render(source, mentions=MENTIONS, tag_url=lambda tag: f"https://a.example/tags/{tag}")


def cost(work: Callable[[], object]) -> float:
    """Seconds of the processor, without what walks all that other tests hold."""
    gc.disable()
    began = time.process_time()
    work()
    took = time.process_time() - began
    gc.enable()
    return took
