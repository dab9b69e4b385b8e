"""The demo town's notes: author, title, words, goods on the picture, age in hours, likes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """A note; ``goods`` are keys of the town's goods, in the order of their places.

    With ``headline`` the picture is a text cover, else a studio scene. ``emoji`` fills the picture
    of a note that tags nothing.
    """

    author: str
    title: str
    body: str
    goods: tuple[str, ...]
    hours_ago: int
    likes: int
    headline: tuple[str, ...] = ()
    emoji: tuple[str, ...] = ()


NOTES = (
    Words(
        "xiaolu",
        "早八伪素颜，三件套就够了",
        "通勤八点出门、七点五十才起的人有救了。底妆只用一层，口红当腮红拍开，整个人立刻有气色。三件东西我都空瓶过，色号放在标签里，直接点图就能看到价格。\n#早八妆 #通勤",
        ("lip", "lotion", "nails"),
        5,
        1204,
    ),
    Words(
        "ayou",
        "通勤包怎么选？5只实测",
        "背了三个月，五只包的自重、容量和肩带都量过。结论写前面：每天带电脑的选托特，只带手机和口红的，口金小包就够。磨损照片在第二段，不藏。\n#通勤 #包包测评",
        ("bag", "purse"),
        20,
        897,
        ("通勤包怎么选？", "5只实测对比", "附尺码表"),
    ),
    Words(
        "momo_bakes",
        "下午茶续命角，办公室友好",
        "三点钟的办公室需要一点仪式感。单丛用保温杯闷泡会涩，带一只小盖碗只多占一个抽屉角。布丁提前一晚冷藏，月饼切成四份，同事来了刚好一人一块。\n#下午茶 #办公室",
        ("tea", "pudding", "mooncake"),
        30,
        3310,
    ),
    Words(
        "kele",
        "一双鞋走遍春夏，脚感测评",
        "三百公里之后来写。前掌有一点磨，中底没塌。偏软，跑十公里以上会觉得累，五公里和通勤很舒服。袜子是一起穿的，别省，磨脚多半是袜子的问题。\n#跑步 #装备",
        ("runners", "socks", "cap"),
        44,
        12034,
    ),
    Words(
        "kele",
        "露营装备清单｜新手照抄",
        "第一次露营只要三样：能站稳的帐篷、亮得够久的灯、背得动的包。锅可以借，椅子可以不带，这三样别将就。清单里的重量我都上秤称过，加起来不到五公斤。\n#露营 #新手",
        ("tent", "torch", "pack"),
        60,
        1320,
        ("露营装备清单", "新手照抄不踩坑"),
    ),
    Words(
        "linjian",
        "租房改造，300元氛围感",
        "房东的白灯换不了，就让它不亮。一盏小夜灯、一支蜡烛、一盆龟背竹，晚上七点以后整个房间是暖的。搬走的时候一只纸箱装完。\n#租房 #改造",
        ("plant", "candle", "lamp"),
        75,
        5602,
    ),
    Words(
        "desk_notes",
        "Quiet desk, 3 things",
        "I removed everything, then put back what I missed within a week. A stand so the neck stays straight, headphones for the afternoon, one mug. The rest went into a drawer and nobody asked for it.\n#desk #focus",
        ("laptop_stand", "phones", "mug"),
        90,
        2450,
    ),
    Words(
        "momo_bakes",
        "草莓季限定，这家切片真的绝",
        "奶油是动物奶油，放半小时会塌，所以要么马上吃，要么再放回冰箱。草莓夹层里也有，不是只铺一层。四个人分一个六寸，吃完不腻。\n#草莓 #蛋糕",
        ("cake", "berry", "cupcake"),
        101,
        8431,
    ),
    Words(
        "xiaolu",
        "敏感肌换季，早晚护肤步骤",
        "换季烂脸三年之后总结的：早上只用清水，晚上洗面皂一遍，身体乳擦脖子以下。越少越稳。这篇没有任何一步是必须买东西的，标签里的是我在用的。\n#敏感肌 #换季",
        ("lotion", "soap"),
        118,
        2011,
        ("敏感肌换季", "早晚护肤步骤"),
    ),
    Words(
        "ayou",
        "一条蓝裙子穿三种风格",
        "上班：配软底中跟和托特。约会：换口红和小包。周末：帽子一扣，跑鞋也能穿。小个子注意裙长，我 158 穿 S 到小腿肚上面一点。\n#穿搭 #小个子",
        ("dress", "heels", "bag"),
        130,
        6120,
    ),
    Words(
        "linjian",
        "养不死的桌面绿植",
        "办公室没有阳光，试死过五盆。活下来的只有水培和龟背竹。关键是别天天浇水，手指插进土里两厘米，干了再浇。\n#植物 #租房",
        ("fern", "plant"),
        150,
        921,
    ),
    Words(
        "desk_notes",
        "考研桌面，效率神器",
        "去年备考用的就是这几样。本子摊得平，笔不断墨，耳机一戴图书馆就是我的。计划写在左页，做完的写在右页，每天看右页比看左页有用。\n#考研 #书桌",
        ("notebook", "pen", "phones"),
        166,
        1432,
        ("考研桌面", "真正用到的三样"),
    ),
    Words(
        "kele",
        "凌晨四点的山脊线",
        "为了看一次日出，两点起床。灯的低档刚好照亮脚下，不晃别人的眼睛。山顶风很大，帐篷没有全开，缩在里面喝了一杯热水，值得。\n#露营 #日出",
        ("torch", "bottle"),
        190,
        4205,
    ),
    Words(
        "momo_bakes",
        "周末烘焙，零失败戚风",
        "蛋白打到小弯钩就停，倒扣一定要等凉透。配方：蛋 5、糖 60、油 45、奶 50、粉 85。烤箱 150 度 50 分钟，每台脾气不同，第一次别走开。\n#烘焙 #配方",
        (),
        210,
        15302,
        ("周末烘焙", "零失败戚风蛋糕"),
        ("1f370", "1f95a"),
    ),
    Words(
        "xiaolu",
        "一支口红的四种涂法",
        "薄涂：气色。晕染：咬唇。叠加唇膏：水光。点在脸颊：腮红。豆沙色最不挑人，正红留给需要底气的那天。\n#口红 #教程",
        ("lip",),
        230,
        3321,
    ),
    Words(
        "ayou",
        "小个子的鞋，跟高的秘密",
        "五厘米是分水岭，再高就要看前掌厚度。软底的不显笨，走路声音也小，开会迟到不会被听见。\n#小个子 #鞋",
        ("heels", "socks"),
        255,
        1877,
    ),
    Words(
        "linjian",
        "一个人搬得动的沙发",
        "四楼没电梯，我自己扛上去的。布套能拆下来机洗，猫抓过也看不太出来。缺点：坐久了腰后面要塞个枕头。\n#租房 #家具",
        ("sofa", "frame"),
        280,
        2604,
    ),
    Words(
        "desk_notes",
        "Slow coffee, easy",
        "One mug, one kettle, fifteen grams. Grind coarser than you think, pour slower than you want. If it tastes sour, wait thirty seconds longer; if bitter, thirty less.\n#coffee #slow",
        ("mug",),
        300,
        640,
        ("Slow coffee", "for beginners"),
    ),
    Words(
        "kele",
        "背包客的第一只包",
        "四十升够三天两晚。装包顺序：睡袋最下，重的贴背，雨衣最上。腰封要扣紧，重量应该在胯上，不在肩上。\n#徒步 #新手",
        ("pack", "socks", "bottle"),
        330,
        1204,
    ),
    Words(
        "momo_bakes",
        "单丛怎么泡才不涩",
        "水温降到八十五度，出汤要快，前三泡十五秒以内。鸭屎香名字难听，其实是栀子花的味道。\n#茶 #下午茶",
        ("tea",),
        360,
        2207,
    ),
    Words(
        "xiaolu",
        "穿戴甲不掉的小技巧",
        "先用酒精擦指甲，再锉一下表面，果冻胶从边上贴起。洗碗戴手套，能撑满一周。\n#美甲",
        ("nails",),
        400,
        980,
    ),
    Words(
        "linjian",
        "三面墙，一幅画",
        "画框挂得比你想的低一点，坐下来平视最舒服。无痕钉要贴够二十四小时再挂。\n#改造 #装饰",
        ("frame", "lamp"),
        430,
        733,
    ),
    Words(
        "desk_notes",
        "What I quit buying",
        "Cable boxes, desk mats, a second monitor. A notebook that lies flat and a pen that works did more for me than all of it. Honest list, no links needed.\n#desk #minimal",
        ("notebook", "pen"),
        470,
        3120,
        ("What I quit", "buying"),
    ),
    Words(
        "ayou",
        "换季衣橱，十件够了",
        "拍了一整面墙才发现常穿的就十件。连衣裙两条，鞋三双，帽子一顶。剩下的都在等一个不会来的场合。\n#穿搭 #极简",
        ("dress", "cap"),
        520,
        5230,
    ),
    Words(
        "kele",
        "帐篷漏水？先看这里",
        "九成不是帐篷的问题，是外帐没绷紧。雨前检查四个角，拉绳四十五度。缝线处刷一遍防水胶，一年一次就够。\n#露营 #教程",
        ("tent",),
        560,
        1920,
    ),
    Words(
        "nian",
        "今天的猫和今天的云",
        "没有要推荐的东西，就是猫趴在窗台上看云，看了一下午。\n#日常",
        (),
        12,
        402,
        (),
        ("1f431", "2601"),
    ),
    Words(
        "dashu",
        "第一次做饭给爸妈吃",
        "番茄炒蛋放多了糖，我爸说好吃，我妈笑了一晚上。\n#日常 #做饭",
        (),
        36,
        2310,
        (),
        ("1f373", "1f345"),
    ),
    Words(
        "momo_bakes",
        "杯子蛋糕，小朋友生日款",
        "糖减三成也好吃。彩糖最后撒，早了会化色。十二只刚好一个班级小组。\n#烘焙 #生日",
        ("cupcake", "pudding"),
        600,
        812,
    ),
    Words(
        "xiaolu",
        "通勤包里的五样东西",
        "口红、身体乳小样、梳子、钱包、一支笔。多一样都嫌重。\n#通勤",
        ("lip", "comb", "purse", "pen"),
        640,
        1502,
    ),
    Words(
        "desk_notes",
        "Light for late hours",
        "A warm lamp at seven, a dim one at ten. The screen gets darker by itself, so should the room. Sleep got better in a week.\n#desk #sleep",
        ("lamp", "candle"),
        690,
        1104,
    ),
)
