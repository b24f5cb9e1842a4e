//! What streets are called, in English and in Chinese.

use super::RoadKind;

const STEMS: [(&str, &str); 96] = [
    ("Alder", "桤木"),
    ("Anchor", "船锚"),
    ("Apple", "苹果"),
    ("Ash", "白蜡"),
    ("Aspen", "山杨"),
    ("Baker", "面包师"),
    ("Barley", "大麦"),
    ("Beacon", "灯塔"),
    ("Beech", "山毛榉"),
    ("Bell", "钟楼"),
    ("Birch", "白桦"),
    ("Blackbird", "乌鸫"),
    ("Bramble", "黑莓"),
    ("Brewer", "酿酒"),
    ("Bridge", "桥头"),
    ("Brook", "溪边"),
    ("Canal", "运河"),
    ("Carter", "车夫"),
    ("Castle", "城堡"),
    ("Cedar", "雪松"),
    ("Chapel", "礼堂"),
    ("Cherry", "樱桃"),
    ("Chestnut", "板栗"),
    ("Clover", "三叶草"),
    ("Cobbler", "鞋匠"),
    ("Cooper", "木桶"),
    ("Copper", "红铜"),
    ("Coral", "珊瑚"),
    ("Crane", "白鹤"),
    ("Cypress", "柏树"),
    ("Dove", "鸽子"),
    ("Elder", "接骨木"),
    ("Elm", "榆树"),
    ("Falcon", "猎鹰"),
    ("Fern", "蕨草"),
    ("Ferry", "渡口"),
    ("Fisher", "渔人"),
    ("Flax", "亚麻"),
    ("Fountain", "喷泉"),
    ("Fox", "狐狸"),
    ("Gable", "山墙"),
    ("Garden", "花园"),
    ("Gate", "城门"),
    ("Glass", "玻璃"),
    ("Granary", "粮仓"),
    ("Hazel", "榛子"),
    ("Heron", "苍鹭"),
    ("Hill", "小山"),
    ("Holly", "冬青"),
    ("Honey", "蜂蜜"),
    ("Hornbeam", "鹅耳枥"),
    ("Iron", "铁匠"),
    ("Ivy", "常春藤"),
    ("Juniper", "杜松"),
    ("Kestrel", "红隼"),
    ("Lantern", "灯笼"),
    ("Larch", "落叶松"),
    ("Lark", "云雀"),
    ("Lavender", "薰衣草"),
    ("Lilac", "丁香"),
    ("Linden", "椴树"),
    ("Lock", "船闸"),
    ("Maple", "枫树"),
    ("Market", "集市"),
    ("Mason", "石匠"),
    ("Meadow", "草地"),
    ("Mill", "磨坊"),
    ("Mint", "薄荷"),
    ("Moor", "荒原"),
    ("Mulberry", "桑树"),
    ("Nightingale", "夜莺"),
    ("Oak", "橡树"),
    ("Orchard", "果园"),
    ("Otter", "水獭"),
    ("Pear", "梨花"),
    ("Pine", "松树"),
    ("Plover", "鸻鸟"),
    ("Plum", "李子"),
    ("Poplar", "杨树"),
    ("Quarry", "采石"),
    ("Raven", "渡鸦"),
    ("Reed", "芦苇"),
    ("Robin", "知更鸟"),
    ("Rowan", "花楸"),
    ("Sail", "船帆"),
    ("Salt", "盐仓"),
    ("Spring", "泉水"),
    ("Spruce", "云杉"),
    ("Station", "车站"),
    ("Swallow", "燕子"),
    ("Tanner", "制革"),
    ("Thistle", "蓟花"),
    ("Tower", "塔楼"),
    ("Walnut", "核桃"),
    ("Weaver", "织布"),
    ("Willow", "柳树"),
];

const KINDS: [(&str, &str); 9] = [
    ("Street", "街"),
    ("Lane", "巷"),
    ("Road", "路"),
    ("Way", "道"),
    ("Close", "里"),
    ("Row", "弄"),
    ("Walk", "径"),
    ("Gardens", "苑"),
    ("Rise", "坡"),
];

const RADIALS: [(&str, &str); 8] = [
    ("East Gate Road", "东门大道"),
    ("Northfield Road", "北野大道"),
    ("Abbey Road", "修院大道"),
    ("Westbourne Road", "西溪大道"),
    ("Mill Hill Road", "磨山大道"),
    ("Southwold Road", "南林大道"),
    ("Harbour Road", "港口大道"),
    ("Priory Road", "古寺大道"),
];

/// The word that names street number `n`, to name shops alike.
pub(crate) fn stem(n: u64, chinese: bool) -> &'static str {
    let (en, zh) = STEMS[(n % STEMS.len() as u64) as usize];
    if chinese { zh } else { en }
}

pub(super) fn of(kind: RoadKind, number: u32, chinese: bool) -> Option<String> {
    let pick = |(en, zh): (&str, &str)| Some(if chinese { zh } else { en }.to_owned());
    match (kind, number) {
        (RoadKind::MotorwayLink, _) => None,
        (RoadKind::Motorway, _) => pick(("North Motorway", "北部高速公路")),
        (RoadKind::Service, _) => pick(("Harbour Lane", "海港路")),
        (_, 0) => pick(("Outer Ring", "外环路")),
        (_, 1) => pick(("Inner Ring", "内环路")),
        (_, 2..=9) => pick(RADIALS[number as usize - 2]),
        (_, 20) => pick(("Market Square", "集市广场")),
        (_, 30) => pick(("North Quay", "北岸码头")),
        (_, 31) => pick(("South Quay", "南岸码头")),
        _ => {
            // Neighbouring numbers are neighbouring streets: they should not sound alike.
            let number = u64::from(number);
            let kind = KINDS[(number * 5 / 7 % KINDS.len() as u64) as usize];
            let stem = stem(number * 37, chinese);
            Some(if chinese { format!("{stem}{}", kind.1) } else { format!("{stem} {}", kind.0) })
        }
    }
}
