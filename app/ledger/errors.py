"""What the ledger refuses. None of it reaches a caller: it means that a rule above is broken."""


class BelowZero(Exception):
    """An entry would leave an account on the wrong side of zero."""

    def __init__(self, account: str, fen: int) -> None:
        """Name the account, and where it would stand."""
        super().__init__(f"{account} would stand at {fen}")
        self.account = account
        self.fen = fen
