//! What the warehouse sells: `catalogue.txt`, read into products. Names and prices are fixed; how they sell is seeded.

/// Which of the three rooms a product is kept in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ZoneKind {
    /// 15 to 25 °C.
    Ambient,
    /// 2 to 6 °C.
    Chilled,
    /// −25 to −18 °C.
    Frozen,
}

/// How a product moves over the year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Season {
    Flat,
    Summer,
    Winter,
}

/// One product of the catalogue, before any seed.
#[derive(Clone, Debug)]
pub(crate) struct Product {
    pub category: &'static str,
    pub name: String,
    pub name_zh: String,
    pub zone: ZoneKind,
    pub season: Season,
    /// Bought for Chinese New Year.
    pub new_year: bool,
    /// Bought on Black Friday.
    pub black_friday: bool,
    /// Boxes and tins people give away: the strongest move before a holiday.
    pub gift: bool,
    /// 1-based rows of [`SUPPLIERS`], the first the likeliest.
    pub suppliers: [usize; 3],
    /// Lines a day against the average product.
    pub popularity: f64,
    pub pack: i64,
    /// Hundredths.
    pub cost: i64,
}

/// Code, name, Chinese name, days from order to arrival, share of deliveries on time in thousandths.
pub(crate) const SUPPLIERS: [(&str, &str, &str, u16, u16); 18] = [
    ("SUP-01", "Northgate Dairy", "北门乳业", 2, 985),
    ("SUP-02", "Meadow & Field Fresh", "田野鲜食", 2, 970),
    ("SUP-03", "Jiangnan Tofu Works", "江南豆制品", 3, 975),
    ("SUP-04", "Harbour Seafood", "海港水产", 5, 940),
    ("SUP-05", "Polar Foods", "极地冷冻食品", 7, 955),
    ("SUP-06", "Golden Wok Frozen", "金锅速冻食品", 6, 960),
    ("SUP-07", "Lakeside Beverages", "湖畔饮料", 4, 975),
    ("SUP-08", "Stonebridge Brewery", "石桥酒业", 6, 965),
    ("SUP-09", "Cloud Mountain Tea", "云山茶业", 14, 930),
    ("SUP-10", "Harvest Grain", "丰收粮油", 9, 960),
    ("SUP-11", "Pantry Brands", "百味食品", 8, 965),
    ("SUP-12", "Sunrise Snacks", "朝阳零食", 10, 950),
    ("SUP-13", "Sweet Valley Confectionery", "甜谷糖果", 12, 945),
    ("SUP-14", "BrightHome Household", "亮家日化", 11, 970),
    ("SUP-15", "SoftPaper Mills", "柔纸纸业", 7, 980),
    ("SUP-16", "CarePlus Personal Care", "康护个人护理", 18, 940),
    ("SUP-17", "Little Steps Baby", "小步母婴", 25, 925),
    ("SUP-18", "Overseas Trading", "远洋进口贸易", 45, 880),
];

const TEXT: &str = include_str!("catalogue.txt");

/// All products in the order of the file. A line that does not fit its format is left out; a test holds the count.
pub(crate) fn products() -> Vec<Product> {
    let mut products = Vec::with_capacity(400);
    let mut category: Option<Product> = None;
    for line in TEXT.lines().filter(|line| !line.starts_with('#')) {
        if line.starts_with(' ') {
            if let Some(category) = &category {
                variants(line.trim(), category, &mut products);
            }
        } else {
            category = heading(line);
        }
    }
    products
}

fn heading(line: &'static str) -> Option<Product> {
    let mut fields = line.split(';');
    let (category, _zh) = fields.next()?.split_once('|')?;
    let zone = match fields.next()? {
        "A" => ZoneKind::Ambient,
        "C" => ZoneKind::Chilled,
        "F" => ZoneKind::Frozen,
        _ => return None,
    };
    let season = match fields.next()? {
        "S" => Season::Summer,
        "W" => Season::Winter,
        _ => Season::Flat,
    };
    let events = fields.next()?;
    let mut suppliers = [0; 3];
    for (slot, text) in suppliers.iter_mut().zip(fields.next()?.split(',')) {
        *slot = text.parse().ok().filter(|row| (1..=SUPPLIERS.len()).contains(row))?;
    }
    Some(Product {
        category,
        name: String::new(),
        name_zh: String::new(),
        zone,
        season,
        new_year: events.contains('C'),
        black_friday: events.contains('B'),
        gift: false,
        suppliers,
        popularity: fields.next()?.parse().ok()?,
        pack: 1,
        cost: 0,
    })
}

fn variants(line: &'static str, category: &Product, into: &mut Vec<Product>) -> Option<()> {
    let mut fields = line.split(';');
    let (name, name_zh) = fields.next()?.split_once('|')?;
    let pack: i64 = fields.next()?.parse().ok()?;
    let cost: i64 = fields.next()?.parse().ok()?;
    for variant in fields.next()?.split(',') {
        let (variant, own_cost) =
            variant.split_once('@').map_or((variant, None), |(v, c)| (v, c.parse::<i64>().ok()));
        let (en, zh) = variant.split_once('=')?;
        let cost = own_cost.unwrap_or(cost);
        into.push(Product {
            name: format!("{name} {en}"),
            name_zh: format!("{name_zh} {zh}"),
            gift: en.contains("gift")
                || en.contains("New Year")
                || name.ends_with(" tin")
                || name.ends_with(" box"),
            // A case of something dear is a small case.
            pack: if cost > 900 { pack.min(4) } else { pack },
            cost,
            ..category.clone()
        });
    }
    Some(())
}
