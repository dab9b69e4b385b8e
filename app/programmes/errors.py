"""What the programmes room refuses."""

from app.kernel.problems import Problem


class RateTooHigh(Problem):
    """Fee and commission together would be more than the sale."""

    code, status, title = "rate-too-high", 422, "This commission is too high"
    hint = "At most 3,000 basis points (30 %) can be offered."
