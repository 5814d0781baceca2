"""The only room that knows every slice: explicit tables, one line per slice and surface.

``handlers`` has what arrives and what members' clients post, ``afterwards`` what happens after the
commit and what can wait, ``routes`` the addresses. What a process holds open is in ``services``;
everything gets its parts of it as arguments.
"""
