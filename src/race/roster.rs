//! The roster: start list joined with results, found by bib.

use std::collections::BTreeMap;

use super::{Bib, Finisher};

/// All runners of a race. Bibs are unique: reading the results refuses duplicates.
#[derive(Debug, Clone, Default)]
pub struct Roster {
    by_bib: BTreeMap<Bib, Finisher>,
}

impl Roster {
    pub fn get(&self, bib: &Bib) -> Option<&Finisher> {
        self.by_bib.get(bib)
    }

    /// In order of bib.
    pub fn iter(&self) -> impl Iterator<Item = &Finisher> {
        self.by_bib.values()
    }

    pub fn len(&self) -> usize {
        self.by_bib.len()
    }

    pub fn is_empty(&self) -> bool {
        self.by_bib.is_empty()
    }

    /// Puts a runner in, in place of whoever had the bib.
    pub fn replace(&mut self, finisher: Finisher) {
        self.by_bib.insert(finisher.bib.clone(), finisher);
    }

    /// Adds a runner. Where the bib is taken, the roster stays as it is and the runner
    /// that was to be added comes back.
    pub fn insert(&mut self, finisher: Finisher) -> Result<(), Box<Finisher>> {
        use std::collections::btree_map::Entry;
        match self.by_bib.entry(finisher.bib.clone()) {
            Entry::Vacant(entry) => {
                entry.insert(finisher);
                Ok(())
            }
            Entry::Occupied(_) => Err(Box::new(finisher)),
        }
    }
}
