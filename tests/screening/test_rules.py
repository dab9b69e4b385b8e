"""What screening finds, and what it leaves alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.screening.api import screen

pytestmark = pytest.mark.pure

FOUND = [
    ("contact-phone", "有需要打我电话 138 0013 8000 哦"),
    ("contact-phone", "１３８００１３８０００"),
    ("contact-phone", "一三八零零一三八零零零，随时联系"),
    ("contact-phone", "138-0013-8000"),
    ("contact-phone", "①③⑧00138000"),
    ("contact-wechat", "加我微信 abc12345 拿优惠"),
    ("contact-wechat", "薇❤信".replace("❤", "") + "：lily_2024".replace("_", "")),
    ("contact-wechat", "V X: lily20240"),
    ("contact-wechat", "my WeChat id: teafriend8"),
    ("contact-qq", "扣扣群 123456789"),
    ("contact-qq", "QQ：4 5 6 7 8 9 0"),
    ("contact-hint", "想要的加微"),
    ("contact-hint", "私我拿链接"),
    ("contact-link", "看这里 https://example.org/x"),
    ("contact-link", "w w w . shop123 . com"),
    ("claim-absolute", "全 网 最 低 价！"),
    ("claim-medical", "三天瘦10斤".replace("三", "3")),
    ("claim-medical", "根治痘痘"),
    ("review-bought", "好评返现 5 元"),
    ("recruiting", "发 展 下 线 躺赚"),
]

LEFT_ALONE = [
    "今天在微信读书上看完了这本书",
    "微信支付很方便",
    "型号 13800138000 的那一款",
    "这支口红很显白，129 元，色号 07",
    "跑了 10 公里，用时 58 分 32 秒",
    "wechat is an app I use every day",
    "治愈系的午后，一杯拿铁",
    "第一次烤戚风就成功了",
    "订单 202411240001234 还没到",
    "身高 165 体重 50 穿 M 码",
    "The lens is 50mm f/1.8 and costs 1299",
    "qq 糖真好吃",
    "买了 3 个，一共 4567 元",
    "最好先试一下小样",
    "妆前乳 → 粉底 → 散粉，顺序别错",
]


@pytest.mark.parametrize(("rule", "text"), FOUND)
def test_finds(rule: str, text: str) -> None:
    assert rule in {flag.rule for flag in screen({"body": text}).flags}


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_leaves_alone(text: str) -> None:
    assert screen({"body": text}).flags == ()


def test_names_the_span_in_the_text_as_it_was_written() -> None:
    text = "真的好用！加我 微 信：ａbc 12345"

    flag = screen({"title": "好物", "body": text}).flags[0]

    assert flag.field == "body"
    assert text[flag.start : flag.end].endswith("ａbc 12345")
    assert "微 信" in text[flag.start : flag.end]
    assert flag.refuse
    assert flag.why


def test_what_can_be_meant_well_does_not_bar_the_text() -> None:
    verdict = screen({"body": "国家级景区真美"})

    assert [flag.rule for flag in verdict.flags] == ["claim-absolute"]
    assert verdict.refused == ()


@given(st.text(max_size=300))
def test_any_text_is_screened_and_spans_lie_inside_it(text: str) -> None:
    for flag in screen({"body": text}).flags:
        assert 0 <= flag.start < flag.end <= len(text)


@given(st.text(alphabet=" \u200b.-·", max_size=6), st.integers(0, 10))
def test_spacing_hides_nothing(spacing: str, place: int) -> None:
    number = "13800138000"

    rules = {
        flag.rule for flag in screen({"body": number[:place] + spacing + number[place:]}).flags
    }

    assert "contact-phone" in rules
