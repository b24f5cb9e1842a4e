//! Row ids. Each table has its own type, so that one cannot stand in for another.

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { self.0.fmt(f) }
        }
    )* };
}

ids! {
    /// An item (SKU) of the item master.
    ItemId
    /// A supplier.
    SupplierId
    /// A device: one thing on one wire.
    DeviceId
    /// A channel: one measured value of a device.
    ChannelId
    /// A room or zone of the site.
    ZoneId
    /// One alarm, from raised to cleared.
    AlarmId
    /// A reorder proposal.
    ProposalId
    /// A purchase order.
    PurchaseOrderId
    /// A long-running job.
    JobId
    /// An import of a file.
    ImportId
    /// A row of the audit chain.
    AuditId
    /// What a person expects instead of a forecast, over some days of one item.
    OverrideId
    /// A vehicle of the site's fleet.
    VehicleId
    /// A delivery: one customer's goods, to one place, on one day.
    DeliveryId
    /// A delivery plan of one day.
    PlanId
    /// A lot (batch) of one item.
    LotId
    /// A bin: a place in the warehouse that holds stock.
    BinId
    /// One line of the ledger of stock.
    MovementId
    /// A plan of what to count.
    CountPlanId
    /// One place of such a plan.
    CountLineId
    /// What is to come from a supplier.
    InboundId
    /// A line of it.
    InboundLineId
    /// What is to go to a customer.
    OutboundId
    /// A line of it.
    OutboundLineId
    /// A parcel of goods that go out.
    ParcelId
    /// What a customer sent back.
    ReturnId
    /// A line of it.
    ReturnLineId
    /// Somebody goods go to, usually known by a pseudonym only.
    CustomerId
    /// A unit that an item is handled in: each, inner, case, pallet.
    ItemUnitId
    /// A handling unit: a pallet, a case or a tote with goods in it.
    HandlingUnitId
}
