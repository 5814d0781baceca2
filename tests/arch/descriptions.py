"""Descriptions in schemas that are made from docstrings: the same whichever msgspec made them."""

from inspect import cleandoc


def plain(schema: object) -> object:
    """Take the indentation of source files out of every description (msgspec 0.23 does itself)."""
    if isinstance(schema, dict):
        return {
            key: cleandoc(value)
            if key == "description" and isinstance(value, str)
            else plain(value)
            for key, value in schema.items()
        }
    return [plain(member) for member in schema] if isinstance(schema, list) else schema
