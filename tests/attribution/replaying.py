"""The golden files, and files replayed into text."""

from pathlib import Path

from app.attribution import replay

GOLDEN = Path(__file__).parent.parent / "golden"


def golden(name: str) -> str:
    return (GOLDEN / name).read_text(encoding="utf-8")


def replayed(touches: str, lines: str, rule: str, *, verdicts: bool = False) -> str:
    rows, columns = (
        (replay.verdict_rows, replay.VERDICT_COLUMNS)
        if verdicts
        else (replay.credit_rows, replay.CREDIT_COLUMNS)
    )
    given = replay.read_touches(touches), replay.read_lines(lines), replay.read_rule(rule)
    return "".join(replay.write_rows(columns, rows(*given)))


def files(name: str) -> tuple[str, str, str]:
    return (
        golden(f"{name}_touches.csv"),
        golden(f"{name}_lines.csv"),
        golden(f"{name}_rule.json"),
    )
