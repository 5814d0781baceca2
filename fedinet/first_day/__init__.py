"""The first day of a community, step by step: what is done, and what is next."""
