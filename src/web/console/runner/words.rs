//! States and reasons of a runner's page, in both languages.

use kanso_matching::reason::Reason;
use kanso_pipeline::runner_photos::{RunnerPhoto, Stands};
use kanso_print::job::Standing;
use kanso_race::{Bib, Status};

use crate::console::candidate;
use crate::language::Both;

fn both(ja: &str, en: &str) -> Both {
    Both { ja: ja.to_owned(), en: en.to_owned() }
}

pub(in crate::console) fn status(status: Status) -> Both {
    match status {
        Status::Finished => both("完走", "Finished"),
        Status::Open => both("オープン参加で完走", "Finished, unranked"),
        Status::Registered => both("記録はまだ", "No result yet"),
        Status::Dnf => both("途中棄権", "Did not finish"),
        Status::Dns => both("欠場", "Did not start"),
        Status::Dq => both("失格", "Disqualified"),
    }
}

/// Why a photo makes no certificate of this runner's that holds, in a sentence; `None` where it
/// does.
pub(super) fn why(photo: &RunnerPhoto, bib: &Bib) -> Option<Both> {
    let void = photo.certificate.as_ref().and_then(|kept| kept.void.as_deref());
    if let Some(reason) = photo.said.why.get(bib) {
        return Some(both(reason, reason));
    }
    if photo.said.block.contains(bib) {
        let ja = "この選手には使わないと、スタッフが決めました。";
        return Some(both(ja, "Staff decided not to use it for this runner."));
    }
    let (stands, found) = photo.stands(bib);
    let decision = photo.decision.as_ref();
    match (stands, void) {
        (Stands::Asked, _) => decision.map(candidate::why),
        (Stands::Waiting, _) => Some(both(
            "この選手の記録が届くのを待っています。",
            "It waits for this runner's result.",
        )),
        (Stands::Issued, None) => None,
        (Stands::Issued | Stands::Gone, Some(void)) => Some(taken_back(void)),
        (Stands::Gone, None) => {
            let reason = decision.map_or("", |decision| decision.reason.as_str());
            Some(taken_back(reason))
        }
        (Stands::Barred, _) => {
            let reason = found.map(|found| found.why.as_str()).filter(|why| !why.is_empty());
            Some(taken_back(reason.or(void).unwrap_or_default()))
        }
    }
}

/// What the pipeline says of a certificate that no longer holds.
fn taken_back(reason: &str) -> Both {
    let ja = match Reason::of(reason) {
        Some(Reason::NoLongerInResults) => "選手が記録のファイルからなくなりました。",
        Some(Reason::NoTime) => "選手のタイムが記録からなくなりました。",
        Some(Reason::DidNotFinish) => "途中棄権のため、完走証は出せません。",
        Some(Reason::DidNotStart) => "欠場のため、完走証は出せません。",
        Some(Reason::Disqualified) => "失格のため、完走証は出せません。",
        Some(Reason::UnderTheSameName) => "同じファイル名で別の写真が届きました。",
        Some(Reason::PersonRejected | Reason::PersonFoundNobody) => {
            "使わない写真だと、スタッフが決めました。"
        }
        _ if reason.is_empty() => "写真がなくなりました。",
        _ => "いまは、この選手の写真とされていません。",
    };
    let en = if reason.is_empty() { "The photo is gone." } else { reason };
    both(ja, en)
}

pub(super) fn standing(standing: Standing) -> Both {
    match standing {
        Standing::Waiting => both("印刷を待っています", "Waiting"),
        Standing::Printing => both("印刷しています", "Printing"),
        Standing::Printed => both("印刷ずみ", "Printed"),
        Standing::Failed => both("印刷できませんでした", "Failed"),
        Standing::Unknown => both("出たかどうか不明", "Not known whether it came out"),
        Standing::Cancelled => both("取り消しました", "Cancelled"),
    }
}
