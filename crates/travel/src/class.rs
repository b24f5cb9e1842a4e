//! How important a road is.

/// A road's class, the most important first; the classes of OpenStreetMap that a van may drive on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RoadClass {
    /// Motorways.
    Motorway,
    /// Other roads of the long-distance network.
    Trunk,
    /// Between large towns.
    Primary,
    /// Between towns.
    Secondary,
    /// Between villages and quarters.
    Tertiary,
    /// Minor public roads outside of quarters.
    Unclassified,
    /// Streets where people live.
    Residential,
    /// Streets where people on foot go first.
    LivingStreet,
    /// Yards, car parks, drives.
    Service,
}

impl RoadClass {
    /// All, the most important first.
    pub const ALL: [Self; 9] = [
        Self::Motorway,
        Self::Trunk,
        Self::Primary,
        Self::Secondary,
        Self::Tertiary,
        Self::Unclassified,
        Self::Residential,
        Self::LivingStreet,
        Self::Service,
    ];

    /// Its place in [`Self::ALL`].
    pub const fn rank(self) -> u8 {
        self as u8
    }

    /// The class at a place of [`Self::ALL`].
    pub fn of_rank(rank: u8) -> Option<Self> {
        Self::ALL.get(usize::from(rank)).copied()
    }
}
