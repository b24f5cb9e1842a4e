//! A report of a small site, with something in every section.

use charts::map::{
    Bounds, Look, MapChart, OSM_ATTRIBUTION, Place, PlaceKind, RoadLine, RouteLine, VisitState, Weight,
};
use charts::{
    Allowed, Lang, Limit, LimitKind, Point, Quantiles, StockProjection, TimeChart, TimeSeries, Zone,
};
use domain::UnservedReason;
use domain::{ProposalState, Severity};
use reports::{
    AccuracyRow, DailyReport, DayPlan, DeliveryDay, DriverSheet, Excursion, FindingRow, ForecastNote,
    ProposalRow, RouteReport, StockRiskRow, UnservedRow, VisitReport, ZoneReport,
};
use units::{Day, GeoPoint, Metres, Milli, Millis, Money, Permille, Quantity, Timestamp};

/// 2026-11-22, a Sunday.
pub const DAY: Day = Day(20_779);

/// Midnight of [`DAY`] at UTC+8.
pub const MIDNIGHT: i64 = 20_779 * 86_400_000 - 8 * 3_600_000;

const HOUR: i64 = 3_600_000;

fn pick(lang: Lang, en: &str, zh: &str) -> String {
    lang.pick(en, zh).to_owned()
}

fn zone(lang: Lang, name: (&str, &str), middle: f64, limits: (i64, i64), excursion: bool) -> ZoneReport {
    let wave = |n: i64, probe: i64| {
        let hour = n as f64 / 12.0;
        let rise = if excursion && (14.0..15.5).contains(&hour) {
            5.2 * (1.0 - ((hour - 14.75) / 0.75).powi(2))
        } else {
            0.0
        };
        middle + 0.6 * (hour * 2.1 + probe as f64).sin() + 0.25 * (hour * 13.0).cos() + rise
    };
    let series = (0..2).map(|probe| TimeSeries {
        name: format!("T{:02}", probe + 1),
        points: (0..288)
            .map(|n| {
                (!(60..=66).contains(&n)).then(|| {
                    Point::bucket(
                        MIDNIGHT + n * 300_000,
                        wave(n, probe) - 0.1,
                        wave(n, probe) + 0.1,
                        wave(n, probe),
                    )
                })
            })
            .collect(),
        doubts: Vec::new(),
    });
    let (low, high) = (Milli(limits.0), Milli(limits.1));
    let limit = |value: Milli, kind| Limit { value: value.to_f64(), kind, label: String::new() };
    ZoneReport {
        name: pick(lang, name.0, name.1),
        unit: "°C".to_owned(),
        low: Some(low),
        high: Some(high),
        min: Some(Milli::from_f64(middle - 0.9)),
        mean: Some(Milli::from_f64(middle + 0.1)),
        max: Some(Milli::from_f64(middle + if excursion { 5.4 } else { 0.8 })),
        readings: 17_214,
        suspect: if excursion { 3 } else { 0 },
        gap_minutes: if excursion { 35 } else { 0 },
        chart: Some(TimeChart {
            title: pick(lang, name.0, name.1),
            unit: "°C".to_owned(),
            window_ms: (MIDNIGHT, MIDNIGHT + 24 * HOUR),
            zone: Zone::fixed("UTC+8", 480),
            series: series.collect(),
            limits: vec![limit(high, LimitKind::High), limit(low, LimitKind::Low)],
            allowed: Some(Allowed { low: Some(low.to_f64()), high: Some(high.to_f64()) }),
            lang,
            ..TimeChart::default()
        }),
        excursions: if excursion {
            vec![
                Excursion {
                    channel: "T01".to_owned(),
                    start: Timestamp(MIDNIGHT + 14 * HOUR + 9 * 60_000),
                    end: Some(Timestamp(MIDNIGHT + 15 * HOUR + 22 * 60_000)),
                    worst: Milli::from_f64(middle + 5.4),
                    limit: high,
                    high: true,
                    note: pick(
                        lang,
                        "L. Chen: door of dock 3 stood open, closed at 15:05, goods checked",
                        "陈力：3 号月台门未关，15:05 已关闭，货物已检查",
                    ),
                },
                Excursion {
                    channel: "T02".to_owned(),
                    start: Timestamp(MIDNIGHT + 16 * HOUR + 40 * 60_000),
                    end: None,
                    worst: Milli::from_f64(middle + 4.1),
                    limit: high,
                    high: true,
                    note: String::new(),
                },
            ]
        } else {
            Vec::new()
        },
    }
}

const NAMES: [(&str, &str); 6] = [
    ("Oat milk 1 L", "燕麦奶 1 升"),
    (
        "Greek yoghurt, strained, 10 % fat, bucket of 5 kg for caterers",
        "希腊式酸奶，过滤型，脂肪 10 %，餐饮用 5 公斤桶装",
    ),
    ("White hanging heart T-light holder", "白色心形挂式烛台"),
    ("Green tea 250 g", "绿茶 250 克"),
    ("Batteries AA, pack of 24", "五号电池，24 节装"),
    ("Pallet wrap 500 mm", "缠绕膜 500 毫米"),
];

const SUPPLIERS: [(&str, &str); 4] = [
    ("Nordmills Oy", "北方磨坊有限公司"),
    ("Hill Dairy", "山丘乳业"),
    ("", ""),
    ("Leaf & Co", "叶子贸易公司"),
];

/// A proposal; every figure differs by `n`.
pub fn proposal(lang: Lang, n: i64) -> ProposalRow {
    let (name, supplier) = (NAMES[n as usize % NAMES.len()], SUPPLIERS[n as usize % SUPPLIERS.len()]);
    let quantity = Quantity::of(24 + 12 * n);
    let unit_cost = Money(80 + 7 * n);
    ProposalRow {
        sku: format!("SKU-{:05}", 10_001 + n),
        name: pick(lang, name.0, name.1),
        supplier: pick(lang, supplier.0, supplier.1),
        quantity,
        unit_of_measure: if n % 5 == 4 { String::new() } else { "EA".to_owned() },
        unit_cost,
        cost: unit_cost.times(quantity),
        order_by: DAY.plus((n % 9) as i32 - 1),
        state: [ProposalState::Draft, ProposalState::Draft, ProposalState::Approved, ProposalState::Ordered]
            [n as usize % 4],
        decided: if n % 4 > 1 {
            pick(lang, "L. Chen: agreed with the supplier by phone", "陈力：已与供应商电话确认")
        } else {
            String::new()
        },
        cost_of_waiting: Money((50 - n).max(0) * 1_990),
        demand_per_day: 3.37 + n as f64,
        available: Quantity(25_500 - 1_000 * n),
        on_order: Quantity::of(n % 3 * 12),
        safety_stock: Quantity::of(14 + n),
        reorder_point: Quantity::of(61 + n),
        order_up_to: Quantity::of(110 + n),
        lead_time_days: 5,
        review_period_days: 7,
        service_level: Permille(950),
        stock_out_day: (n % 4 != 3).then(|| DAY.plus((n % 11) as i32)),
        stock_out_chance: Some(Permille((820 - 9 * n).max(0) as u16)),
        assumed: if n % 3 == 1 {
            vec![pick(lang, "lead time", "提前期"), pick(lang, "unit cost", "单位成本")]
        } else {
            Vec::new()
        },
        chart: None,
    }
}

fn projection(lang: Lang, n: i64) -> StockProjection {
    let day = |at: i64| {
        let middle = 60.0 - 4.2 * at as f64;
        vec![middle - 2.2 * at as f64, middle, middle + 2.0 * at as f64]
    };
    StockProjection {
        title: pick(lang, NAMES[n as usize].0, NAMES[n as usize].1),
        unit: "EA".to_owned(),
        start: DAY,
        projection: Quantiles { levels: vec![0.1, 0.5, 0.9], values: (0..28).map(day).collect() },
        reorder_point: Some(61.0),
        order_up_to: Some(110.0),
        stock_out_day: Some(DAY.plus(14)),
        lang,
        ..StockProjection::default()
    }
}

/// A day with something in every section.
pub fn full(lang: Lang) -> DailyReport {
    let mut proposals: Vec<ProposalRow> = (0..14).map(|n| proposal(lang, n)).collect();
    for (n, row) in proposals.iter_mut().take(3).enumerate() {
        row.chart = Some(projection(lang, n as i64));
    }
    let stock_at_risk = proposals.iter().take(9).map(|row| StockRiskRow {
        sku: row.sku.clone(),
        name: row.name.clone(),
        unit_of_measure: row.unit_of_measure.clone(),
        available: row.available,
        on_order: row.on_order,
        demand_per_day: row.demand_per_day,
        days_of_cover: Some(row.available.to_f64() / row.demand_per_day),
        stock_out_day: row.stock_out_day,
        stock_out_chance: row.stock_out_chance,
        at_risk: Some(row.cost_of_waiting),
    });
    DailyReport {
        site: pick(lang, "Harbour Lane DC", "港湾路配送中心"),
        day: DAY,
        lang,
        zone: Zone::fixed("UTC+8", 480),
        made_at: Timestamp(MIDNIGHT + 17 * HOUR + 5 * 60_000),
        made_by: pick(lang, "L. Chen", "陈力"),
        demo: true,
        currency: "CNY".to_owned(),
        stock_at_risk: stock_at_risk.collect(),
        items_total: 4_782,
        zones: vec![
            zone(lang, ("Cold room 1", "一号冷藏库"), 4.0, (2_000, 8_000), false),
            zone(lang, ("Cold room 2", "二号冷藏库"), 4.3, (2_000, 8_000), true),
            zone(lang, ("Freezer", "冷冻库"), -20.0, (-25_000, -15_000), false),
            ZoneReport {
                name: pick(lang, "Dock", "月台"), unit: "°C".to_owned(), ..ZoneReport::default()
            },
        ],
        deliveries: Some(delivery_day(lang)),
        proposals,
        forecast: ForecastNote {
            text: pick(
                lang,
                "Weekly forecasts, each chosen by a rolling-origin backtest. RMSSE below 1 beats a one-step naive guess.",
                "每周预测，均通过滚动起点回测选择。RMSSE 低于 1 优于单步朴素预测。",
            ),
            rows: vec![
                AccuracyRow {
                    model: "QuantileNet".to_owned(),
                    provider: "CPU".to_owned(),
                    items: 2_310,
                    rmsse: 0.7312,
                    naive_rmsse: 0.9551,
                },
                AccuracyRow {
                    model: "CrostonSba".to_owned(),
                    provider: "native".to_owned(),
                    items: 1_802,
                    rmsse: 0.812,
                    naive_rmsse: 0.944,
                },
                AccuracyRow {
                    model: "SeasonalNaive".to_owned(),
                    provider: "native".to_owned(),
                    items: 670,
                    rmsse: 0.0,
                    naive_rmsse: 0.0,
                },
            ],
        },
        findings: vec![
            FindingRow {
                severity: Severity::Warning,
                text: pick(
                    lang,
                    "No file gave it: the site's default was assumed",
                    "文件中没有提供：采用站点默认值",
                ),
                subject: pick(lang, "lead time", "提前期"),
                count: 812,
            },
            FindingRow {
                severity: Severity::Error,
                text: pick(lang, "The text is not a date", "该文本不是日期"),
                subject: "InvoiceDate".to_owned(),
                count: 3,
            },
        ],
    }
}

fn at(x: i64, y: i64) -> GeoPoint {
    GeoPoint { lat_e7: 601_700_000 + 18_000 * y as i32, lon_e7: 249_400_000 + 36_000 * x as i32 }
}

fn crossing(route: i64, visit: i64) -> (i64, i64) {
    let (east, north) = [(1, 1), (-1, 1), (-1, -1), (1, -1)][route as usize % 4];
    (10 + east * (1 + visit * 3 % 8), 10 + north * (1 + visit * 5 % 9))
}

fn route(lang: Lang, n: i64, visits: i64) -> RouteReport {
    let leave = MIDNIGHT + 7 * HOUR + n * 20 * 60_000;
    let visit = |v: i64| {
        let arrive = leave + (v + 1) * 21 * 60_000;
        let waits = if v % 5 == 2 { 12 * 60_000 } else { 0 };
        VisitReport {
            code: format!("SO261121-{:03}", n * 30 + v + 1),
            customer: match v % 3 {
                0 => pick(lang, "Birch Grocery", "白桦食品店"),
                1 => pick(lang, "Lavender Care Home", "薰衣草养老院"),
                _ => pick(lang, "Otter & Son School Canteen No. 12", "水獭父子第十二学校食堂"),
            },
            address: match v % 2 {
                0 => pick(lang, "14 Chestnut Gardens", "板栗苑14号"),
                _ => pick(lang, "237 Nightingale Road", "夜莺路237号"),
            },
            window: match v % 4 {
                0 => None,
                1 => Some((480, 660)),
                2 => Some((600, 630)),
                _ => Some((1_320, 1_530)),
            },
            weight_kg: Milli(12_500 + 7_300 * v),
            arrive_at: Timestamp(arrive),
            start_at: Timestamp(arrive + waits),
            leave_at: Timestamp(arrive + waits + 6 * 60_000),
            distance: Metres(900 + 310 * v),
            note: if v % 6 == 1 {
                pick(lang, "Chilled goods: hand over in person", "冷藏商品，请当面交接")
            } else {
                String::new()
            },
        }
    };
    let visits: Vec<VisitReport> = (0..visits).map(visit).collect();
    RouteReport {
        vehicle: ["TRUCK-1", "VAN-1", "VAN-2", "BIKE-1"][n as usize % 4].to_owned(),
        vehicle_name: pick(lang, "Truck 7.5 t", "7.5 吨货车"),
        leave_at: Timestamp(leave),
        back_at: Timestamp(leave + (visits.len() as i64 + 2) * 21 * 60_000),
        distance: Metres(visits.iter().map(|visit| visit.distance.0).sum::<i64>() + 1_750),
        driving: Millis::minutes(11 * visits.len() as i64),
        load_kg: Milli(visits.iter().map(|visit| visit.weight_kg.0).sum()),
        capacity_kg: Milli(3_000_000),
        cost: Money(21_450 + 1_000 * n),
        visits,
    }
}

/// A town of straight streets with the routes of some vehicles.
fn map(lang: Lang, routes: std::ops::Range<i64>, visits: i64) -> MapChart {
    let mut roads = Vec::new();
    for n in 0..=20 {
        let class = if n % 10 == 0 { 1 } else { 3 + u8::from(n % 5 != 0) };
        roads.push(RoadLine { class, points: vec![at(0, n), at(20, n)] });
        roads.push(RoadLine { class, points: vec![at(n, 0), at(n, 20)] });
    }
    let place = |at, kind| Place { at, kind, label: String::new(), weight: Weight::Normal };
    let mut places = vec![place(at(10, 10), PlaceKind::Depot), place(at(2, 19), PlaceKind::Unserved)];
    let mut lines = Vec::new();
    for n in routes {
        let mut points = vec![at(10, 10)];
        for v in 0..visits {
            let (x, y) = crossing(n, v);
            let last = points.last().copied().expect("a point");
            points.push(GeoPoint { lat_e7: last.lat_e7, lon_e7: at(x, y).lon_e7 });
            points.push(at(x, y));
            places.push(place(
                at(x, y),
                PlaceKind::Visit { number: v as u32 + 1, hue: n as usize, state: VisitState::Planned },
            ));
        }
        points.push(GeoPoint { lat_e7: points.last().expect("a point").lat_e7, lon_e7: at(10, 10).lon_e7 });
        points.push(at(10, 10));
        lines.push(RouteLine {
            label: ["TRUCK-1", "VAN-1", "VAN-2", "BIKE-1"][n as usize % 4].to_owned(),
            hue: n as usize,
            points,
            ..RouteLine::default()
        });
    }
    MapChart {
        title: pick(lang, "Deliveries", "配送"),
        look: Look::Fit(Bounds { south_west: at(0, 0), north_east: at(20, 20) }),
        roads,
        routes: lines,
        places,
        attribution: OSM_ATTRIBUTION.to_owned(),
        estimated: false,
        lang,
    }
}

fn delivery_day(lang: Lang) -> DeliveryDay {
    let unserved = |n: i64, reason| UnservedRow {
        code: format!("SP261122-{n}"),
        customer: pick(lang, "Skerry Lighthouse", "礁石灯塔"),
        address: pick(lang, "Skerry Rock, by boat only", "礁石岛，仅通船"),
        weight_kg: Milli(38_500 * n),
        window: (n == 2).then_some((480, 960)),
        reason,
    };
    DeliveryDay {
        deliveries: 30,
        plan: Some(DayPlan {
            made_at: Timestamp(MIDNIGHT + 6 * HOUR),
            made_by: pick(lang, "L. Chen", "陈力"),
            estimated: false,
            stale: true,
            cost: Money(91_800),
            routes: (0..4).map(|n| route(lang, n, 7)).collect(),
            unserved: vec![
                unserved(1, UnservedReason::Unreachable),
                unserved(2, UnservedReason::TooLarge),
                unserved(3, UnservedReason::WindowClosed),
                unserved(4, UnservedReason::NoRoom),
            ],
            map: Some(map(lang, 0..4, 7)),
        }),
    }
}

/// A driver's sheet with `visits` visits.
pub fn sheet(lang: Lang, visits: i64) -> DriverSheet {
    DriverSheet {
        site: pick(lang, "Harbour Lane DC", "港湾路配送中心"),
        day: DAY,
        lang,
        zone: Zone::fixed("UTC+8", 480),
        made_at: Timestamp(MIDNIGHT + 6 * HOUR + 5 * 60_000),
        made_by: pick(lang, "L. Chen", "陈力"),
        demo: true,
        estimated: visits > 20,
        shift: (360, 1_530),
        route: route(lang, 0, visits),
        map: Some(map(lang, 0..1, visits)),
    }
}
