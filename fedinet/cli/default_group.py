"""A group of commands whose first word may be left out: one of them is meant then."""

import click


class DefaultGroup(click.Group):
    """``default``: the command that is meant where the first word is none of the group's."""

    def __init__(self, *args: object, default: str, **more: object) -> None:
        super().__init__(*args, **more)  # pyright: ignore[reportArgumentType]  # click's own
        self.default = default

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or args[0] not in {*self.commands, *ctx.help_option_names}:
            args = [self.default, *args]
        return super().parse_args(ctx, args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return super().get_command(ctx, cmd_name) or super().get_command(ctx, self.default)
