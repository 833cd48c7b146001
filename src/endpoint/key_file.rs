//! `credentials.toml` while the endpoint runs: a key that was added or taken away counts
//! from the next request on, without a restart.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::access::{CREDENTIALS_FILE, Credentials, CredentialsError, Grant, Scope, random_key};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileFormat {
    pub key: Vec<FileKey>,
}

/// One `[[key]]` of the file. Without `Debug`, which would show the secret.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileKey {
    pub access_key_id: String,
    pub secret_access_key: String,
    /// `bucket/prefix`; everything where missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefixes: Option<Vec<String>>,
}

/// The keys of a file as it is now.
#[derive(Debug)]
pub(super) struct KeyFile {
    path: PathBuf,
    /// Whether keys that may do everything count as well.
    owners: bool,
    read: RwLock<Read>,
}

#[derive(Debug, Default)]
struct Read {
    stamp: Option<(SystemTime, u64)>,
    keys: BTreeMap<String, Grant>,
}

impl KeyFile {
    pub fn all_keys(data: &Path) -> Self {
        Self { path: data.join(CREDENTIALS_FILE), owners: true, read: RwLock::default() }
    }

    pub fn limited_keys(data: &Path) -> Self {
        Self { owners: false, ..Self::all_keys(data) }
    }

    /// A key of the file. A file that cannot be read leaves the keys that were known.
    pub fn get(&self, access_key_id: &str) -> Option<Grant> {
        let stamp = fs::metadata(&self.path).and_then(|m| Ok((m.modified()?, m.len()))).ok();
        let known = self.read.read().unwrap_or_else(PoisonError::into_inner);
        if known.stamp == stamp {
            return known.keys.get(access_key_id).cloned();
        }
        drop(known);
        let mut known = self.read.write().unwrap_or_else(PoisonError::into_inner);
        match parse(&self.path) {
            Ok(keys) => {
                let counting = keys.into_iter().filter(|k| self.owners || k.prefixes.is_some());
                *known = Read { stamp, keys: counting.map(grant).collect() };
            }
            Err(error) => {
                known.stamp = stamp;
                tracing::error!("the keys stay as they were: {error}");
            }
        }
        known.keys.get(access_key_id).cloned()
    }
}

fn grant(key: FileKey) -> (String, Grant) {
    let scope = key.prefixes.map_or(Scope::Everything, Scope::Prefixes);
    (key.access_key_id, Grant { secret: key.secret_access_key.into(), scope })
}

fn parse(path: &Path) -> Result<Vec<FileKey>, CredentialsError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(CredentialsError::File { path: path.into(), source }),
    };
    let file: FileFormat = toml::from_str(&text).map_err(|source| CredentialsError::Parse {
        path: path.into(),
        source: Box::new(source),
    })?;
    Ok(file.key)
}

/// The keys of a data folder, in the order of the file.
pub fn keys(data: &Path) -> Result<Vec<FileKey>, CredentialsError> {
    parse(&data.join(CREDENTIALS_FILE))
}

/// Adds a key that works below these prefixes (`bucket/prefix/`) only.
pub fn add(data: &Path, prefixes: &[String]) -> Result<FileKey, CredentialsError> {
    // The first key of a data folder may do everything, and is made before any other.
    Credentials::load_or_create(data)?;
    let (access_key_id, secret_access_key) = random_key();
    let made = FileKey { access_key_id, secret_access_key, prefixes: Some(prefixes.to_vec()) };
    change(data, |keys| keys.push(made.clone()))?;
    Ok(made)
}

/// Takes a limited key away; `false` where the file has none of this name. The key that may
/// do everything stays.
pub fn remove(data: &Path, access_key_id: &str) -> Result<bool, CredentialsError> {
    let mut found = false;
    change(data, |keys| {
        keys.retain(|key| {
            let this = key.access_key_id == access_key_id && key.prefixes.is_some();
            found |= this;
            !this
        });
    })?;
    Ok(found)
}

/// Written whole or not at all, by one process at a time, readable by the owner only.
fn change(data: &Path, edit: impl FnOnce(&mut Vec<FileKey>)) -> Result<(), CredentialsError> {
    let path = data.join(CREDENTIALS_FILE);
    let failed = |source| CredentialsError::File { path: path.clone(), source };
    let lock = File::create(data.join(format!("{CREDENTIALS_FILE}.lock"))).map_err(failed)?;
    lock.lock().map_err(failed)?;
    let mut key = parse(&path)?;
    edit(&mut key);
    let text = toml::to_string(&FileFormat { key }).map_err(io::Error::other).map_err(failed)?;
    replace(data, &path, &text).map_err(failed)
}

fn replace(data: &Path, path: &Path, text: &str) -> io::Result<()> {
    let draft = data.join(format!("{CREDENTIALS_FILE}.{}", std::process::id()));
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut out = options.open(&draft)?;
    out.write_all(text.as_bytes())?;
    out.sync_all()?;
    fs::rename(&draft, path)?;
    File::open(data)?.sync_all()
}
