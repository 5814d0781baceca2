"""What templates say in constants is worked out when they are compiled, not for each reader.

``_("Reply")`` becomes the text of the environment's language, ``icon("reply")`` its markup; a page
of twenty posts says some four hundred of them. Calls with anything else in them stay calls.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from markupsafe import Markup

Worker = Callable[..., str]

_CALLS: Final = (
    ("name", "lparen", "string", "rparen"),
    ("name", "lparen", "string", "comma", "string", "rparen"),
)
"""The kinds of tokens of a call that is worked out."""


def drawn(sprite: str, name: str, kinds: str = "") -> Markup:
    """An icon of the sprite at this address; ``kinds`` are classes beside its own."""
    return Markup('<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>').format(
        f"icon {kinds}".rstrip(), sprite, name
    )


class Constants(Extension):
    """Replaces calls by what they give, where a function of ``workers`` is given texts alone.

    It does so before templates are parsed: what the parser finds is a constant like any other,
    which Jinja joins with the text around it.
    """

    workers: Mapping[str, Worker] = {}

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        tokens = list(stream)
        at = 0
        while at < len(tokens):
            call = () if at and tokens[at - 1].type == "dot" else self._call(tokens, at)
            yield from self._given(call) if call else (tokens[at],)
            at += len(call) or 1

    def _call(self, tokens: Sequence[Token], at: int) -> Sequence[Token]:
        """The call of a worker that begins here, or nothing."""
        if tokens[at].value in self.workers:
            for kinds in _CALLS:
                found = tokens[at : at + len(kinds)]
                if tuple(one.type for one in found) == kinds:
                    return found
        return ()

    def _given(self, call: Sequence[Token]) -> list[Token]:
        texts = [token.value for token in call if token.type == "string"]
        given = self.workers[call[0].value](*texts)
        safe = [("pipe", "|"), ("name", "safe")] if isinstance(given, Markup) else []
        kinds = [("lparen", "("), ("string", str(given)), *safe, ("rparen", ")")]
        return [Token(call[0].lineno, kind, value) for kind, value in kinds]
