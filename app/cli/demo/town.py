"""The demo town: people, shops and goods. Every name is invented."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Who:
    """A person of the town; ``face`` is an emoji, ``role`` what one may look around as."""

    handle: str
    name: str
    bio: str
    face: str
    creator: bool = False
    role: str = ""


@dataclass(frozen=True, slots=True)
class Firm:
    """A merchant or a brand, the handle of somebody who belongs to it, and its commission."""

    handle: str
    name: str
    about: str
    member: str
    rate_bp: int | None = None


@dataclass(frozen=True, slots=True)
class Good:
    """A product: its key in this file, what it is, who sells it, its emoji, its variants."""

    key: str
    name: str
    merchant: str
    brand: str
    category: str
    emoji: str
    skus: tuple[tuple[str, int, int], ...]
    """Name, price in fen, stock."""
    about: str
    attributes: tuple[tuple[str, str], ...] = ()


PEOPLE = (
    Who("xiaolu", "小鹿", "通勤妆教程｜只写用到空瓶的东西", "1f467", creator=True, role="creator"),
    Who("ayou", "阿柚", "小个子穿搭，158/46，附尺码", "1f469-200d-1f9b1", creator=True),
    Who(
        "momo_bakes", "Momo", "周末烘焙和下午茶，配方都写在正文里", "1f469-200d-1f373", creator=True
    ),
    Who("linjian", "林间", "租房改造，预算三百以内", "1f9d1", creator=True),
    Who("kele", "可乐加冰", "露营和徒步，装备都自己背过", "1f9d4", creator=True),
    Who(
        "desk_notes",
        "Chen Yi",
        "A quiet desk, good tools, honest words",
        "1f9d1-200d-1f4bb",
        creator=True,
    ),
    Who("reader_wen", "小文", "看得多，买得少", "1f469", role="reader"),
    Who("dashu", "大树", "", "1f468"),
    Who("nian", "念念", "猫和植物", "1f9d1-200d-1f9b0"),
    Who("tang", "糖糖", "", "1f471-200d-2640"),
    Who("qiu", "秋秋", "努力早睡", "1f475"),
    Who("li_mo", "Li Mo", "", "1f9d3"),
    Who("suyan_pr", "素颜品牌", "素颜的人", "1f469-200d-1f4bc", role="brand"),
    Who("heli_staff", "禾里小铺", "发货、售后都找我", "1f9d1-200d-1f33e", role="merchant"),
    Who("shanwai_staff", "山外客服", "", "1f9d1-200d-1f527"),
    Who("guang_staff", "一束光", "", "1f9d1-200d-1f3a8"),
)

MERCHANTS = (
    Firm("heli", "禾里生活", "美妆、衣帽、点心，当日发货", "heli_staff", 1_000),
    Firm("shanwai", "山外户外", "轻量露营和徒步装备", "shanwai_staff", 1_500),
    Firm("yishuguang", "一束光家居", "灯、植物和书桌上的小东西", "guang_staff", 800),
    Firm("laojie", "老街杂货", "不付佣金，但东西实在", "guang_staff", None),
)

BRANDS = (
    Firm("suyan", "素颜 Suyan", "成分写在正面的彩妆和护理", "suyan_pr"),
    Firm("mumian", "木棉 Mumian", "小个子也合身的衣帽鞋包", "heli_staff"),
    Firm("shanyin", "山音 Shanyin", "背得动的户外", "shanwai_staff"),
    Firm("muguang", "暮光 Muguang", "房间里的光", "guang_staff"),
)

GOODS = (
    Good(
        "lip",
        "丝绒哑光口红",
        "heli",
        "suyan",
        "美妆 > 唇部",
        "1f484",
        (("07 豆沙", 12_900, 60), ("12 正红", 12_900, 4), ("15 奶茶", 13_900, 25)),
        "薄涂一层就有气色，不拔干。膏体 3.2 克，按一天一涂能用四个月。",
        (("净含量", "3.2g"), ("质地", "哑光")),
    ),
    Good(
        "lotion",
        "氨基酸身体乳 300ml",
        "heli",
        "suyan",
        "美妆 > 身体护理",
        "1f9f4",
        (("300ml", 8_900, 120),),
        "推开即化，十秒吸收。无香，敏感肌可用，成分表一共十一种。",
        (("净含量", "300ml"),),
    ),
    Good(
        "nails",
        "穿戴甲·春日款",
        "heli",
        "suyan",
        "美妆 > 美甲",
        "1f485",
        (("短款", 4_900, 30), ("中长款", 4_900, 0)),
        "二十四片，附锉刀和果冻胶。能戴五到七天，卸下还能再用。",
    ),
    Good(
        "soap",
        "手工洗面皂",
        "laojie",
        "suyan",
        "美妆 > 清洁",
        "1f9fc",
        (("橄榄", 3_600, 80), ("燕麦", 3_900, 70)),
        "冷制四十天，泡沫细，不紧绷。",
    ),
    Good(
        "comb",
        "榉木宽齿梳",
        "laojie",
        "mumian",
        "美妆 > 工具",
        "1faae",
        (("单把", 2_800, 50),),
        "齿缝圆润不挂发，适合卷发和湿发。",
    ),
    Good(
        "dress",
        "法式收腰连衣裙",
        "heli",
        "mumian",
        "穿搭 > 裙装",
        "1f457",
        (("S 雾蓝", 25_900, 12), ("M 雾蓝", 25_900, 9), ("L 雾蓝", 25_900, 2)),
        "小个子版型，裙长 98 厘米，腰线往上提了三厘米。可机洗。",
        (("面料", "棉 70% 麻 30%"),),
    ),
    Good(
        "heels",
        "软底中跟鞋",
        "heli",
        "mumian",
        "穿搭 > 鞋",
        "1f460",
        (("36", 19_900, 6), ("37", 19_900, 8), ("38", 19_900, 8)),
        "五厘米跟，前掌垫了乳胶，通勤走八千步不打脚。",
    ),
    Good(
        "bag",
        "通勤托特包",
        "heli",
        "mumian",
        "穿搭 > 包",
        "1f45c",
        (("奶茶色", 22_900, 18), ("墨绿", 22_900, 5)),
        "放得下 14 寸电脑和保温杯，自重 620 克。",
    ),
    Good(
        "purse",
        "口金小钱包",
        "laojie",
        "mumian",
        "穿搭 > 包",
        "1f45b",
        (("玫红", 5_900, 40),),
        "手掌大小，放得下卡和零钱，扣上有脆响。",
    ),
    Good(
        "cap",
        "速干棒球帽",
        "shanwai",
        "shanyin",
        "户外 > 帽",
        "1f9e2",
        (("湖蓝", 7_900, 45),),
        "可折叠，汗带能拆下来洗。",
    ),
    Good(
        "runners",
        "轻量慢跑鞋",
        "shanwai",
        "shanyin",
        "户外 > 鞋",
        "1f45f",
        (("39", 32_900, 7), ("41", 32_900, 10), ("43", 32_900, 3)),
        "单只 218 克，中底偏软，适合五公里以内的慢跑和通勤。",
        (("重量", "218g"),),
    ),
    Good(
        "socks",
        "美利奴羊毛袜",
        "shanwai",
        "shanyin",
        "户外 > 袜",
        "1f9e6",
        (("两双", 6_900, 90),),
        "三天不洗也没有味道，是真的试过。",
    ),
    Good(
        "tent",
        "两人轻量帐篷",
        "shanwai",
        "shanyin",
        "户外 > 帐篷",
        "26fa",
        (("草绿", 89_900, 6),),
        "含地钉 1.9 公斤，双层，前厅放得下两只背包。新手十分钟搭好。",
        (("重量", "1.9kg"),),
    ),
    Good(
        "torch",
        "可充电手电",
        "shanwai",
        "shanyin",
        "户外 > 照明",
        "1f526",
        (("标准", 9_900, 55),),
        "最亮 900 流明，低档能亮三十小时，充电口有橡胶塞。",
    ),
    Good(
        "pack",
        "40 升徒步背包",
        "shanwai",
        "shanyin",
        "户外 > 背包",
        "1f392",
        (("酒红", 45_900, 9),),
        "背板可调，腰封能放手机。空包 1.3 公斤。",
    ),
    Good(
        "bottle",
        "钛杯 450ml",
        "shanwai",
        "shanyin",
        "户外 > 炊具",
        "1fad6",
        (("单层", 15_900, 20),),
        "能直接上火，自重 78 克。",
    ),
    Good(
        "lamp",
        "月球小夜灯",
        "yishuguang",
        "muguang",
        "家居 > 灯",
        "1f4a1",
        (("暖光", 6_600, 33), ("双色", 8_600, 14)),
        "拍一拍换亮度，睡前一小时自动变暗。",
    ),
    Good(
        "candle",
        "大豆蜡香薰蜡烛",
        "yishuguang",
        "muguang",
        "家居 > 香氛",
        "1f56f",
        (("雪松", 5_800, 40), ("无花果", 5_800, 38)),
        "燃烧四十小时，烟很少，杯子用完可以插笔。",
    ),
    Good(
        "plant",
        "龟背竹小盆栽",
        "yishuguang",
        "muguang",
        "家居 > 植物",
        "1fab4",
        (("15cm 盆", 3_900, 26),),
        "发货前缓苗两周，带一页养护说明。一周浇一次水。",
    ),
    Good(
        "fern",
        "桌面绿植扦插套装",
        "yishuguang",
        "muguang",
        "家居 > 植物",
        "1f33f",
        (("一套", 2_600, 60),),
        "三支插穗、水苔和玻璃瓶，适合没养过植物的人。",
    ),
    Good(
        "sofa",
        "单人布艺沙发",
        "yishuguang",
        "muguang",
        "家居 > 家具",
        "1f6cb",
        (("燕麦色", 79_900, 4),),
        "可拆洗，一个人能搬上楼，组装二十分钟。",
    ),
    Good(
        "frame",
        "榉木画框 A3",
        "yishuguang",
        "muguang",
        "家居 > 装饰",
        "1f5bc",
        (("原木", 7_200, 22),),
        "正反都能挂，附无痕钉。",
    ),
    Good(
        "laptop_stand",
        "铝合金电脑支架",
        "yishuguang",
        "muguang",
        "书桌 > 支架",
        "1f4bb",
        (("银色", 13_900, 30),),
        "抬高 15 厘米，打字不晃。Holds a 16 inch laptop, folds flat.",
        (("Material", "aluminium"),),
    ),
    Good(
        "phones",
        "头戴降噪耳机",
        "yishuguang",
        "muguang",
        "书桌 > 音频",
        "1f3a7",
        (("灰", 49_900, 11),),
        "降噪够用，重点是轻：238 克，戴一下午不夹头。Quiet, light, 30 hours.",
        (("Weight", "238g"),),
    ),
    Good(
        "mug",
        "粗陶马克杯",
        "laojie",
        "muguang",
        "书桌 > 杯",
        "2615",
        (("350ml", 4_200, 70),),
        "手工拉坯，每只釉色都不一样。",
    ),
    Good(
        "notebook",
        "点阵笔记本",
        "laojie",
        "muguang",
        "书桌 > 文具",
        "1f4d3",
        (("A5", 2_900, 150),),
        "100 克纸，不洇墨，能摊平。Lies flat, dot grid, 160 pages.",
    ),
    Good(
        "pen",
        "按动中性笔三支装",
        "laojie",
        "muguang",
        "书桌 > 文具",
        "1f58a",
        (("黑", 1_500, 300),),
        "0.5 毫米，写到最后一滴。",
    ),
    Good(
        "tea",
        "凤凰单丛茶 100g",
        "heli",
        "suyan",
        "美食 > 茶",
        "1f375",
        (("蜜兰香", 9_800, 48), ("鸭屎香", 12_800, 20)),
        "春茶，炭焙两道。八十五度的水，十五秒出汤，能泡九次。",
    ),
    Good(
        "mooncake",
        "流心月饼礼盒",
        "heli",
        "suyan",
        "美食 > 点心",
        "1f96e",
        (("六枚", 12_800, 15),),
        "咸蛋黄流心，冷藏二十分钟后切，不会流得到处都是。",
    ),
    Good(
        "pudding",
        "焦糖布丁四杯",
        "heli",
        "suyan",
        "美食 > 点心",
        "1f36e",
        (("四杯", 3_900, 25),),
        "当天做当天发，冷藏三天。",
    ),
    Good(
        "cake",
        "草莓奶油蛋糕 6 寸",
        "heli",
        "suyan",
        "美食 > 蛋糕",
        "1f370",
        (("6 寸", 16_800, 8),),
        "动物奶油，草莓在夹层里也有。同城配送。",
    ),
    Good(
        "cupcake",
        "彩糖杯子蛋糕四只",
        "heli",
        "suyan",
        "美食 > 蛋糕",
        "1f9c1",
        (("四只", 5_200, 18),),
        "甜度减了三成，小朋友生日刚好。",
    ),
    Good(
        "berry",
        "丹东草莓 2 斤",
        "heli",
        "suyan",
        "美食 > 水果",
        "1f353",
        (("2 斤", 8_800, 30),),
        "清晨采摘，坏果包赔。",
    ),
)
