use crate::flows::small_site::{self, noon};
use crate::{App, Clock, Opening, SiteSettings};
use domain::{AlarmRule, Priority, Quality, Reading};
use store::Batch;
use units::{ChannelId, Milli, Millis};

/// A rule that holds a channel below 5.
fn rule(channel: ChannelId) -> AlarmRule {
    AlarmRule {
        channel,
        high: Some(Milli(5_000)),
        low: None,
        recovery_band: Milli(500),
        delay: Millis(0),
        priority: Priority::High,
        silence_max: Millis::minutes(10),
    }
}

/// A number from a number (SplitMix64).
fn drawn(n: u64) -> u64 {
    let mut z = n.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Readings a minute apart: warm for a while, cold for a while; some come hours late, as from a logger that was away.
fn arrivals(seed: u64, channel: ChannelId) -> Vec<Vec<Reading>> {
    let mut order: Vec<(i64, i64)> = (0..600)
        .map(|minute| {
            let late = if drawn(seed * 1_000 + minute as u64 / 40).is_multiple_of(4) { 150 } else { 0 };
            (minute + late + (drawn(seed * 7_000 + minute as u64) % 3) as i64, minute)
        })
        .collect();
    order.sort();
    let reading = |minute: i64| {
        let at = noon() + Millis::minutes(minute);
        let warm = drawn(seed * 3_000 + minute as u64 / 15).is_multiple_of(3);
        let value = Some(Milli(if warm { 5_500 } else { 4_000 } + minute % 7));
        Reading { channel, at, arrived_at: at, sequence: minute, value, quality: Quality::Good }
    };
    order.chunks(25).map(|some| some.iter().map(|(_, minute)| reading(*minute)).collect()).collect()
}

#[tokio::test]
async fn what_is_added_to_is_what_would_be_found_anew() {
    for seed in 1..=4 {
        let folder = tempfile::TempDir::new().expect("a folder");
        let (store, channel) = small_site::make(folder.path(), noon(), Millis::minutes(1));
        drop(store);
        let rule = rule(channel);
        let opening = Opening {
            folder: folder.path().to_owned(),
            clock: Clock::manual(noon()),
            first_settings: SiteSettings::default(),
            check: false,
            library: None,
        };
        let app = App::open(opening, &tokio::runtime::Handle::current()).expect("the folder opens");
        app.blocking(move |inner| {
            let (from, mut most) = (noon() - Millis::hours(1), 0);
            for readings in arrivals(seed, rule.channel) {
                let until = readings.iter().map(|r| r.at).max().expect("some") + Millis::seconds(90);
                inner.store.telemetry.append(Batch { readings: readings.clone(), ..Batch::default() })?;
                inner.excursions.stored(&readings);
                let find = || inner.channel_excursions(&rule, Millis::minutes(1), from, until);
                let added = find()?;
                inner.excursions.forget(rule.channel);
                let anew = find()?;
                let plain = |list: &[monitor::excursions::Excursion]| -> Vec<_> {
                    list.iter().map(|e| (e.start, e.end, e.last, e.worst, e.out, e.readings)).collect()
                };
                assert_eq!(plain(&added), plain(&anew), "seed {seed}, until {until:?}");
                most = most.max(anew.len());
                // Goes on from what was found without the last look.
                find()?;
            }
            assert!(most > 5, "there is something to find");
            Ok(())
        })
        .await
        .expect("looked");
        app.close().await;
    }
}
