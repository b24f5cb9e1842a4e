//! The order of a long list, kept as long as nothing was written: who scrolls or types asks for the same list again and again.

use super::items::ItemQuery;
use crate::Result;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Lists kept: the one a person looks at, the one before, and those of other screens. Of 100,000 items 800 KB each.
const KEPT_MAX: usize = 4;

/// The ids of a list in its order.
type Ids = Arc<[i64]>;

#[derive(Default)]
pub(crate) struct Lists(Mutex<VecDeque<Kept>>);

struct Kept {
    query: ItemQuery,
    /// How many commits the file had seen before the list was read.
    commits: u64,
    ids: Ids,
}

impl Lists {
    /// The whole list of a query, whatever page of it is asked for.
    pub fn ids(
        &self,
        query: &ItemQuery,
        commits: u64,
        read: impl FnOnce() -> Result<Vec<i64>>,
    ) -> Result<Ids> {
        let whole = ItemQuery { offset: 0, limit: 0, ..query.clone() };
        let known = self
            .kept()
            .iter()
            .find(|kept| kept.commits == commits && kept.query == whole)
            .map(|kept| Arc::clone(&kept.ids));
        if let Some(ids) = known {
            return Ok(ids);
        }
        let ids: Ids = read()?.into();
        let mut kept = self.kept();
        kept.retain(|one| one.commits >= commits && one.query != whole);
        kept.truncate(KEPT_MAX - 1);
        kept.push_front(Kept { query: whole, commits, ids: Arc::clone(&ids) });
        Ok(ids)
    }

    fn kept(&self) -> MutexGuard<'_, VecDeque<Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
