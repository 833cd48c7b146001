//! How photos find their runner: cameras, bibs in keys, and when the decision turns.

use std::collections::BTreeSet;

use toml::Spanned;
use unicode_normalization::UnicodeNormalization as _;

use super::Check;
use crate::file::{CameraTable, ThresholdsTable, WindowTable};
use crate::rules::{Camera, FinishWindow, Thresholds};

impl Check<'_> {
    pub(super) fn cameras(&mut self, tables: &[CameraTable]) -> Vec<Camera> {
        let mut seen = BTreeSet::new();
        let mut cameras = Vec::new();
        for table in tables {
            let id = self.id(&table.id);
            if !seen.insert(id.clone()) {
                self.fault(&table.id, format!("{id:?} is there already; give each its own id"));
            }
            let offset_s = table.offset_s.as_ref().map(|offset| {
                self.within(offset, -1e9..=1e9, "seconds to add to the camera's clock")
            });
            let offset_sigma_s = match &table.offset_sigma_s {
                Some(sigma) => self.within(sigma, 0.001..=86_400.0, "seconds, such as 0.5"),
                None => 0.5,
            };
            let (serial, photographer) = (table.serial.clone(), table.photographer.clone());
            cameras.push(Camera { id, serial, offset_s, offset_sigma_s, photographer });
        }
        cameras
    }

    pub(super) fn pattern(&mut self, at: &Spanned<String>, example: &str) -> Option<regex::Regex> {
        // Composed, as keys are before they are compared: an editor may have taken kana apart.
        let text: String = at.get_ref().nfc().collect();
        match regex::RegexBuilder::new(&text).size_limit(1 << 20).build() {
            Ok(regex) if regex.captures_len() == 2 => return Some(regex),
            Ok(regex) => {
                let groups = regex.captures_len() - 1;
                self.fault(at, format!("has {groups} groups; write one with one, as '{example}'"));
            }
            Err(error) => {
                let reason = error.to_string();
                let reason = reason.lines().last().unwrap_or_default().trim();
                self.fault(
                    at,
                    format!("is no regular expression ({reason}); write one as '{example}'"),
                );
            }
        }
        None
    }

    pub(super) fn thresholds(&mut self, table: &ThresholdsTable) -> Thresholds {
        let mut read = |at: &Option<Spanned<f64>>, default| match at {
            Some(at) => self.within(at, 0.001..=1.0, "a probability"),
            None => default,
        };
        let issue = read(&table.issue, 0.9);
        let review = read(&table.review, f64::min(0.15, issue));
        if let Some(at) = table.review.as_ref().filter(|_| review > issue) {
            self.fault(at, format!("{review} is above issue ({issue}); write less"));
        }
        Thresholds { issue, review }
    }

    pub(super) fn window(&mut self, table: &WindowTable) -> FinishWindow {
        let mut read = |at: &Option<Spanned<f64>>, range, default| match at {
            Some(at) => self.within(at, range, "seconds"),
            None => default,
        };
        FinishWindow {
            mean_s: read(&table.mean_s, -3600.0..=3600.0, 0.0),
            sigma_s: read(&table.sigma_s, 0.1..=3600.0, 3.0),
            conflict_s: read(&table.conflict_s, 1.0..=86_400.0, 60.0),
        }
    }
}
