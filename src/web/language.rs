//! In which language a page opens. Every page holds both; this one is shown first.

use axum::http::HeaderMap;
use axum::http::header::{ACCEPT_LANGUAGE, COOKIE};
use kanso_race::rules::{Bilingual, Language};

/// What the page's language switch writes. It says nothing about a person.
pub const COOKIE_NAME: &str = "lang";

/// The language that was chosen, else the browser's, else Japanese.
pub fn of(headers: &HeaderMap) -> Language {
    if let Some(chosen) = cookie(headers, COOKIE_NAME) {
        return if chosen == "en" { Language::En } else { Language::Ja };
    }
    let wanted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    match wanted.and_then(first_known) {
        Some(language) => language,
        None => Language::Ja,
    }
}

/// A browser lists its languages in order of preference; a language that we do not write
/// says that its reader more likely reads English than Japanese.
fn first_known(list: &str) -> Option<Language> {
    let first = list.split(',').next()?.trim().to_ascii_lowercase();
    match first.get(..2) {
        Some("ja") => Some(Language::Ja),
        Some(_) => Some(Language::En),
        None => None,
    }
}

/// One cookie of a request.
pub fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let all = headers.get_all(COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// As `<html lang>` wants it.
pub fn tag(language: Language) -> &'static str {
    match language {
        Language::Ja => "ja",
        Language::En => "en",
    }
}

/// A text in both languages; the Japanese one stands in where the race gives no English.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Both {
    pub ja: String,
    pub en: String,
}

impl From<&Bilingual> for Both {
    fn from(text: &Bilingual) -> Self {
        let en = text.en.as_ref().unwrap_or(&text.ja);
        Self { ja: text.ja.clone(), en: en.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn headers(list: &[(axum::http::HeaderName, &'static str)]) -> HeaderMap {
        list.iter().map(|(name, v)| (name.clone(), HeaderValue::from_static(v))).collect()
    }

    #[test]
    fn the_choice_wins_over_the_browser_and_the_browser_over_the_default() {
        assert_eq!(of(&HeaderMap::new()), Language::Ja);
        assert_eq!(of(&headers(&[(ACCEPT_LANGUAGE, "en-GB,ja;q=0.5")])), Language::En);
        assert_eq!(of(&headers(&[(ACCEPT_LANGUAGE, "de")])), Language::En);
        let chosen = headers(&[(ACCEPT_LANGUAGE, "en"), (COOKIE, "a=b; lang=ja")]);
        assert_eq!(of(&chosen), Language::Ja);
    }
}
