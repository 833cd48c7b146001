//! Printers that did not keep the size or the scaling they were asked for: a person looks
//! at the sheet before the next one is sent.

use std::collections::BTreeMap;

use kanso_certificate::document;
use redb::{ReadTransaction, ReadableTable as _, TableDefinition, WriteTransaction};
use serde::{Deserialize, Serialize};

use super::{Queue, QueueError};

/// Printer's name → what it did not keep, as JSON.
const HOLDS: TableDefinition<'_, &'static str, &'static [u8]> = TableDefinition::new("holds");

/// What a printer did not keep.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Hold {
    attributes: Vec<String>,
    /// A person saw a sheet and let it go on.
    seen: bool,
}

pub fn create(txn: &WriteTransaction) -> Result<(), QueueError> {
    txn.open_table(HOLDS)?;
    Ok(())
}

/// One that cannot be read holds its printer: a person looks once more.
pub fn read(txn: &ReadTransaction) -> Result<BTreeMap<String, Hold>, QueueError> {
    let mut holds = BTreeMap::new();
    for row in txn.open_table(HOLDS)?.iter()? {
        let (printer, body) = row?;
        let hold = document::read(body.value()).unwrap_or_default();
        holds.insert(printer.value().to_owned(), hold);
    }
    Ok(holds)
}

impl Queue {
    /// Holds a printer until [`Queue::resume`], unless a person has seen all of it before.
    pub fn hold(&self, printer: &str, attributes: &[String]) -> Result<(), QueueError> {
        let mut jobs = self.lock();
        let mut hold = jobs.holds.get(printer).cloned().unwrap_or_default();
        let new = attributes.iter().filter(|name| !hold.attributes.contains(name)).cloned();
        let new: Vec<String> = new.collect();
        if new.is_empty() {
            return Ok(());
        }
        hold.attributes.extend(new);
        hold.seen = false;
        self.write_hold(printer, &hold)?;
        jobs.holds.insert(printer.to_owned(), hold);
        Ok(())
    }

    /// What a printer did not keep and nobody has seen yet.
    pub fn held(&self, printer: &str) -> Option<Vec<String>> {
        let jobs = self.lock();
        let hold = jobs.holds.get(printer).filter(|hold| !hold.seen)?;
        Some(hold.attributes.clone())
    }

    /// A person saw the sheet: the printer goes on. Whether it was held.
    pub fn resume(&self, printer: &str) -> Result<bool, QueueError> {
        let mut jobs = self.lock();
        let Some(hold) = jobs.holds.get(printer).filter(|hold| !hold.seen) else {
            return Ok(false);
        };
        let hold = Hold { seen: true, ..hold.clone() };
        self.write_hold(printer, &hold)?;
        jobs.holds.insert(printer.to_owned(), hold);
        Ok(true)
    }

    fn write_hold(&self, printer: &str, hold: &Hold) -> Result<(), QueueError> {
        let txn = self.database.begin_write()?;
        txn.open_table(HOLDS)?.insert(printer, document::json(hold).as_ref())?;
        txn.commit()?;
        Ok(())
    }
}
