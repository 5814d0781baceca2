"""``fedinet demo``: three communities on this machine that talk to each other.

The cast and what it says are text (``cast/*.toml``), ``stage`` runs real nodes,
``play`` lets the people act by the commands that members' pages call. What one
community knows of another arrived by the protocol, and no other way.
"""
