"""Whether somebody says a word of themselves: SQL for the statements of other slices."""

from typing import Final

_MOST_WORDS: Final = 12
"""That are looked for: each is looked for in what every member says."""


def says(who: str, words: str) -> str:
    """Make SQL for: every word stands somewhere in their name or in what they say of themselves.

    One or two letters are a word by themselves there: "ux" stands in "luxury", too. Not so where
    scripts put no spaces between words; a letter of these has three bytes.
    Written for members: nothing of it is in an index.
    """
    return rf"""
    (SELECT bool_and(CASE WHEN char_length(word) > 2 OR octet_length(word) > 2 * char_length(word)
                          THEN strpos(said.words, word)
                          ELSE strpos(' ' || regexp_replace(said.words, '[^[:alnum:]#+]+', ' ', 'g')
                                          || ' ', ' ' || word || ' ') END > 0)
       FROM (SELECT lower(concat_ws(' ', {who}.name, {who}.username, {who}.summary_source,
                    (SELECT replace(string_agg(regexp_replace(field ->> 'value', '<[^>]*>', ' ',
                                                              'g'), ' '), '&amp;', '&')
                       FROM jsonb_array_elements({who}.fields) AS field))) AS words
            OFFSET 0) AS said,
            unnest((regexp_split_to_array(lower({words}::text), '\s+'))[:{_MOST_WORDS}]) AS word)
"""
