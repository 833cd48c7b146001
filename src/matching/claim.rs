//! Bibs that somebody wrote down: in the upload's metadata, its key, its captions, or
//! in a code printed on the bib.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use kanso_photo::PixelRect;
use kanso_photo::codes::{Code, Symbology};
use kanso_race::{Bib, Race, Roster};
use regex::Regex;
use unicode_normalization::UnicodeNormalization as _;

use super::evidence::{Evidence, Source};
use super::numbers;

/// A photographer who typed a bib into the upload has looked at the photo.
const UPLOAD_METADATA: f64 = 0.985;
const KEY: f64 = 0.98;
/// Marked as a bib in a caption or keyword: `bib:1234`, `No.1234`, `ナンバー 1234`.
const MARKED_CAPTION: f64 = 0.98;
/// A keyword that is nothing but a number on the roster.
const BARE_KEYWORD: f64 = 0.95;
/// A code survives only whole, and it hangs on the runner's chest.
const CODE: f64 = 0.995;

/// What is as likely a sponsor's address or the year as a bib.
const WEAK: f64 = 0.5;

/// `x-amz-meta-bib`: one bib or several, in the words that people put around them (`5001`,
/// `bib 5001`, `No. 5001, 5002`). A word without a digit is a bib only where the roster
/// says so.
pub fn from_upload_metadata(value: &str, roster: &Roster) -> Vec<Evidence> {
    let value = without_marks(value);
    let words = value.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '、' | '，'));
    let bibs = words.filter_map(|word| Bib::parse(word).ok());
    let bibs = bibs.filter(|bib| has_digit(bib) || roster.get(bib).is_some());
    let said = |bib: Bib| {
        let detail = format!("the upload says bib {bib}");
        Evidence::new(Source::UploadMetadata, bib, UPLOAD_METADATA, detail)
    };
    bibs.map(said).collect()
}

/// The same text without some bibs; `None` where it names nobody else.
pub fn upload_metadata_without(value: &str, bibs: &BTreeSet<Bib>) -> Option<String> {
    let plain = without_marks(value);
    let words = || plain.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '、' | '，'));
    let named = |word: &&str| Bib::parse(word).is_ok_and(|bib| bibs.contains(&bib));
    if !words().any(|word| named(&word)) {
        return Some(value.to_owned());
    }
    let left: Vec<&str> = words().filter(|word| !word.is_empty() && !named(word)).collect();
    (!left.is_empty()).then(|| left.join(" "))
}

/// Takes out the words that stand before a number to say that it is a bib.
fn without_marks(text: &str) -> std::borrow::Cow<'_, str> {
    static MARK: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)(?:\b(?:bib|no|nr)[-_.:：=#\s]*([0-9０-９])|\b(?:bibs?|no|nr|number)\b[:：=#.№\s]*|[#№]|ナンバー(?:カード)?|ゼッケン(?:番号)?|[:：=])",
        )
    });
    MARK.replace_all(text, " $1")
}

fn pattern(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is constant and compiles")
}

/// A bib in the photo's key, by the race's own pattern (`bib_in_key`).
pub fn from_key(key: &str, race: &Race) -> Vec<Evidence> {
    let Some(pattern) = &race.bib_in_key else { return Vec::new() };
    // macOS takes accents and dakuten apart (NFD); patterns are composed.
    let key: String = key.nfc().collect();
    pattern
        .captures_iter(&key)
        .filter_map(|captures| Bib::parse(captures.get(1)?.as_str()).ok())
        .map(|bib| {
            let detail = format!("the file name says bib {bib}");
            Evidence::new(Source::Key, bib, KEY, detail)
        })
        .collect()
}

/// Keywords, captions and subjects as photographers' tools write them. A bare number
/// counts only as a whole keyword that is on the roster: captions are full of years,
/// distances and streets. One that is also a number of the race itself is weak.
pub fn from_captions<'a>(
    texts: impl IntoIterator<Item = &'a str>,
    race: &Race,
    roster: &Roster,
) -> Vec<Evidence> {
    let mut found: Vec<Evidence> = Vec::new();
    let said = texts.into_iter().flat_map(said_in);
    for (said, bib) in said {
        let known = roster.get(&bib).is_some();
        let weak = said != Said::Bib && numbers::of_the_race(&bib, race);
        if (weak || said == Said::Bare) && !known {
            continue;
        }
        let probability = match said {
            _ if weak => WEAK,
            Said::Bib | Said::Number => MARKED_CAPTION,
            Said::Bare => BARE_KEYWORD,
        };
        let detail = format!("the caption or keywords say bib {bib}");
        match found.iter_mut().find(|evidence| evidence.bib == bib) {
            Some(before) if before.weak && !weak => {
                *before = Evidence::new(Source::Caption, bib, probability, detail);
            }
            Some(_) => {}
            None => found.push(Evidence {
                weak,
                ..Evidence::new(Source::Caption, bib, probability, detail)
            }),
        }
    }
    found
}

/// Captions reduced to the bibs that [`from_captions`] may find in them, so that they can
/// be kept: what else they say (names above all) is left out.
pub fn bibs_in_captions<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for (said, bib) in texts.into_iter().flat_map(said_in) {
        let bib = match said {
            Said::Bib => format!("bib:{bib}"),
            Said::Number => format!("#{bib}"),
            Said::Bare => bib.to_string(),
        };
        if !kept.contains(&bib) {
            kept.push(bib);
        }
    }
    kept
}

/// Whether a caption names one of these bibs.
pub fn caption_names(text: &str, bibs: &BTreeSet<Bib>) -> bool {
    said_in(text).iter().any(|(_, bib)| bibs.contains(bib))
}

/// How a caption names what may be a bib.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    /// `bib:1234`, `ナンバー 1234`
    Bib,
    /// `#1234`, `No.1234`: a number of some kind.
    Number,
    /// The number and nothing else.
    Bare,
}

fn said_in(text: &str) -> Vec<(Said, Bib)> {
    static MARK: LazyLock<Regex> = LazyLock::new(|| {
        pattern(concat!(
            // What says that it is a bib, or only that it is a number of some kind.
            r"(?i)(?:(\bbibs?|\bdossard|\bstart(?:nummer|nr)|ナンバー(?:カード)?|ゼッケン(?:ナンバー)?)",
            r"|\b(?:race|start|runner)\s*(?:no\b|nr\b|number|#)|\bno\.|#|№)",
            // `Bib No. 7`, `ゼッケンNo.7`, `bib-7`
            r"[\s:：=#.№_-]*(?:(?:no|nr|number)s?\b[\s:：=#.№]*|番号[\s:：]*)?",
            r"([0-9０-９A-Za-z][0-9０-９A-Za-z-]*(?:\s*[&+]\s*[0-9０-９]+\b)*)",
        ))
    });
    let marked = MARK.captures_iter(text).flat_map(|captures| {
        let said = if captures.get(1).is_some() { Said::Bib } else { Said::Number };
        let numbers = captures.get(2).map_or("", |group| group.as_str());
        bibs_of(numbers).map(move |bib| (said, bib)).collect::<Vec<_>>()
    });
    let bare = bare_bibs(text).into_iter().map(|bib| (Said::Bare, bib));
    marked.chain(bare).filter(|(_, bib)| has_digit(bib)).collect()
}

/// A text that is one bib and nothing else, or several (`1017,1024`). With a short number
/// before a comma it is one number with its thousands apart (`1,017`).
fn bare_bibs(text: &str) -> Vec<Bib> {
    static THOUSANDS: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\s*\d{1,2}(?:,\d{3})+\s*$"));
    if THOUSANDS.is_match(text) {
        return Bib::parse(&text.replace(',', "")).into_iter().collect();
    }
    let words: Vec<&str> = text.split(SEPARATORS).filter(|word| !word.is_empty()).collect();
    let bib = |word: &&str| Bib::parse(word).is_ok_and(|bib| has_digit(&bib));
    match words.len() > 1 && words.len() <= MOST_IN_ONE && words.iter().all(bib) {
        true => bibs_of(text).collect(),
        false => Bib::parse(text).into_iter().collect(),
    }
}

/// More numbers in one keyword are something else.
const MOST_IN_ONE: usize = 12;
const SEPARATORS: [char; 9] = [',', ';', '、', '，', '&', '+', '/', ' ', '\u{3000}'];

fn bibs_of(text: &str) -> impl Iterator<Item = Bib> {
    text.split(SEPARATORS).filter_map(|word| Bib::parse(word).ok())
}

/// A word without a digit is a name sooner than a bib.
fn has_digit(bib: &Bib) -> bool {
    bib.as_str().bytes().any(|byte| byte.is_ascii_digit())
}

/// A code in a photo. Sponsors print codes too: it is believed where it is a plain bib or
/// matches the race's own pattern (`bib_in_code`), and is weak where it is some address or
/// was read without a check digit.
pub fn from_photographed_code(code: &Code, race: &Race, roster: &Roster) -> Option<Evidence> {
    let PixelRect { x, y, width, height } = code.area;
    let area = Some([x, y, width, height]);
    let text = code.text.trim();
    let by_pattern = race.bib_in_code.as_ref().and_then(|own| own.captures(text)?.get(1));
    let own = by_pattern.map_or(text, |group| group.as_str());
    let own = Bib::parse(own).ok().filter(|bib| roster.get(bib).is_some());
    let Some(bib) = own.filter(|_| by_pattern.is_some() || !by_chance(code)) else {
        let found = from_code(text, area, roster)?;
        let detail = format!("a code that may be no bib's says {}", found.bib);
        let found = Evidence { area, ..Evidence::new(Source::Code, found.bib, WEAK, detail) };
        return Some(Evidence { weak: true, ..found });
    };
    let detail = format!("a code on the bib says {bib}");
    Some(Evidence { area, ..Evidence::new(Source::Code, bib, CODE, detail) })
}

/// Code 39 has no check digit: stripes of three characters are read in fences and shirts.
fn by_chance(code: &Code) -> bool {
    code.symbology == Symbology::Code39 && code.text.chars().count() <= 3
}

/// A code that somebody held before a scanner: a bare bib, or an address that carries it
/// as `bib=…` or as its last step. The bib must be on the roster.
pub fn from_code(payload: &str, area: Option<[u32; 4]>, roster: &Roster) -> Option<Evidence> {
    let bib = code_candidates(payload)
        .filter_map(|text| Bib::parse(text).ok())
        .find(|bib| roster.get(bib).is_some())?;
    let detail = format!("a code on the bib says {bib}");
    Some(Evidence { area, ..Evidence::new(Source::Code, bib, CODE, detail) })
}

/// Whether a code's text names one of these bibs, by the race's pattern or as a word.
pub fn code_names(text: &str, bibs: &BTreeSet<Bib>, race: &Race) -> bool {
    let by_pattern = race.bib_in_code.as_ref().and_then(|own| own.captures(text)?.get(1));
    let mut said = by_pattern.map(|group| group.as_str()).into_iter().chain(words_of(text));
    let named = |text: &str| Bib::parse(text).is_ok_and(|bib| bibs.contains(&bib));
    said.any(named) || code_candidates(text).any(named)
}

/// What stands in a text like a bib: letters, digits and hyphens.
pub(crate) fn words_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '-').filter(|word| !word.is_empty())
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
mod tests;
