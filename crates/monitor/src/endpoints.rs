//! Lost lines to alarms: a broker, a port or a listener that is gone is one trouble, however many devices are behind it.
//!
//! Knows which devices share an endpoint and how each one's line is. Does not know addresses' syntax, drivers or alarms' records.

use crate::health::Link;
use std::collections::BTreeMap;
use units::{DeviceId, Millis, Timestamp};

/// One device that is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member<'a> {
    /// Which.
    pub device: DeviceId,
    /// What it shares with others: a broker's address, a port.
    pub endpoint: &'a str,
    /// How its line is.
    pub link: Link,
}

/// What to raise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Endpoints that are gone with all their devices, two at least; the first device stands for it.
    pub endpoints: Vec<(Vec<DeviceId>, Timestamp)>,
    /// Devices whose own line is gone.
    pub alone: Vec<(DeviceId, Timestamp)>,
    /// First devices of endpoints that are there again, or have no others any more.
    pub back: Vec<DeviceId>,
}

/// Judges all lines. Where others of the endpoint are well, a device is given `patience` before it is an alarm of its own: the
/// others may just not have noticed yet.
pub fn judge<'a>(members: impl IntoIterator<Item = Member<'a>>, now: Timestamp, patience: Millis) -> Verdict {
    let mut groups: BTreeMap<&str, Vec<Member<'a>>> = BTreeMap::new();
    for member in members {
        groups.entry(member.endpoint).or_default().push(member);
    }
    let mut verdict = Verdict::default();
    for mut group in groups.into_values() {
        group.sort_by_key(|member| member.device);
        let Some(first) = group.first().map(|member| member.device) else { continue };
        let lost: Vec<(DeviceId, Timestamp)> = group
            .iter()
            .filter_map(|member| match member.link {
                Link::Lost(at) => Some((member.device, at)),
                _ => None,
            })
            .collect();
        let since = lost.iter().map(|(_, at)| *at).min();
        match since {
            Some(since) if lost.len() == group.len() && group.len() > 1 => {
                verdict.endpoints.push((group.iter().map(|member| member.device).collect(), since));
            }
            _ => {
                let some_open = group.iter().any(|member| member.link == Link::Open);
                if some_open || group.len() == 1 {
                    verdict.back.push(first);
                }
                verdict
                    .alone
                    .extend(lost.into_iter().filter(|(_, at)| group.len() == 1 || now - *at > patience));
            }
        }
    }
    verdict
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Millis = Millis::seconds(10);

    fn at(seconds: i64) -> Timestamp {
        Timestamp(0) + Millis::seconds(seconds)
    }

    fn said(members: &[(i64, &str, Link)], now: i64) -> Verdict {
        let members = members.iter().map(|(device, endpoint, link)| Member {
            device: DeviceId(*device),
            endpoint,
            link: *link,
        });
        judge(members, at(now), PATIENCE)
    }

    #[test]
    fn a_broker_that_is_gone_is_one_trouble() {
        let lost = |n| Link::Lost(at(n));
        let verdict = said(&[(3, "b", lost(5)), (1, "b", lost(6)), (2, "/dev/a", lost(7))], 8);
        assert_eq!(verdict.endpoints, [(vec![DeviceId(1), DeviceId(3)], at(5))]);
        assert_eq!((verdict.alone, verdict.back), (vec![(DeviceId(2), at(7))], vec![DeviceId(2)]));
    }

    #[test]
    fn one_of_several_is_its_own_trouble_after_a_while() {
        let members = [(1, "b", Link::Open), (2, "b", Link::Lost(at(0)))];
        assert_eq!(said(&members, 9), Verdict { back: vec![DeviceId(1)], ..Verdict::default() });
        assert_eq!(said(&members, 11).alone, [(DeviceId(2), at(0))]);
    }

    #[test]
    fn what_was_not_tried_yet_decides_nothing() {
        let members = [(1, "b", Link::Unknown), (2, "b", Link::Lost(at(0)))];
        assert_eq!(said(&members, 5), Verdict::default());
        assert_eq!(said(&[], 5), Verdict::default());
    }
}
