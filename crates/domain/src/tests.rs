use crate::*;
use units::*;

fn spec() -> ChannelSpec {
    ChannelSpec {
        id: ChannelId(1),
        device: DeviceId(1),
        code: "T1".into(),
        name: "Cold room 1, door".into(),
        zone: None,
        unit: "°C".into(),
        plausible_min: Milli(-50_000),
        plausible_max: Milli(80_000),
        rate_per_minute_max: Some(Milli(5_000)),
        interval: Millis::seconds(10),
    }
}

fn raw(value: Result<Milli, RawFault>, device_at: Option<i64>) -> RawReading {
    RawReading { code: "T1".into(), value, device_at: device_at.map(Timestamp), sequence: None }
}

#[test]
fn a_bad_value_is_kept_and_marked() {
    let now = Timestamp(1_000_000);
    let before = admit(&raw(Ok(Milli(4_000)), None), &spec(), None, now - Millis::seconds(10), 1);
    assert_eq!(before.quality, Quality::Good);
    for (value, device_at, expected) in [
        (Ok(Milli(4_100)), None, Quality::Good),
        (Ok(Milli(85_000)), None, Quality::Suspect(Doubt::OutOfRange)),
        (Ok(Milli(9_000)), None, Quality::Suspect(Doubt::RateOfChange)),
        (Ok(Milli(4_100)), Some(now.0 + 3_600_000), Quality::Suspect(Doubt::ClockDrift)),
        (Err(RawFault::SensorFault), None, Quality::Bad(RawFault::SensorFault)),
    ] {
        let reading = admit(&raw(value, device_at), &spec(), Some(&before), now, 2);
        assert_eq!(reading.quality, expected, "{value:?}");
        assert_eq!(reading.value, value.ok());
        assert!(reading.at <= now + reading::CLOCK_AHEAD_MAX);
    }
}

#[test]
fn an_approval_is_taken_back_for_five_minutes_only() {
    let mut proposal = Proposal {
        id: ProposalId(1),
        item: ItemId(1),
        supplier: None,
        quantity: Quantity::of(10),
        unit_cost: Money(250),
        day: Day(0),
        order_by: Day(0),
        cost_of_waiting: Money(0),
        state: ProposalState::Draft,
        decided_at: None,
        decided_by: None,
        note: None,
        reason: Reason {
            demand_per_day: 1.0,
            demand_over_cover: Quantity::of(14),
            safety_stock: Quantity::of(3),
            reorder_point: Quantity::of(17),
            order_up_to: Quantity::of(20),
            available: Quantity::of(10),
            on_order: Quantity::ZERO,
            lead_time_days: 7,
            review_period_days: 7,
            service_level: Permille(950),
            stock_out_day: None,
            stock_out_chance: Permille(0),
            pack_size: Quantity::of(1),
            assumed: vec![],
            ..Reason::default()
        },
    };
    let now = Timestamp(0);
    assert_eq!(proposal.cost(), Money(2500));
    assert_eq!(proposal.order(now), Err(Refused::State(ProposalState::Draft)));
    proposal.approve("L. Chen", None, now).expect("a draft can be approved");
    assert_eq!(proposal.approve("L. Chen", None, now), Err(Refused::State(ProposalState::Approved)));
    assert_eq!(proposal.take_back(now + Millis::minutes(6)), Err(Refused::TooLate));
    proposal.take_back(now + Millis::minutes(4)).expect("within five minutes");
    assert_eq!(proposal.change_quantity(Quantity::ZERO), Err(Refused::Quantity));
    proposal.approve("L. Chen", Some("again".into()), now).expect("a draft again");
    proposal.order(now).expect("approved");
    assert_eq!(proposal.take_back(now), Err(Refused::State(ProposalState::Ordered)));
}
