"""What the discovery room refuses."""

from app.kernel.problems import Problem


class SearchUnavailable(Problem):
    """The engine cannot answer just now."""

    code, status, title = "search-unavailable", 503, "Search is not available just now"
    hint = "Try again in a minute; the feed and all pages work meanwhile."


class CursorOfAnother(Problem):
    """The cursor was given for another search."""

    code, status, title = "cursor-of-another", 422, "This cursor belongs to another search"
    hint = "Start from the first page."
