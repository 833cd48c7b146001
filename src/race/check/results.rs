//! How the results file is to be read.

use std::collections::BTreeMap;

use super::Check;
use crate::file::ResultsTable;
use crate::results::{Field, encoding_label};
use crate::rules::ResultsFormat;

impl Check<'_> {
    pub(super) fn results(&mut self, table: &ResultsTable) -> ResultsFormat {
        if let Some(at) = &table.encoding
            && encoding_label(at.get_ref()).is_none()
        {
            let label = at.get_ref();
            self.fault(
                at,
                format!(
                    "{label:?} is no encoding; write \"utf-8\", \"utf-16le\", \"cp932\", \
                     \"euc-jp\" or \"windows-1252\""
                ),
            );
        }
        let delimiter = table.delimiter.as_ref().and_then(|at| match at.get_ref().as_str() {
            "tab" | "\t" => Some('\t'),
            "," => Some(','),
            ";" => Some(';'),
            "|" => Some('|'),
            _ => {
                self.fault(at, "is no delimiter; write \",\", \";\", \"|\" or \"tab\"");
                None
            }
        });
        let mut columns = BTreeMap::new();
        for (at, column) in &table.columns {
            let key = at.get_ref();
            if Field::from_key(key).is_none() {
                let known = Field::KEYS.join(", ");
                self.fault(
                    at,
                    format!("{key:?} is no field; write one of {known}, or a split as \"5km\""),
                );
            }
            columns.insert(key.clone(), column.0.trim().to_owned());
        }
        let encoding = table.encoding.as_ref().map(|at| at.get_ref().clone());
        ResultsFormat { encoding, delimiter, short_times: table.short_times, columns }
    }
}
