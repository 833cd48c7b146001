//! The addresses of runners' pages: nobody finds one by guessing, and a certificate can carry
//! its runner's without asking anybody.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use kanso_race::Bib;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

/// What stands in a path as it is (RFC 3986, 2.3).
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// The words that set these signatures apart from whatever else a key may sign.
const PURPOSE: &[u8] = b"kanso runner\n";
/// Of the signature that stands in an address: 128 bits.
const TOKEN_BYTES: usize = 16;

/// Signs the links of one race. Another key makes every link that was given out void.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkKey {
    /// Names the key; says nothing of it.
    pub id: String,
    /// Random hex.
    secret: String,
}

impl LinkKey {
    /// A key of random bytes.
    pub fn new(id: [u8; 4], secret: [u8; 32]) -> Self {
        Self { id: hex::encode(id), secret: hex::encode(secret) }
    }
}

/// Never with its secret.
impl fmt::Debug for LinkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinkKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The links of a race's runners.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Links {
    race: String,
    key: LinkKey,
}

impl Links {
    /// `race` is the race's folder.
    pub fn new(race: &str, key: LinkKey) -> Self {
        Self { race: race.to_owned(), key }
    }

    /// The path of a runner's page: `/r/<race>/<bib>/<token>`.
    pub fn path(&self, bib: &Bib) -> String {
        format!("{}/{bib}/{}", race_path(&self.race), BASE64.encode(self.signature(bib)))
    }

    /// Whether a token is this runner's. Takes the same time for every wrong one.
    pub fn is_of(&self, bib: &Bib, token: &str) -> bool {
        let given = BASE64.decode(token).unwrap_or_default();
        self.signature(bib)[..].ct_eq(&given).into()
    }

    /// A name for somebody or something, by which nobody without the key finds who it is.
    pub fn pseudonym(&self, of: &str) -> String {
        hex::encode(self.signed(b"kanso pseudonym\n", of))
    }

    fn signature(&self, bib: &Bib) -> [u8; TOKEN_BYTES] {
        self.signed(PURPOSE, bib.as_str())
    }

    pub(crate) fn signed(&self, purpose: &[u8], text: &str) -> [u8; TOKEN_BYTES] {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(self.key.secret.as_bytes()).expect("HMAC takes any key");
        mac.update(purpose);
        mac.update(self.race.as_bytes());
        // No folder holds a slash.
        mac.update(b"/");
        mac.update(text.as_bytes());
        let mut signature = [0; TOKEN_BYTES];
        signature.copy_from_slice(&mac.finalize().into_bytes()[..TOKEN_BYTES]);
        signature
    }
}

/// The path of a race's page for runners: `/r/<race>`.
pub fn race_path(race: &str) -> String {
    format!("/r/{}", utf8_percent_encode(race, UNRESERVED))
}

/// The path of a race's page for photographers: `/upload/<race>`.
pub fn upload_path(race: &str) -> String {
    format!("/upload/{}", utf8_percent_encode(race, UNRESERVED))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(race: &str, secret: u8) -> Links {
        Links::new(race, LinkKey::new([0; 4], [secret; 32]))
    }

    fn bib(text: &str) -> Bib {
        Bib::parse(text).unwrap()
    }

    #[test]
    fn a_token_opens_its_runners_page_of_its_race_and_no_other() {
        let mine = links("spring-half", 1);
        let path = mine.path(&bib("1284"));
        let token = path.strip_prefix("/r/spring-half/1284/").unwrap();
        assert_eq!(token.len(), 22);
        assert!(mine.is_of(&bib("1284"), token));
        assert!(!mine.is_of(&bib("1285"), token));
        assert!(!links("spring-ful", 1).is_of(&bib("1284"), token), "another race");
        assert!(!links("spring-half", 2).is_of(&bib("1284"), token), "another key");
        for wrong in ["", "x", &token[..21], &format!("{token}A"), &token.to_lowercase()] {
            assert!(!mine.is_of(&bib("1284"), wrong), "{wrong}");
        }
    }

    #[test]
    fn a_race_of_any_name_has_a_path() {
        assert_eq!(
            race_path("春 2026/ハーフ?"),
            "/r/%E6%98%A5%202026%2F%E3%83%8F%E3%83%BC%E3%83%95%3F"
        );
    }

    #[test]
    fn a_key_is_read_as_it_was_written_and_never_printed() {
        let key = LinkKey::new([0; 4], [7; 32]);
        let written = crate::document::json(&key);
        assert_eq!(crate::document::read::<LinkKey>(&written).unwrap(), key);
        assert!(!format!("{key:?}").contains("0707"), "{key:?}");
    }
}
