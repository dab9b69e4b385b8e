"""Why an installation cannot work as it is; every command ends with it in the same way."""


class Refused(Exception):
    """This installation cannot work as it is; the text says why, ``mend`` what to do."""

    def __init__(self, text: str, *, mend: str, code: int = 2) -> None:
        """Keep the mend, and how the process ends."""
        super().__init__(text)
        self.mend, self.code = mend, code
