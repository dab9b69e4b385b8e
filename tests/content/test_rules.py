"""What may be published, and when a note must say that its author may earn."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.content.errors import NoteTooThin, PictureNotYours, ProductNotTaggable, TagOffPicture
from app.content.rules import (
    TOPICS_MAX,
    DraftPicture,
    NoteDraft,
    Tag,
    check,
    must_disclose,
    parted,
    with_topics,
)
from app.kernel.ids import PictureId, ProductId
from app.kernel.problems import Problem

pytestmark = pytest.mark.pure

MINE, TEA, POT = PictureId("mine"), ProductId("tea"), ProductId("pot")
NOTE = NoteDraft("Tea", "Good", (DraftPicture(MINE),), (Tag(TEA, 0, 0.5, 0.5),))


def test_a_note_of_ones_own_may_be_published() -> None:
    check(NOTE, own=[MINE], taggable=[TEA])
    check(replace(NOTE, title=" "), own=[MINE], taggable=[TEA])
    check(replace(NOTE, body=""), own=[MINE], taggable=[TEA])


def test_what_is_no_longer_sold_may_stay_in_a_note_that_has_it() -> None:
    check(NOTE, own=[MINE], taggable=[], kept=[TEA])


@pytest.mark.parametrize(
    ("draft", "refusal", "facts"),
    [
        (replace(NOTE, title=" ", body="\n"), NoteTooThin, {}),
        (
            replace(NOTE, pictures=(DraftPicture(MINE), DraftPicture(PictureId("theirs")))),
            PictureNotYours,
            {"picture_ids": ["theirs"]},
        ),
        (replace(NOTE, tags=(Tag(TEA, 1, 0.5, 0.5),)), TagOffPicture, {}),
        (
            replace(NOTE, tags=tuple(Tag(one, 0, 0.1, 0.1) for one in (POT, TEA, POT))),
            ProductNotTaggable,
            {"product_ids": ["pot"]},
        ),
    ],
)
def test_what_may_not_be_published_is_named(
    draft: NoteDraft, refusal: type[Problem], facts: dict[str, object]
) -> None:
    with pytest.raises(refusal) as refused:
        check(draft, own=[MINE], taggable=[TEA])

    assert refused.value.facts == facts


def test_each_product_is_counted_once_in_the_order_of_the_tags() -> None:
    tags = tuple(Tag(one, 0, 0.1, 0.1) for one in (POT, TEA, POT))

    assert replace(NOTE, tags=tags).product_ids == (POT, TEA)


def test_topics_of_the_body_come_after_those_that_were_chosen() -> None:
    draft = replace(NOTE, body="#穿搭 and #tea-time, #穿搭 #- #·x·", topics=("mine", "穿搭"))

    assert with_topics(draft).topics == ("mine", "穿搭", "tea-time", "x")


@given(st.text(max_size=300), st.lists(st.text(min_size=1, max_size=5), max_size=12))
def test_topics_are_few_and_none_is_twice(body: str, chosen: list[str]) -> None:
    topics = with_topics(replace(NOTE, body=body, topics=tuple(chosen))).topics

    assert len(topics) == len(set(topics)) <= TOPICS_MAX
    assert all(topics)


def test_a_line_is_parted_where_it_names_a_topic_of_the_note() -> None:
    parts = parted("以 #穿搭 for #tea-, not #others", {"穿搭", "tea"})

    assert parts == [
        ("以 ", None),
        ("#穿搭", "穿搭"),
        (" for ", None),
        ("#tea-", "tea"),
        (", not #others", None),
    ]


@given(st.text(alphabet="#ab·- \u7a7f", max_size=40))
def test_the_parts_of_a_line_are_the_line(line: str) -> None:
    topics = with_topics(replace(NOTE, body=line)).topics
    parts = parted(line, topics)

    assert "".join(text for text, _ in parts) == line
    assert {topic for _, topic in parts} - {None} == set(topics)


@pytest.mark.parametrize(
    ("tagged", "earns", "rate"), [*product([True, False], [True, False], [0, 1])]
)
def test_whoever_may_earn_by_a_note_says_so(tagged: bool, earns: bool, rate: int) -> None:
    must = must_disclose(tagged=tagged, earns=earns, rate_bp=rate)

    assert must is (tagged and earns and rate == 1)
