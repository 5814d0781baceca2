"""How much one cause may make us fetch: one activity never leads to a thousand requests."""

from fedinet.kernel.errors import FedinetError


class BudgetSpent(FedinetError):
    """The cause has used up its requests. What is missing is missing for good."""


class Budget:
    """Counts requests down. One per activity, search or page; not shared."""

    def __init__(self, requests: int) -> None:
        self.left = requests

    def spend(self, what: str) -> None:
        """Take one request.

        Raises:
            BudgetSpent: there is none left.
        """
        if self.left <= 0:
            raise BudgetSpent(f"no request left for {what}")
        self.left -= 1
