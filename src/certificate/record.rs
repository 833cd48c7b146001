//! The record beside a certificate: what was printed, from what, and why.

use bytes::Bytes;
use kanso_race::Finisher;
use kanso_template::Fields;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::issue::{Occasion, PhotoUsed};
use crate::document;
use crate::race_data::RaceData;

/// Everything that reaches the paper.
pub struct Printed<'a> {
    pub race_data: &'a RaceData,
    pub finisher: &'a Finisher,
    pub fields: &'a Fields,
    pub photo: Option<&'a PhotoUsed>,
}

impl Printed<'_> {
    /// First 16 hex digits of a hash over everything printed: the fields' values, the photo
    /// and its crops, the template and the marks. Not over output bytes: another CPU may
    /// round a pixel differently, and must still find its own certificate.
    pub fn fingerprint(&self) -> String {
        let crops = self.photo.map(|photo| {
            let crops: Vec<_> = photo.panels.iter().map(|p| (&p.slot, p.crop)).collect();
            format!("{} {crops:?} {:?}", photo.id, self.race_data.race.photos)
        });
        let text = format!("{}\n{:?}\n{crops:?}", self.race_data.artwork, self.fields);
        hex::encode(&Sha256::digest(text.as_bytes())[..8])
    }
}

/// The record as JSON; deterministic, without clock or machine.
pub fn json(
    printed: &Printed<'_>,
    fingerprint: &str,
    occasion: Occasion<'_>,
    warnings: &[String],
) -> Bytes {
    let Printed { race_data, finisher, photo, .. } = printed;
    let best_shot = photo.and_then(|photo| photo.score).map(|score| {
        let rounded = (score.total() * 1000.0).round() / 1000.0;
        json!({"score": rounded, "why": score.reasons(), "parts": score})
    });
    let photo = photo.map(|photo| {
        let panels: Vec<_> = photo
            .panels
            .iter()
            .map(|p| json!({"slot": p.slot, "crop": p.crop, "ppi": p.ppi.round()}))
            .collect();
        json!({
            "key": photo.key,
            "id": photo.id,
            "credit": photo.credit,
            "size": photo.size,
            "preliminary": photo.is_preliminary(),
            "panels": panels,
        })
    });
    let record = json!({
        "kanso": env!("CARGO_PKG_VERSION"),
        "fingerprint": fingerprint,
        "bib": finisher.bib,
        "result": result(finisher),
        "confirmed": race_data.race.confirmed,
        "template": race_data.race.appearance.template,
        "artwork": race_data.artwork,
        "photo": photo,
        "best_shot": best_shot,
        "reason": occasion.reason,
        "probability": occasion.found.map(|found| found.probability),
        "evidence": occasion.found.map(|found| &found.evidence),
        "warnings": warnings,
    });
    document::json(&record)
}

/// What certificates say of a result. The rest of the start list's row (kana, sex, age,
/// prefecture) stays where the organiser keeps it.
fn result(finisher: &Finisher) -> Value {
    json!({
        "name": finisher.name,
        "team": finisher.team,
        "course": finisher.course,
        "category": finisher.category,
        "status": finisher.status,
        "gun_time_ms": finisher.gun_time,
        "net_time_ms": finisher.net_time,
        "rank_overall": finisher.rank_overall,
        "rank_course": finisher.rank_course,
        "rank_sex": finisher.rank_sex,
        "rank_category": finisher.rank_category,
        "splits": finisher.splits,
    })
}
