"""Inviting people from a list: each has an invitation of their own, mailed or handed over."""
