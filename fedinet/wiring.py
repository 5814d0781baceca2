"""The only module that knows every slice: one line per slice and surface."""

from fedinet.inbox.dispatch import HandlerTable, merge
from fedinet.queue.signals import Effect

HANDLERS: HandlerTable = merge([])
EFFECTS: dict[type, tuple[Effect, ...]] = {}
