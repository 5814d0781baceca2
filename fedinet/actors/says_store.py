"""Whether somebody says a word of themselves: SQL for the statements of other slices."""


def says(who: str, words: str) -> str:
    """Make SQL for: every word stands somewhere in their name or in what they say of themselves.

    Written for members: nothing of it is in an index.
    """
    return rf"""
    (SELECT bool_and(strpos(said.words, word) > 0)
       FROM (SELECT lower(concat_ws(' ', {who}.name, {who}.username, {who}.summary_source,
                    (SELECT string_agg(regexp_replace(field ->> 'value', '<[^>]*>', ' ', 'g'), ' ')
                       FROM jsonb_array_elements({who}.fields) AS field))) AS words
            OFFSET 0) AS said,
            regexp_split_to_table(lower({words}::text), '\s+') AS word)
"""
