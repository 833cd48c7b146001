//! Signed cookies: what a browser may do, without a list of sessions anywhere.

use axum::http::{HeaderMap, HeaderValue, header};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use super::language::cookie;
use super::secrets::Secrets;

/// Whom a session is for. Each has a cookie of its own, sent to its own pages only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A browser that staff set up as a kiosk.
    Kiosk,
    /// The operator console.
    Console,
}

impl Role {
    pub fn cookie(self) -> &'static str {
        match self {
            Self::Kiosk => "kiosk",
            Self::Console => "console",
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::Kiosk => "/kiosk",
            Self::Console => "/console",
        }
    }
}

/// Signs and checks. Every purpose has its own words in the signature, so that a token for
/// one is worthless for another.
#[derive(Clone)]
pub struct Signer {
    key: Vec<u8>,
}

impl Signer {
    pub fn new(secrets: &Secrets) -> Self {
        Self { key: secrets.signing_key().to_vec() }
    }

    /// The signature of a text for a purpose: 128 bits in hex.
    pub fn sign(&self, purpose: &str, text: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes any key");
        mac.update(purpose.as_bytes());
        mac.update(b"\n");
        mac.update(text.as_bytes());
        hex::encode(&mac.finalize().into_bytes()[..16])
    }

    /// Whether the signature is ours. Takes the same time for every wrong one.
    pub fn verify(&self, purpose: &str, text: &str, signature: &str) -> bool {
        same(&self.sign(purpose, text), signature)
    }

    /// A `Set-Cookie` that opens a session. `subject` must hold no `.` and no `;`.
    pub fn open(&self, role: Role, subject: &str, now: Timestamp, hours: i64) -> HeaderValue {
        let until = now.as_second().saturating_add(hours * 3600);
        let text = format!("{subject}.{until}");
        let token = format!("{text}.{}", self.sign(role.cookie(), &text));
        let cookie = format!(
            "{}={token}; Path={}; Max-Age={}; HttpOnly; SameSite=Strict",
            role.cookie(),
            role.path(),
            hours * 3600
        );
        HeaderValue::from_str(&cookie).expect("tokens are plain ASCII")
    }

    /// The subject of a request's session, if it has one that is ours and not over.
    pub fn subject(&self, role: Role, headers: &HeaderMap, now: Timestamp) -> Option<String> {
        let token = cookie(headers, role.cookie())?;
        let (text, signature) = token.rsplit_once('.')?;
        if !self.verify(role.cookie(), text, signature) {
            return None;
        }
        let (subject, until) = text.rsplit_once('.')?;
        (until.parse::<i64>().ok()? > now.as_second()).then(|| subject.to_owned())
    }
}

/// A `Set-Cookie` that ends a session.
pub fn close(role: Role) -> HeaderValue {
    let cookie =
        format!("{}=; Path={}; Max-Age=0; HttpOnly; SameSite=Strict", role.cookie(), role.path());
    HeaderValue::from_str(&cookie).expect("roles are plain ASCII")
}

/// Compares secrets without telling by the time how much of them is right.
pub fn same(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

/// Whether a request that changes something was sent by a page of ours: browsers say where
/// a request comes from, and a form of another site cannot send JSON unasked.
pub fn from_own_page(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|v: &HeaderValue| v.to_str().ok());
    if let Some(site) = text(header::HeaderName::from_static("sec-fetch-site")) {
        return matches!(site, "same-origin" | "none");
    }
    match (text(header::ORIGIN), text(header::HOST)) {
        (Some(origin), Some(host)) => {
            origin.split_once("://").is_some_and(|(_, sender)| sender == host)
        }
        // Not a browser: it carries no cookie that it was not given on purpose.
        (None, _) => true,
        (Some(_), None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer() -> Signer {
        Signer::new(&Secrets::random())
    }

    fn request(cookie: &HeaderValue) -> HeaderMap {
        let pair = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
        [(header::COOKIE, HeaderValue::from_str(&pair).unwrap())].into_iter().collect()
    }

    #[test]
    fn a_session_holds_until_its_time_and_for_its_role_only() {
        let (signer, now) = (signer(), Timestamp::from_second(1_000_000).unwrap());
        let headers = request(&signer.open(Role::Kiosk, "abc", now, 1));
        assert_eq!(signer.subject(Role::Kiosk, &headers, now).as_deref(), Some("abc"));
        assert_eq!(signer.subject(Role::Console, &headers, now), None);
        let later = Timestamp::from_second(1_003_601).unwrap();
        assert_eq!(signer.subject(Role::Kiosk, &headers, later), None);
    }

    #[test]
    fn a_session_cannot_be_made_longer_or_taken_to_another_cookie() {
        let (signer, now) = (signer(), Timestamp::from_second(1_000_000).unwrap());
        let cookie = signer.open(Role::Kiosk, "abc", now, 1);
        let longer = cookie.to_str().unwrap().replace("1003600", "9003600");
        let longer = request(&HeaderValue::from_str(&longer).unwrap());
        assert_eq!(signer.subject(Role::Kiosk, &longer, now), None);
        let moved = cookie.to_str().unwrap().replace("kiosk=", "console=");
        let moved = request(&HeaderValue::from_str(&moved).unwrap());
        assert_eq!(signer.subject(Role::Console, &moved, now), None);
        let other = self::signer();
        assert_eq!(other.subject(Role::Kiosk, &request(&cookie), now), None);
    }

    #[test]
    fn a_request_from_another_site_is_told_apart() {
        let headers = |list: &[(&'static str, &'static str)]| -> HeaderMap {
            let pair = |(n, v): &(&'static str, &'static str)| {
                (header::HeaderName::from_static(n), HeaderValue::from_static(v))
            };
            list.iter().map(pair).collect()
        };
        assert!(from_own_page(&headers(&[("sec-fetch-site", "same-origin")])));
        assert!(!from_own_page(&headers(&[("sec-fetch-site", "cross-site")])));
        assert!(from_own_page(&headers(&[("origin", "http://a:8080"), ("host", "a:8080")])));
        assert!(!from_own_page(&headers(&[("origin", "http://evil"), ("host", "a:8080")])));
    }
}
