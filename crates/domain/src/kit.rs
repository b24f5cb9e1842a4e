//! Kits: items that are put together from others when they are sold.

use units::{ItemId, Quantity};

/// What a kit takes of one item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Component {
    /// The item.
    pub item: ItemId,
    /// How much of it, in its own unit.
    pub quantity: Quantity,
}

/// How many kits the components allow: the scarcest one decides, and none is promised twice. What other kits might take of
/// the same components is not set aside, so numbers of two kits do not add up. Without components there is nothing to build.
pub fn buildable(components: impl IntoIterator<Item = (Quantity, Quantity)>) -> Quantity {
    let of = components.into_iter().filter(|(_, needed)| needed.0 > 0).map(|(there, needed)| {
        // Whole kits only.
        there.0.max(0) / needed.0
    });
    Quantity::of(of.min().unwrap_or(0))
}

/// Whether `kit` would contain itself if it took these, given what each kit takes already.
pub fn circular(kit: ItemId, takes: &[ItemId], of: impl Fn(ItemId) -> Vec<ItemId>) -> bool {
    let (mut open, mut seen) = (takes.to_vec(), std::collections::BTreeSet::new());
    while let Some(next) = open.pop() {
        if next == kit {
            return true;
        }
        if seen.insert(next) {
            open.extend(of(next));
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scarcest_component_decides() {
        let q = Quantity::of;
        assert_eq!(buildable([(q(10), q(2)), (q(9), q(3))]), q(3));
        assert_eq!(buildable([(q(-4), q(2)), (q(9), q(3))]), q(0));
        assert_eq!(buildable([(q(5), Quantity(1500))]), q(3));
        assert_eq!(buildable([]), q(0));
    }

    #[test]
    fn a_kit_never_contains_itself() {
        let of = |item: ItemId| if item == ItemId(2) { vec![ItemId(3)] } else { vec![] };
        assert!(circular(ItemId(3), &[ItemId(2)], of));
        assert!(circular(ItemId(1), &[ItemId(1)], of));
        assert!(!circular(ItemId(1), &[ItemId(2), ItemId(3)], of));
    }
}
