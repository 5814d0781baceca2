"""Run one coroutine on a node's services, whoever runs its database."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import TypeVar

from fedinet.cli.folder import database
from fedinet.cli.terms import Flags, Refused, settings_of
from fedinet.services import Services, open_services
from fedinet.settings import data_folder

Answer = TypeVar("Answer")


def on_node(flags: Flags, work: Callable[[Services], Awaitable[Answer]]) -> Answer:
    """Find the node of these flags, attach to its database or start it, and do the work.

    Raises:
        Refused: there is no node.
    """
    data = data_folder(flags, os.environ)
    if not data.exists():
        raise Refused(f"There is no node in {data}. Start one with `fedinet serve`.")
    with database(settings_of(flags)) as settings:

        async def main() -> Answer:
            async with open_services(settings, "command") as services:
                return await work(services)

        return asyncio.run(main())
