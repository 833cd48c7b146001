//! Whom a photo may show, and why, in words.

use kanso_matching::decision::{Decision, Match};
use kanso_matching::{Evidence, Source};
use kanso_race::Bib;
use serde::Serialize;

use super::reason;
use crate::language::Both;
use crate::site::OpenRace;

/// One to choose by its number.
#[derive(Debug, Serialize)]
pub(super) struct Candidate {
    bib: Bib,
    /// Staff read it against the bib or the runner; absent where nobody has the bib.
    name: Option<String>,
    course: Option<Both>,
    /// That the photo shows this runner.
    percent: u32,
    evidence: Vec<Both>,
    /// Where the number stands: x, y, width and height in pixels of the upright photo.
    #[serde(rename = "box")]
    area: Option<[u32; 4]>,
}

impl Candidate {
    /// All that a decision offers, the most probable first.
    pub fn of(decision: &Decision, race: &OpenRace) -> Vec<Self> {
        let Decision { matches, waiting, candidates, barred, .. } = decision;
        let mut all: Vec<&Match> = Vec::new();
        for found in [candidates, matches, waiting, barred].into_iter().flatten() {
            if !all.iter().any(|there| there.bib == found.bib) {
                all.push(found);
            }
        }
        all.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        all.into_iter().map(|found| Self::one(found, race)).collect()
    }

    fn one(found: &Match, race: &OpenRace) -> Self {
        let finisher = race.finisher(&found.bib);
        Self {
            bib: found.bib.clone(),
            name: finisher.map(|finisher| finisher.name.clone()),
            course: finisher.and_then(|finisher| race.course_name(finisher)),
            percent: percent(found.probability),
            evidence: found.evidence.iter().map(words).collect(),
            area: found.evidence.iter().find_map(|evidence| evidence.area),
        }
    }
}

/// Neither none nor all of a hundred where it is not sure.
pub(super) fn percent(probability: f64) -> u32 {
    (probability * 100.0).round().clamp(1.0, 99.0) as u32
}

/// Why a person is asked.
pub(super) fn why(decision: &Decision) -> Both {
    reason::words(&decision.reason, "だれの写真か、確かめてください。")
}

/// One evidence.
pub(super) fn words(evidence: &Evidence) -> Both {
    let bib = &evidence.bib;
    let ja = match evidence.source {
        Source::Person => "スタッフの答え".to_owned(),
        Source::Code => format!("ナンバーカードのコードが {bib}"),
        Source::UploadMetadata => format!("送った人の指定が {bib}"),
        Source::Key => format!("ファイル名に {bib}"),
        Source::Caption => format!("説明文に {bib}"),
        Source::Reading => {
            let read = evidence.detail.strip_prefix("a bib reads ").unwrap_or(bib.as_str());
            format!("ナンバーの印字を {read} と読み取り")
        }
        Source::Burst => "同じころのほかの写真".to_owned(),
        Source::Clock => match evidence.lag_s {
            Some(lag_s) if lag_s < 0.0 => format!("ゴールの{}前に撮影", seconds_ja(lag_s)),
            Some(lag_s) => format!("ゴールの{}後に撮影", seconds_ja(lag_s)),
            None => "撮影の時刻".to_owned(),
        },
    };
    Both { ja, en: evidence.detail.clone() }
}

fn seconds_ja(seconds: f64) -> String {
    let seconds = seconds.abs();
    if seconds < 90.0 { format!("{seconds:.1}秒") } else { format!("{:.0}分", seconds / 60.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_is_said_in_both_languages() {
        let bib = Bib::parse("1284").unwrap();
        let read = Evidence::new(Source::Reading, bib.clone(), 0.8, "a bib reads 128".into());
        assert_eq!(words(&read).ja, "ナンバーの印字を 128 と読み取り");
        let detail = "photographed 3.2 s before finishing".to_owned();
        let clock = Evidence::new(Source::Clock, bib, 0.4, detail.clone());
        let clock = Evidence { lag_s: Some(-3.2), ..clock };
        assert_eq!(words(&clock), Both { ja: "ゴールの3.2秒前に撮影".into(), en: detail });
    }
}
