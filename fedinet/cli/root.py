"""The command ``fedinet`` and where its subcommands live."""

from importlib import import_module
from typing import Final, cast

import click

from fedinet import __version__

_COMMANDS: Final = {
    "serve": "fedinet.cli.serve:serve",
    "web": "fedinet.cli.roles:web",
    "work": "fedinet.cli.roles:work",
    "migrate": "fedinet.cli.migrate:migrate",
    "check": "fedinet.cli.check:check",
    "backup": "fedinet.cli.backup:backup",
    "restore": "fedinet.cli.restore:restore",
    "resume": "fedinet.cli.admin:resume",
    "admin": "fedinet.cli.admin:admin",
    "queue": "fedinet.cli.queue:queue",
    "policy": "fedinet.cli.policy.rules:policy",
    "demo": "fedinet.cli.demo:demo",
}


class LazyGroup(click.Group):
    """Knows the names of all commands and imports the one that is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's signature
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name].partition(":")
        return cast(click.Command, getattr(import_module(module), name))


@click.group("fedinet", cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="fedinet")
def cli() -> None:
    """Run a node of a federated community: `fedinet serve` is all it takes."""
