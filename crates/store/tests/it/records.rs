use crate::{NOW, act, file, open, site};
use domain::{AlarmRule, ChannelSpec, Priority};
use store::{Device, ErrorKind, ItemImport, ItemQuery, ItemSort, Outlook, SiteSettings, StockImport, Zone};
use units::{ChannelId, Day, Milli, Millis, Money, Quantity, Stop};

#[test]
fn settings_outlive_a_restart() {
    let (folder, store) = site();
    assert_eq!(store.records.settings().expect("settings"), SiteSettings::default());
    let mut settings = SiteSettings {
        name: "上海仓".into(),
        time_zone: "Asia/Shanghai".into(),
        demo: true,
        ..SiteSettings::default()
    };
    settings.defaults.lead_time_days = 11;
    settings.defaults.unit_cost = Money(777);
    settings.approval_limit = Money(5);
    store.records.save_settings(&act(), &settings).expect("save");
    drop(store);
    assert_eq!(open(&folder).records.settings().expect("settings"), settings);
}

#[test]
fn devices_channels_rules_and_zones() {
    let (_folder, store) = site();
    let records = &store.records;
    let zone = Zone { code: "C1".into(), name: "Cold room 1".into(), area_m2: Some(400), ..Zone::default() };
    let zone = Zone { id: records.save_zone(&act(), &zone).expect("zone"), ..zone };
    let device = Device {
        code: "rack".into(),
        name: "Rack".into(),
        driver: "serial-line".into(),
        address: "/dev/ttyUSB0".into(),
        settings: "{\"baud\":9600}".into(),
        enabled: true,
        ..Device::default()
    };
    let device = Device { id: records.save_device(&act(), &device).expect("device"), ..device };
    let mut channel = ChannelSpec {
        id: ChannelId(0),
        device: device.id,
        code: "T1".into(),
        name: "door".into(),
        zone: Some(zone.id),
        unit: "°C".into(),
        plausible_min: Milli(-50_000),
        plausible_max: Milli(80_000),
        rate_per_minute_max: None,
        interval: Millis::seconds(10),
    };
    channel.id = records.save_channel(&act(), &channel).expect("channel");
    let rule = AlarmRule {
        channel: channel.id,
        high: Some(Milli(8_000)),
        low: None,
        recovery_band: Milli(500),
        delay: Millis::minutes(5),
        priority: Priority::High,
        silence_max: Millis::minutes(1),
    };
    records.save_alarm_rule(&act(), &rule).expect("rule");
    assert_eq!(records.devices().expect("devices")[..], *std::slice::from_ref(&device));
    assert_eq!(records.channels().expect("channels")[..], *std::slice::from_ref(&channel));
    assert_eq!(records.alarm_rules().expect("rules")[..], *std::slice::from_ref(&rule));
    // The same code twice on one device, a rule for nothing.
    let double = records
        .save_channel(&act(), &ChannelSpec { id: ChannelId(0), ..channel.clone() })
        .expect_err("double");
    assert_eq!(double.kind(), ErrorKind::Conflict);
    let nothing = records.save_alarm_rule(&act(), &AlarmRule { channel: ChannelId(77), ..rule });
    assert_eq!(nothing.expect_err("no such channel").kind(), ErrorKind::NotFound);
    records.save_device(&act().because("repair"), &Device { enabled: false, ..device.clone() }).expect("off");
    records.remove_zone(&act(), zone.id).expect("remove");
    assert_eq!(records.channels().expect("channels")[0].zone, None);
    records.remove_device(&act(), device.id).expect("remove");
    assert!(
        records.channels().expect("channels").is_empty() && records.alarm_rules().expect("rules").is_empty()
    );
    // A removed id is never given again: readings go by it.
    assert!(
        records.save_device(&act(), &Device { id: units::DeviceId(0), ..device.clone() }).expect("new")
            > device.id
    );
    let audit = records.audit_list(20, None).expect("audit");
    let off = audit.iter().find(|row| row.why.as_deref() == Some("repair")).expect("the change is on record");
    assert!(off.old.as_ref().is_some_and(|old| old.contains("\"enabled\":true")));
    assert!(records.audit_verify().expect("verify").holds());
}

#[test]
fn lists_filter_sort_and_page() {
    let (_folder, store) = site();
    let records = &store.records;
    let rows = (0..50).map(|n| ItemImport {
        sku: format!("S{n:03}"),
        name: Some(if n == 7 { "100%_pure 苹果".into() } else { format!("Item {n}") }),
        category: Some(if n % 2 == 0 { "Even" } else { "Odd" }.into()),
        unit_cost: (n % 3 == 0).then_some(Money(n)),
        ..ItemImport::default()
    });
    records.import_items(&act(), &file("items"), rows.collect(), &Stop::default()).expect("items");
    let rows = (0..10).map(|n| StockImport {
        sku: format!("S{n:03}"),
        on_hand: Quantity::of(100 - n),
        ..StockImport::default()
    });
    records.import_stock(&act(), &file("stock"), rows.collect(), &Stop::default()).expect("stock");
    let all = records.all_items().expect("items");
    let outlook = |n: usize, cover: Option<f64>| Outlook {
        item: all[n].id,
        demand_per_day: 2.0,
        days_of_cover: cover,
        stock_out_day: cover.map(|c| Day(c as i32)),
        price: None,
        made_at: NOW,
    };
    records
        .save_outlooks(vec![outlook(3, Some(5.0)), outlook(4, Some(1.5)), outlook(5, None)])
        .expect("outlooks");
    let skus = |query: &ItemQuery| {
        let page = records.items(query).expect("items");
        (page.total, page.rows.iter().map(|row| row.item.sku.clone()).collect::<Vec<_>>())
    };
    let query = ItemQuery { limit: 3, ..ItemQuery::default() };
    assert_eq!(skus(&query), (50, vec!["S000".into(), "S001".into(), "S002".into()]));
    assert_eq!(skus(&ItemQuery { offset: 49, ..query.clone() }), (50, vec!["S049".into()]));
    let cover = ItemQuery { sort: ItemSort::Cover, ..query.clone() };
    assert_eq!(skus(&cover).1, ["S004", "S003", "S000"]);
    assert_eq!(skus(&ItemQuery { descending: true, ..cover }).1, ["S003", "S004", "S000"]);
    let on_hand = ItemQuery { sort: ItemSort::OnHand, has_stock: Some(true), ..query.clone() };
    assert_eq!(skus(&on_hand), (10, vec!["S009".into(), "S008".into(), "S007".into()]));
    assert_eq!(
        skus(&ItemQuery { stock_out_before: Some(Day(5)), ..query.clone() }),
        (1, vec!["S004".into()])
    );
    for (text, total) in [
        ("100%_", 1),
        ("_", 1),
        ("苹果", 1),
        ("s01", 10),
        ("even", 25),
        ("zzz", 0),
        ("  ", 50),
        ("pg", 1),
        ("pingguo", 1),
        ("guo 100", 1),
        ("item 4 odd", 5),
        ("EVEN ítem", 25),
        ("em 4", 11),
    ] {
        assert_eq!(skus(&ItemQuery { text: Some(text.into()), ..query.clone() }).0, total, "{text}");
    }
    for sort in [
        ItemSort::Name,
        ItemSort::Category,
        ItemSort::Available,
        ItemSort::StockValue,
        ItemSort::DemandPerDay,
        ItemSort::StockOutDay,
        ItemSort::ForecastError,
        ItemSort::ForecastValue,
    ] {
        let query =
            ItemQuery { sort, has_forecast: Some(false), category: Some("Odd".into()), ..query.clone() };
        assert_eq!(skus(&query).0, 25, "{sort:?}");
    }
    assert_eq!(records.categories().expect("categories"), ["Even", "Odd"]);
    let mut item = all[0].clone();
    item.sku = "S001".into();
    assert_eq!(records.save_item(&act(), &item).expect_err("in use").kind(), ErrorKind::Conflict);
}

#[test]
fn a_list_that_was_read_before_shows_what_was_written_since() {
    let (folder, store) = site();
    let records = &store.records;
    let rows = (0..20).map(|n| ItemImport {
        sku: format!("S{n:03}"),
        name: Some(format!("Cup {n:02}")),
        ..ItemImport::default()
    });
    records.import_items(&act(), &file("items"), rows.collect(), &Stop::default()).expect("items");
    let named = |records: &store::Records, text: &str, sort: ItemSort| {
        let query = ItemQuery { text: Some(text.into()), sort, limit: 2, ..ItemQuery::default() };
        let page = records.items(&query).expect("items");
        (page.total, page.rows.iter().map(|row| row.item.name.clone()).collect::<Vec<_>>())
    };
    assert_eq!(named(records, "cup", ItemSort::Name), (20, vec!["Cup 00".into(), "Cup 01".into()]));
    assert_eq!(named(records, "mug", ItemSort::Name).0, 0);
    let item = records.item_by_sku("S000").expect("read").expect("there");
    records.save_item(&act(), &domain::Item { name: "Mug".into(), ..item }).expect("save");
    assert_eq!(named(records, "cup", ItemSort::Name), (19, vec!["Cup 01".into(), "Cup 02".into()]));
    assert_eq!(named(records, "mug", ItemSort::Name), (1, vec!["Mug".into()]));
    let item = records.item_by_sku("S007").expect("read").expect("there").id;
    records.count_stock(&act(), item, Quantity::of(3), Day(1)).expect("count");
    assert_eq!(named(records, "cup", ItemSort::OnHand).1[0], "Cup 07");

    // A site of before there was a search.
    drop(store);
    let old = rusqlite::Connection::open(folder.path().join("records.db")).expect("open");
    old.execute_batch("DROP TABLE item_search; DELETE FROM migration WHERE name = 'search-1'").expect("old");
    drop(old);
    let store = open(&folder);
    assert_eq!(named(&store.records, "cup 1", ItemSort::Name), (10, vec!["Cup 10".into(), "Cup 11".into()]));
}
