"""What the embedded engine promises beside the contract: its files, its one writer."""

import json
from pathlib import Path

import pytest

from search import open_index
from search.port import AnalysisChanged, Query, SearchDown
from search.tantivy_index import TantivyIndex
from tests.support.search_engines import TOWN, note


def test_another_process_sees_what_was_written_and_what_was_swapped(tmp_path: Path) -> None:
    writer = TantivyIndex(tmp_path, write=True)
    reader = TantivyIndex(tmp_path, write=False)
    writer.put([note(1, "before")])
    reader.refresh()
    before = reader.find(Query("note", "before")).total

    writer.rebuild([note(2, "after")])
    reader.refresh()

    assert before == 1
    assert reader.find(Query("note", "after")).total == 1
    assert reader.find(Query("note", "before")).total == 0
    writer.put([note(3, "after all")])
    reader.refresh()
    assert reader.find(Query("note", "after")).total == 2
    reader.close()
    writer.close()


def test_only_one_may_write(tmp_path: Path) -> None:
    writer = TantivyIndex(tmp_path, write=True)

    with pytest.raises(SearchDown, match="another process"):
        TantivyIndex(tmp_path, write=True)

    reader = TantivyIndex(tmp_path, write=False)
    with pytest.raises(SearchDown, match="only read"):
        reader.put(TOWN)
    writer.close()
    TantivyIndex(tmp_path, write=True).close()


def test_a_folder_that_is_not_there_is_empty(tmp_path: Path) -> None:
    reader = open_index(f"tantivy:{tmp_path / 'nothing'}", write=False)

    assert reader.find(Query("note")).total == 0
    assert reader.suggest("x", size=3) == ()


def test_an_index_of_another_analysis_is_refused(tmp_path: Path) -> None:
    TantivyIndex(tmp_path, write=True).close()
    said = json.loads((tmp_path / "CURRENT").read_text())
    (tmp_path / "CURRENT").write_text(json.dumps({**said, "analysis": 0}))

    with pytest.raises(SearchDown, match="reindex"):
        TantivyIndex(tmp_path, write=False).find(Query("note"))


def test_an_index_of_another_analysis_is_mended_by_a_rebuild(tmp_path: Path) -> None:
    TantivyIndex(tmp_path, write=True).close()
    said = json.loads((tmp_path / "CURRENT").read_text())
    (tmp_path / "CURRENT").write_text(json.dumps({**said, "analysis": 0}))
    index = TantivyIndex(tmp_path, write=True)
    with pytest.raises(AnalysisChanged):
        index.check()
    with pytest.raises(AnalysisChanged):
        index.put(TOWN)

    index.rebuild(TOWN)

    index.check()
    assert index.find(Query("note")).total == 5
    assert [one.name for one in tmp_path.iterdir() if one.name == "v0"] == []
    index.close()


def test_broken_files_are_no_crash(tmp_path: Path) -> None:
    writer = TantivyIndex(tmp_path, write=True)
    writer.put(TOWN)
    writer.close()
    for file in tmp_path.glob("v0/note/*.store"):
        file.write_bytes(b"broken")
    for file in tmp_path.glob("v0/note/meta.json"):
        file.write_text("{")

    with pytest.raises(SearchDown):
        TantivyIndex(tmp_path, write=False).find(Query("note", "口红"))
