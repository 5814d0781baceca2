"""Parameters in every shape that apps send."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedinet.http.params import Params, Value, _nest  # pyright: ignore[reportPrivateUsage]
from fedinet.kernel.errors import FedinetError, Malformed, Unprocessable


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        pytest.param([("a", "1"), ("a", "2")], {"a": "2"}, id="the last one wins"),
        pytest.param([("ids[]", "1"), ("ids[]", "2")], {"ids": ["1", "2"]}, id="array"),
        pytest.param([("id[][]", "1"), ("id[][]", "2")], {"id": ["1", "2"]}, id="marked twice"),
        pytest.param(
            [("fields_attributes[0][name]", "n"), ("fields_attributes[0][value]", "v")],
            {"fields_attributes": {"0": {"name": "n", "value": "v"}}},
            id="hash by number",
        ),
        pytest.param([("poll[options][]", "x")], {"poll": {"options": ["x"]}}, id="array in hash"),
        pytest.param(
            [("k[][keyword]", "a"), ("k[][whole]", "1"), ("k[][keyword]", "b")],
            {"k": [{"keyword": "a", "whole": "1"}, {"keyword": "b"}]},
            id="a repeated key opens the next object",
        ),
        pytest.param([("a]b[", "1")], {"a]b[": "1"}, id="odd names are plain names"),
        pytest.param([("a", "1"), ("a[b]", "2")], {"a": {"b": "2"}}, id="later shape wins"),
    ],
)
def test_names_are_nested_as_rails_does(
    pairs: list[tuple[str, Value]], expected: dict[str, Value]
) -> None:
    assert _nest(pairs) == expected


@given(st.lists(st.tuples(st.text(alphabet="ab[]01", max_size=12), st.text(max_size=3))))
def test_no_names_break_the_reader(pairs: list[tuple[str, str]]) -> None:
    with suppress(FedinetError):
        assert isinstance(_nest(pairs), dict)


def test_depth_and_number_are_bounded() -> None:
    with pytest.raises(Malformed):
        _nest([("a[b][c][d][e][f][g]", "1")])
    with pytest.raises(Malformed):
        _nest((f"a{n}", "1") for n in range(1001))


def test_values_are_read_with_the_leniency_of_peers() -> None:
    params = Params(
        {
            "yes": "on",
            "no": "false",
            "off": False,
            "n": 5,
            "ids": {"0": "1", "1": "x", "2": 3},
            "one": "7",
            "null": None,
            "rows": {"0": {"name": "a"}, "1": {"name": "b"}},
        }
    )
    assert (params.flag("yes"), params.flag("no"), params.flag("off")) == (True, False, False)
    assert (params.flag("none", default=True), params.optional_flag("none")) == (True, None)
    assert (params.integer("n"), params.integer("one"), params.integer("none")) == (5, 7, None)
    assert params.integers("ids") == (1, 3)
    assert params.texts("one") == ("7",)
    assert params.text("null", None) is None
    assert [row.text("name") for row in params.mappings("rows")] == ["a", "b"]
    assert params.mapping("one").text("x") == ""


def test_what_is_no_plain_value_is_refused() -> None:
    params = Params({"list": ["a"], "nul": "a\0b", "word": "many"})
    with pytest.raises(Unprocessable):
        params.text("list")
    with pytest.raises(Malformed):
        params.text("nul")
    with pytest.raises(Unprocessable):
        params.integer("word")
