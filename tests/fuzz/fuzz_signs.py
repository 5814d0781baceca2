"""Pairs, then triples, of the signs of Markdown, over and over: twice as many cost twice as much.

In the order of chance, for the time that ``make fuzz`` gives; started without one, all of them:
the pairs take a quarter of an hour.
"""

import gc
import random
import re
import sys
from collections.abc import Iterator
from itertools import product, takewhile
from math import inf
from statistics import median
from time import process_time

from fedinet.markup.compose import find_mentions, render
from fedinet.posts.model import MAX_ARTICLE_CHARACTERS
from fedinet.posts.naming import written_names

SIGNS = (
    "*", "**", "_", "`", "```", "~~", "[", "]", "(", ")", "](", "<", ">", "!", "\\", "&", "&#",
    "#", "# ", "@", "@a", "^", "^[", "[^1]", "[^1]:", ":", "|", "|-|", "-", "- ", "+", "1. ", "=",
    '"', "'", "/", "http://", "a@b.c", "a", "é", "\n", "\n\n", "\n> ", "\n- ", "\n  ", " ",
    "    ", "\t",
)  # fmt: skip
MOST_TIMES = 3.0
"""So much longer may twice as many signs take; four times is quadratic."""
SHORT_S = 0.1
"""What takes no longer says nothing."""
LENGTHS = tuple(MAX_ARTICLE_CHARACTERS // part for part in (8, 4, 2, 1))


def seconds(unit: str, length: int) -> float:
    text = (unit * (length // len(unit) + 1))[:length]
    begun = process_time()
    render(text, mentions={}, tag_url=lambda tag: f"https://a.example/tags/{tag}")
    written_names(text, find_mentions(text))
    return process_time() - begun


def growth(unit: str) -> float:
    """How many times as long twice as many of these signs take, where that is too many; else 0."""
    before = seconds(unit, LENGTHS[0] // 2)
    for length in LENGTHS:
        took = seconds(unit, length)
        if took > max(SHORT_S, MOST_TIMES * before):
            half, whole = (
                median(seconds(unit, one) for _ in range(3)) for one in (length // 2, length)
            )
            if whole > MOST_TIMES * half:
                return whole / half
        before = took
    return 0


def units() -> Iterator[str]:
    """All of them, in the order of chance."""
    pairs, triples = (["".join(one) for one in product(SIGNS, repeat=size)] for size in (2, 3))
    for some in (pairs, triples):
        random.shuffle(some)
        yield from some


TIME = re.search(r"-max_total_time=(\d+)", " ".join(sys.argv))
UNTIL = process_time() + float(TIME[1]) if TIME else inf
gc.disable()
FOUND: list[str] = []
for tried in takewhile(lambda _: process_time() < UNTIL, units()):
    if times := growth(tried):
        FOUND.append(tried)
        print(f"{tried!r}: {times:.1f} times as long for twice as many")
    gc.collect()
sys.exit(bool(FOUND))
