//! Who works in the console: `staff.toml` in the data folder. A person who was added or taken
//! away counts from the next request on, without a restart.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};
use std::time::SystemTime;

use jiff::Timestamp;
use kanso_pipeline::photographers::READABLE;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::secrets::random_text;
use super::session::same;

/// The file in the data folder.
pub const STAFF_FILE: &str = "staff.toml";
/// Of 31 characters each: 59 bits, made by us, so that a plain hash is enough to keep them.
const PASSWORD_LENGTH: usize = 12;
const ID_LENGTH: usize = 8;
const LONGEST_NAME: usize = 60;

/// What somebody may do in the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StaffRole {
    /// Settles photos, looks after runners and printers.
    Staff,
    /// Settles what runners ask for, voids with a reason, and erases, too.
    Operator,
}

/// Somebody who works in the console.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// Names them in sessions; another one each time that they are added.
    pub id: String,
    /// What they sign in as, and how the audit calls them.
    pub name: String,
    pub role: StaffRole,
    /// SHA-256 in hex: the password itself is kept nowhere.
    password_hash: String,
    pub added_at: Timestamp,
}

/// Why the file cannot be read or written, or does not take a name.
#[derive(Debug, thiserror::Error)]
pub enum StaffError {
    #[error("cannot read or write {path}: {source}")]
    File { path: PathBuf, source: io::Error },
    #[error("{path} cannot be read ({source}); correct it, or remove it and add everybody anew")]
    Parse { path: PathBuf, source: Box<toml::de::Error> },
    #[error("{0:?} is there already; take them away first, or give another name")]
    Known(String),
    #[error("give a name of 1 to {LONGEST_NAME} characters, none of them a control character")]
    NoName,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileFormat {
    #[serde(default)]
    person: Vec<Person>,
}

/// The people of a data folder.
#[derive(Debug)]
pub struct Staff {
    path: PathBuf,
    read: RwLock<Read>,
}

#[derive(Debug, Default)]
struct Read {
    stamp: Option<(SystemTime, u64)>,
    people: Vec<Person>,
}

impl Staff {
    pub fn of(data: &Path) -> Self {
        Self { path: data.join(STAFF_FILE), read: RwLock::default() }
    }

    /// Somebody by the id in their session.
    pub fn person(&self, id: &str) -> Option<Person> {
        self.now().into_iter().find(|person| person.id == id)
    }

    /// Whose name and password they are. Takes the same time for every wrong password, and for
    /// a name that is nobody's.
    pub fn sign_in(&self, name: &str, password: &str) -> Option<Person> {
        let hash = hash(password);
        let person = self.now().into_iter().find(|person| person.name == name.trim());
        let held = person.as_ref().map(|person| person.password_hash.clone());
        person.filter(|_| same(&held.unwrap_or_default(), &hash))
    }

    /// The people as they are now. A file that cannot be read leaves those that were known.
    fn now(&self) -> Vec<Person> {
        let stamp = fs::metadata(&self.path).and_then(|m| Ok((m.modified()?, m.len()))).ok();
        let known = self.read.read().unwrap_or_else(PoisonError::into_inner);
        if known.stamp == stamp {
            return known.people.clone();
        }
        drop(known);
        let mut known = self.read.write().unwrap_or_else(PoisonError::into_inner);
        known.stamp = stamp;
        match parse(&self.path) {
            Ok(people) => known.people = people,
            Err(error) => tracing::error!("the console's people stay as they were: {error}"),
        }
        known.people.clone()
    }
}

/// What is typed, without what only reading it aloud adds.
fn hash(password: &str) -> String {
    let typed = password.chars().filter(|c| !c.is_whitespace() && *c != '-');
    let typed: String = typed.map(|c| c.to_ascii_lowercase()).collect();
    hex::encode(Sha256::digest(format!("kanso staff\n{typed}")))
}

fn parse(path: &Path) -> Result<Vec<Person>, StaffError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(StaffError::File { path: path.into(), source }),
    };
    let file: FileFormat = toml::from_str(&text)
        .map_err(|source| StaffError::Parse { path: path.into(), source: Box::new(source) })?;
    Ok(file.person)
}

/// The people of a data folder, in order of being added.
pub fn people(data: &Path) -> Result<Vec<Person>, StaffError> {
    parse(&data.join(STAFF_FILE))
}

/// Adds somebody; the answer is their password, which is kept nowhere.
pub fn add(data: &Path, name: &str, role: StaffRole) -> Result<String, StaffError> {
    let name = name.trim();
    let length = name.chars().count();
    if !(1..=LONGEST_NAME).contains(&length) || name.chars().any(char::is_control) {
        return Err(StaffError::NoName);
    }
    let password = random_text(PASSWORD_LENGTH, READABLE);
    change(data, |people| {
        if people.iter().any(|person| person.name == name) {
            return Err(StaffError::Known(name.to_owned()));
        }
        people.push(Person {
            id: random_text(ID_LENGTH, READABLE),
            name: name.to_owned(),
            role,
            password_hash: hash(&password),
            added_at: Timestamp::now(),
        });
        Ok(())
    })?;
    Ok(format!("{}-{}-{}", &password[..4], &password[4..8], &password[8..]))
}

/// Takes somebody away; `false` where nobody has that name.
pub fn remove(data: &Path, name: &str) -> Result<bool, StaffError> {
    let mut found = false;
    change(data, |people| {
        let before = people.len();
        people.retain(|person| person.name != name.trim());
        found = people.len() < before;
        Ok(())
    })?;
    Ok(found)
}

/// Written whole or not at all, by one process at a time, readable by the owner only.
fn change(
    data: &Path,
    edit: impl FnOnce(&mut Vec<Person>) -> Result<(), StaffError>,
) -> Result<(), StaffError> {
    let path = data.join(STAFF_FILE);
    let failed = |source| StaffError::File { path: path.clone(), source };
    fs::create_dir_all(data).map_err(failed)?;
    let lock = fs::File::create(data.join(format!("{STAFF_FILE}.lock"))).map_err(failed)?;
    lock.lock().map_err(failed)?;
    let mut person = parse(&path)?;
    edit(&mut person)?;
    let text = toml::to_string(&FileFormat { person }).map_err(io::Error::other);
    let written = text.and_then(|text| {
        let mut draft = tempfile::NamedTempFile::new_in(data)?;
        draft.write_all(text.as_bytes())?;
        draft.as_file().sync_all()?;
        draft.persist(&path)?;
        fs::File::open(data)?.sync_all()
    });
    written.map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_signs_in_until_they_are_taken_away_and_another_password_is_another_session() {
        let folder = tempfile::tempdir().unwrap();
        let staff = Staff::of(folder.path());
        assert_eq!(staff.sign_in("佐藤", ""), None);
        let password = add(folder.path(), " 佐藤 ", StaffRole::Staff).unwrap();
        let person = staff.sign_in("佐藤", &password).unwrap();
        assert_eq!((person.name.as_str(), person.role), ("佐藤", StaffRole::Staff));
        let typed = password.replace('-', " ").to_uppercase();
        assert_eq!(staff.sign_in("佐藤 ", &typed), Some(person.clone()));
        assert_eq!(staff.sign_in("佐藤", &password[1..]), None);
        assert!(matches!(
            add(folder.path(), "佐藤", StaffRole::Operator),
            Err(StaffError::Known(_))
        ));
        let text = fs::read_to_string(folder.path().join(STAFF_FILE)).unwrap();
        assert!(!text.contains(&password) && !text.contains(&password.replace('-', "")));
        assert!(remove(folder.path(), "佐藤").unwrap());
        assert!(!remove(folder.path(), "佐藤").unwrap());
        assert_eq!(staff.person(&person.id), None);
        add(folder.path(), "佐藤", StaffRole::Operator).unwrap();
        assert_eq!(staff.person(&person.id), None, "of the session before");
    }

    #[test]
    fn a_file_that_cannot_be_read_closes_the_console_to_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let staff = Staff::of(folder.path());
        let password = add(folder.path(), "a", StaffRole::Staff).unwrap();
        assert!(staff.sign_in("a", &password).is_some());
        fs::write(folder.path().join(STAFF_FILE), "person = 1").unwrap();
        assert!(staff.sign_in("a", &password).is_some());
        assert!(add(folder.path(), "b", StaffRole::Staff).is_err(), "nor is it written over");
    }
}
