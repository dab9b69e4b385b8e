"""What the attribution room refuses."""


class RowRefused(Exception):
    """A row of a replay file cannot be used: which file, row and column, and why."""

    def __init__(self, file: str, row: int, column: str, why: str) -> None:
        """Say where and why; ``row`` counts the header as 1, as editors do."""
        super().__init__(f"{file}, row {row}, column {column}: {why}")
        self.file, self.row, self.column, self.why = file, row, column, why
