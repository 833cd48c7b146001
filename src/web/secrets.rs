//! What opens the pages that are not for everyone, made at the first start.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use kanso_pipeline::photographers::READABLE;
use rand::seq::IndexedRandom as _;

/// The file in the data folder.
pub const SECRETS_FILE: &str = "web.toml";

/// The codes that staff use, and the key that signs links and sessions.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Secrets {
    /// Makes a browser a kiosk: `/kiosk?code=...`.
    pub kiosk_code: String,
    /// Typed at a kiosk by staff, to print beyond the limit.
    pub staff_pin: String,
    /// Opens the operator console.
    pub console_token: String,
    /// 32 bytes in hex. Another key makes every session that was opened void.
    signing_key: String,
}

/// Why the secrets cannot be read or made.
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    #[error("cannot read or write {path}: {source}")]
    File { path: PathBuf, source: io::Error },
    #[error("{path} cannot be read ({source}); correct it, or remove it to have new codes made")]
    Parse { path: PathBuf, source: Box<toml::de::Error> },
    #[error("{path}: {field} {problem}; correct it, or remove the file to have new codes made")]
    Weak { path: PathBuf, field: &'static str, problem: &'static str },
}

/// Random text, each character of the alphabet equally likely.
pub(crate) fn random_text(length: usize, alphabet: &[u8]) -> String {
    let mut rng = rand::rng();
    let characters = (0..length).filter_map(|_| alphabet.choose(&mut rng));
    characters.map(|character| char::from(*character)).collect()
}

impl Secrets {
    /// The codes of a data folder, made where there are none yet.
    pub fn load_or_create(data: &Path) -> Result<Self, SecretsError> {
        let path = data.join(SECRETS_FILE);
        match fs::read_to_string(&path) {
            Ok(text) => Self::parse(&path, &text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let made = Self::random();
                match made.save(data) {
                    Ok(()) => Ok(made),
                    Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                        Self::load_or_create(data)
                    }
                    Err(source) => Err(SecretsError::File { path, source }),
                }
            }
            Err(source) => Err(SecretsError::File { path, source }),
        }
    }

    /// Fresh codes, kept nowhere.
    pub fn random() -> Self {
        Self {
            kiosk_code: random_text(10, READABLE),
            staff_pin: random_text(6, b"0123456789"),
            console_token: random_text(24, READABLE),
            signing_key: hex::encode(rand::random::<[u8; 32]>()),
        }
    }

    pub fn signing_key(&self) -> &[u8] {
        self.signing_key.as_bytes()
    }

    fn parse(path: &Path, text: &str) -> Result<Self, SecretsError> {
        let read: Self = toml::from_str(text).map_err(|source| SecretsError::Parse {
            path: path.into(),
            source: Box::new(source),
        })?;
        let weak = |field, problem| SecretsError::Weak { path: path.into(), field, problem };
        if read.kiosk_code.len() < 8 {
            return Err(weak("kiosk_code", "needs at least 8 characters"));
        }
        if read.staff_pin.len() < 4 || !read.staff_pin.bytes().all(|b| b.is_ascii_digit()) {
            return Err(weak("staff_pin", "needs at least 4 digits and nothing else"));
        }
        if read.console_token.len() < 16 {
            return Err(weak("console_token", "needs at least 16 characters"));
        }
        if hex::decode(&read.signing_key).map_or(0, |key| key.len()) < 32 {
            return Err(weak("signing_key", "needs 64 hex digits"));
        }
        Ok(read)
    }

    /// Written whole or not at all, never over another file, readable by the owner only.
    fn save(&self, data: &Path) -> io::Result<()> {
        let text = toml::to_string(self).map_err(io::Error::other)?;
        fs::create_dir_all(data)?;
        let draft = data.join(format!("{SECRETS_FILE}.{}", std::process::id()));
        let mut options = File::options();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut out = options.open(&draft)?;
        out.write_all(text.as_bytes())?;
        out.sync_all()?;
        let placed = fs::hard_link(&draft, data.join(SECRETS_FILE));
        fs::remove_file(&draft)?;
        placed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_made_once_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let made = Secrets::load_or_create(folder.path()).unwrap();
        let read = Secrets::load_or_create(folder.path()).unwrap();
        assert_eq!(made.signing_key, read.signing_key);
        assert_eq!(made.staff_pin, read.staff_pin);
    }

    #[test]
    fn a_code_too_short_to_protect_anything_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let mut weak = Secrets::random();
        weak.staff_pin = "1".into();
        weak.save(folder.path()).unwrap();
        let error = Secrets::load_or_create(folder.path()).err().unwrap();
        assert!(error.to_string().contains("staff_pin"), "{error}");
    }
}
