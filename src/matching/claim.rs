//! Bibs that somebody wrote down: in the upload's metadata, its key, its captions, or
//! in a code printed on the bib.

use kanso_race::{Bib, Race, Roster};

use super::evidence::{Evidence, Source};

/// A photographer who typed a bib into the upload has looked at the photo.
const UPLOAD_METADATA: f64 = 0.985;
const KEY: f64 = 0.98;
/// Marked as a bib in a caption or keyword: `bib:1234`, `No.1234`, `ナンバー 1234`.
const MARKED_CAPTION: f64 = 0.98;
/// A keyword that is nothing but a number on the roster.
const BARE_KEYWORD: f64 = 0.95;
/// A code survives only whole, and it hangs on the runner's chest.
const CODE: f64 = 0.995;

/// `x-amz-meta-bib`: one bib, or several separated by commas or spaces.
pub fn from_upload_metadata(value: &str) -> Vec<Evidence> {
    value
        .split([',', ';', ' ', '、'])
        .filter_map(|part| Bib::parse(part).ok())
        .map(|bib| Evidence {
            source: Source::UploadMetadata,
            detail: format!("the upload says bib {bib}"),
            bib,
            probability: UPLOAD_METADATA,
            area: None,
        })
        .collect()
}

/// A bib in the photo's key, by the race's own pattern (`bib_in_key`).
pub fn from_key(key: &str, race: &Race) -> Vec<Evidence> {
    let Some(pattern) = &race.bib_in_key else { return Vec::new() };
    pattern
        .captures_iter(key)
        .filter_map(|captures| Bib::parse(captures.get(1)?.as_str()).ok())
        .map(|bib| Evidence {
            source: Source::Key,
            detail: format!("the file name says bib {bib}"),
            bib,
            probability: KEY,
            area: None,
        })
        .collect()
}

/// Keywords, captions and subjects as photographers' tools write them. A bare number
/// counts only as a whole keyword that is on the roster: captions are full of years,
/// distances and streets.
pub fn from_captions<'a>(
    texts: impl IntoIterator<Item = &'a str>,
    roster: &Roster,
) -> Vec<Evidence> {
    let mut found: Vec<Evidence> = Vec::new();
    for text in texts {
        let marked = marked_bibs(text).into_iter().map(|bib| (bib, MARKED_CAPTION));
        let bare = Bib::parse(text).ok().filter(has_digit).filter(|bib| roster.get(bib).is_some());
        for (bib, probability) in marked.chain(bare.map(|bib| (bib, BARE_KEYWORD))) {
            if found.iter().any(|evidence| evidence.bib == bib) {
                continue;
            }
            found.push(Evidence {
                source: Source::Caption,
                detail: format!("the caption or keywords say bib {bib}"),
                bib,
                probability,
                area: None,
            });
        }
    }
    found
}

/// Captions reduced to the bibs that [`from_captions`] may find in them, so that they can
/// be kept: what else they say (names above all) is left out.
pub fn bibs_in_captions<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for text in texts {
        let marked = marked_bibs(text).into_iter().map(|bib| format!("bib:{bib}"));
        let bare = Bib::parse(text).ok().filter(has_digit).map(|bib| bib.to_string());
        for bib in marked.chain(bare) {
            if !kept.contains(&bib) {
                kept.push(bib);
            }
        }
    }
    kept
}

fn marked_bibs(text: &str) -> Vec<Bib> {
    use std::sync::LazyLock;
    static MARK: LazyLock<regex::Regex> = LazyLock::new(|| {
        regex::Regex::new(
            r"(?i)(?:\bbib|\bno\.|#|№|ナンバー(?:カード)?|ゼッケン)\s*[:：=#.]?\s*([0-9０-９A-Za-z][0-9０-９A-Za-z-]*)",
        )
        .expect("the pattern is constant and compiles")
    });
    MARK.captures_iter(text)
        .filter_map(|captures| Bib::parse(captures.get(1)?.as_str()).ok())
        .filter(has_digit)
        .collect()
}

/// A word without a digit is a name sooner than a bib.
fn has_digit(bib: &Bib) -> bool {
    bib.as_str().bytes().any(|byte| byte.is_ascii_digit())
}

/// A code's text: a bare bib, or an address that carries it as `bib=…` or as its last
/// step. Sponsors print codes too, so the bib must be on the roster.
pub fn from_code(payload: &str, area: Option<[u32; 4]>, roster: &Roster) -> Option<Evidence> {
    let bib = code_candidates(payload)
        .filter_map(|text| Bib::parse(text).ok())
        .find(|bib| roster.get(bib).is_some())?;
    Some(Evidence {
        source: Source::Code,
        detail: format!("a code on the bib says {bib}"),
        bib,
        probability: CODE,
        area,
    })
}

/// What of a code's text may be a bib, best first.
fn code_candidates(payload: &str) -> impl Iterator<Item = &str> {
    let payload = payload.trim();
    let parameter = payload
        .split(['?', '&', '#', ';'])
        .find_map(|part| part.strip_prefix("bib=").or_else(|| part.strip_prefix("BIB=")));
    let tagged = payload
        .strip_prefix("bib:")
        .or_else(|| payload.strip_prefix("BIB:"))
        .or_else(|| payload.strip_prefix("BIB-"));
    let last_step = payload
        .contains("://")
        .then(|| payload.split(['?', '#']).next())
        .flatten()
        .and_then(|path| path.trim_end_matches('/').rsplit('/').next());
    [parameter, tagged, Some(payload), last_step].into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bibs(evidence: &[Evidence]) -> Vec<&str> {
        evidence.iter().map(|e| e.bib.as_str()).collect()
    }

    #[test]
    fn several_bibs_may_stand_in_the_upload_metadata() {
        assert_eq!(bibs(&from_upload_metadata("1284, A-12")), ["1284", "A-12"]);
        assert!(from_upload_metadata("").is_empty());
        assert!(from_upload_metadata("../../etc").is_empty());
    }

    #[test]
    fn captions_count_only_where_they_mark_a_bib() {
        let nobody = Roster::default();
        let captions = ["Finish of the half marathon 2026", "Bib: 1284", "ナンバー ０１２"];
        assert_eq!(bibs(&from_captions(captions, &nobody)), ["1284", "012"]);
        assert!(from_captions(["bibliography"], &nobody).is_empty());
        assert!(from_captions(["21 km, 3000 runners"], &nobody).is_empty());
    }

    #[test]
    fn kept_captions_say_the_same_bibs_and_no_names() {
        let nobody = Roster::default();
        let captions = ["Taro Yamada, bib 1284, #12", "Hanako Sato", "ナンバー ０１２", "77"];
        let kept = bibs_in_captions(captions);
        assert_eq!(kept, ["bib:1284", "bib:12", "bib:012", "77"]);
        let again = from_captions(kept.iter().map(String::as_str), &nobody);
        assert_eq!(bibs(&again), bibs(&from_captions(captions, &nobody)));
    }

    #[test]
    fn a_code_offers_its_parameter_before_its_address() {
        let candidates: Vec<_> = code_candidates("https://example.org/r/77?bib=1284").collect();
        assert_eq!(candidates[0], "1284");
        assert!(candidates.contains(&"77"));
    }
}
