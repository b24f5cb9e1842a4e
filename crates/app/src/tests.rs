use crate::bus::Bus;
use crate::flows::planning::planning_day;
use crate::zone;
use contract::{EventBody, LatestReading, Topic};
use units::{ChannelId, Day, Milli, Timestamp};

#[test]
fn a_stale_history_is_planned_from_its_own_end() {
    for (today, last, expected) in
        [(10, 9, (10, false)), (10, 8, (10, false)), (10, 12, (13, false)), (100, 9, (10, true))]
    {
        let (day, stale) = planning_day(Day(today), Day(last));
        assert_eq!((day.0, stale), expected, "today {today}, last {last}");
    }
}

#[test]
fn midnights_follow_summer_time() {
    let helsinki = zone::of("Europe/Helsinki");
    let day = Day::from_civil(2026, 3, 29).expect("a day");
    let length = zone::midnight(&helsinki, day.plus(1)) - zone::midnight(&helsinki, day);
    assert_eq!(length, units::Millis::hours(23));
    assert_eq!(zone::day(&helsinki, zone::midnight(&helsinki, day)), day);
    assert_eq!(zone::day(&helsinki, Timestamp(zone::midnight(&helsinki, day).0 - 1)), day.plus(-1));
    assert!(zone::parse("Mars/Olympus").is_err());
}

#[tokio::test(start_paused = true)]
async fn a_slow_window_gets_the_latest_and_no_backlog() {
    let bus = Bus::default();
    let (mut quick, mut slow) = (bus.subscribe(), bus.subscribe());
    assert_eq!(quick.next().await.body, EventBody::Snapshot);
    assert_eq!(slow.next().await.body, EventBody::Snapshot);
    let reading = |value: i64| LatestReading {
        channel: ChannelId(1),
        at: Timestamp(value),
        value: Some(Milli(value)),
        quality: "Good".into(),
    };
    for value in 0..100 {
        bus.latest(&[reading(value)]);
        bus.changed(Topic::Jobs);
        if value == 0 {
            // The first is delivered at once.
            assert_ne!(quick.next().await.body, EventBody::Snapshot);
            assert_ne!(quick.next().await.body, EventBody::Snapshot);
        }
    }
    let before = tokio::time::Instant::now();
    let (one, two) = (slow.next().await, slow.next().await);
    let bodies = [one.body, two.body];
    assert!(bodies.contains(&EventBody::Latest(vec![reading(99)])), "{bodies:?}");
    assert!(bodies.contains(&EventBody::Changed));
    assert_eq!((one.number, two.number), (2, 3));
    quick.next().await;
    quick.next().await;
    assert!(
        before.elapsed() >= crate::DELIVERY_SPACING,
        "two deliveries to one window are a quarter of a second apart"
    );
}
