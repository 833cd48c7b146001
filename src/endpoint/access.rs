//! Who may do what: keys, their secrets, and the prefixes a key is limited to.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rand::seq::IndexedRandom as _;
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::dto::{
    CopyObjectInput, CopySource, ListMultipartUploadsInput, ListObjectsInput, ListObjectsV2Input,
    UploadPartCopyInput,
};
use s3s::path::S3Path;
use s3s::{S3Request, S3Result, s3_error};

use super::key_file::{FileFormat, FileKey, KeyFile};

/// The file in the data folder that holds the keys.
pub const CREDENTIALS_FILE: &str = "credentials.toml";

/// The keys that this endpoint accepts.
#[derive(Debug, Clone, Default)]
pub struct Credentials {
    keys: BTreeMap<String, Grant>,
    primary: String,
    /// Where keys may come and go while the endpoint runs.
    file: Option<Arc<KeyFile>>,
}

/// What one key may do. The secret never shows in `Debug`.
#[derive(Debug, Clone)]
pub(super) struct Grant {
    pub(super) secret: SecretKey,
    pub(super) scope: Scope,
}

/// Where a key may work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    Everything,
    /// Reads and writes objects whose `bucket/key` begins with one of these; deletes nothing.
    Prefixes(Vec<String>),
}

/// Why the keys cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    #[error("cannot read or write {path}: {source}; check its owner and permissions")]
    File { path: PathBuf, source: io::Error },
    #[error(
        "{path} is not a list of [[key]] entries: {source}; correct it, or remove it to have one made"
    )]
    Parse { path: PathBuf, source: Box<toml::de::Error> },
    #[error("{path} holds no key without a prefix; add one, or remove the file to have one made")]
    NoPrimary { path: PathBuf },
    #[error("a secret access key needs at least 8 characters; choose a longer one")]
    WeakSecret,
}

impl Credentials {
    /// One key that may do everything.
    pub fn single(
        access_key_id: impl Into<String>,
        secret_access_key: impl Into<String>,
    ) -> Result<Self, CredentialsError> {
        let primary = access_key_id.into();
        let this = Self { keys: BTreeMap::new(), primary: primary.clone(), file: None };
        this.with_key(primary, secret_access_key, Scope::Everything)
    }

    /// A fresh random key that may do everything.
    pub fn random() -> Result<Self, CredentialsError> {
        let (id, secret) = random_key();
        Self::single(id, secret)
    }

    /// One more key.
    pub fn with_key(
        mut self,
        access_key_id: impl Into<String>,
        secret_access_key: impl Into<String>,
        scope: Scope,
    ) -> Result<Self, CredentialsError> {
        let secret = secret_access_key.into();
        if secret.len() < 8 {
            return Err(CredentialsError::WeakSecret);
        }
        self.keys.insert(access_key_id.into(), Grant { secret: secret.into(), scope });
        Ok(self)
    }

    /// Also accepts the photographers' keys that a data folder's file holds at the time of
    /// each request. Its keys that may do everything do not count: who gives a key of their
    /// own wants no other owner.
    pub fn with_photographers_of(mut self, data: &Path) -> Self {
        self.file = Some(Arc::new(KeyFile::limited_keys(data)));
        self
    }

    fn following(mut self, data: &Path) -> Self {
        self.file = Some(Arc::new(KeyFile::all_keys(data)));
        self
    }

    /// The keys of a data folder; a first one is made where there are none yet. The flag
    /// says that it was made just now, so that it can be shown once.
    pub fn load_or_create(data: &Path) -> Result<(Self, bool), CredentialsError> {
        let path = data.join(CREDENTIALS_FILE);
        match fs::read_to_string(&path) {
            Ok(text) => Ok((Self::parse(&path, &text)?.following(data), false)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                let made = Self::random()?;
                match made.save(data) {
                    Ok(()) => Ok((made.following(data), true)),
                    // Another process was first: its key counts.
                    Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                        Self::load_or_create(data)
                    }
                    Err(source) => Err(CredentialsError::File { path, source }),
                }
            }
            Err(source) => Err(CredentialsError::File { path, source }),
        }
    }

    fn parse(path: &Path, text: &str) -> Result<Self, CredentialsError> {
        let file: FileFormat = toml::from_str(text).map_err(|source| CredentialsError::Parse {
            path: path.into(),
            source: Box::new(source),
        })?;
        let primary = file.key.iter().find(|k| k.prefixes.is_none()).map(|k| &k.access_key_id);
        let primary =
            primary.ok_or_else(|| CredentialsError::NoPrimary { path: path.into() })?.clone();
        let mut this = Self { keys: BTreeMap::new(), primary, file: None };
        for key in file.key {
            let scope = key.prefixes.map_or(Scope::Everything, Scope::Prefixes);
            this = this.with_key(key.access_key_id, key.secret_access_key, scope)?;
        }
        Ok(this)
    }

    /// Written whole or not at all, never over another file, readable by the owner only.
    fn save(&self, data: &Path) -> io::Result<()> {
        let (access_key_id, secret_access_key) = self.primary();
        let file = FileFormat {
            key: vec![FileKey {
                access_key_id: access_key_id.into(),
                secret_access_key: secret_access_key.into(),
                prefixes: None,
            }],
        };
        let text = toml::to_string(&file).map_err(io::Error::other)?;
        fs::create_dir_all(data)?;
        let draft = data.join(format!("{CREDENTIALS_FILE}.{}", std::process::id()));
        let mut options = File::options();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut out = options.open(&draft)?;
        out.write_all(text.as_bytes())?;
        out.sync_all()?;
        let placed = fs::hard_link(&draft, data.join(CREDENTIALS_FILE));
        fs::remove_file(&draft)?;
        placed?;
        File::open(data)?.sync_all()
    }

    /// Access key id and secret of the key that may do everything, for clients in this process.
    pub fn primary(&self) -> (&str, &str) {
        let secret = self.keys.get(&self.primary).map_or("", |grant| grant.secret.expose());
        (&self.primary, secret)
    }

    /// The first key always holds, since this process works with it; others as the file
    /// says, where there is one.
    fn grant(&self, access_key_id: &str) -> Option<Grant> {
        match &self.file {
            Some(file) if access_key_id != self.primary => file.get(access_key_id),
            _ => self.keys.get(access_key_id).cloned(),
        }
    }

    fn scope(&self, access_key_id: &str) -> Option<Scope> {
        self.grant(access_key_id).map(|grant| grant.scope)
    }

    fn scope_of<T>(&self, req: &S3Request<T>) -> S3Result<Scope> {
        let key = req.credentials.as_ref().and_then(|c| self.scope(&c.access_key));
        key.ok_or_else(|| s3_error!(AccessDenied, "sign the request with a key of this endpoint"))
    }
}

impl Scope {
    /// Whether an object may be read and written.
    fn covers(&self, bucket: &str, key: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Prefixes(prefixes) => {
                let name = format!("{bucket}/{key}");
                prefixes.iter().any(|p| name.starts_with(p.as_str()))
            }
        }
    }

    /// Whether the key works in this bucket at all.
    fn enters(&self, bucket: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Prefixes(prefixes) => {
                prefixes.iter().any(|p| p.split('/').next() == Some(bucket))
            }
        }
    }
}

const OUTSIDE: &str = "this key may only work below its own prefixes";

fn require(allowed: bool) -> S3Result<()> {
    if allowed { Ok(()) } else { Err(s3_error!(AccessDenied, "{OUTSIDE}")) }
}

/// What a limited key may call on an object below its prefixes. Never a delete: a lost photo
/// cannot be taken back.
const OBJECT_CALLS: [&str; 9] = [
    "PutObject",
    "GetObject",
    "HeadObject",
    "CopyObject",
    "CreateMultipartUpload",
    "UploadPart",
    "UploadPartCopy",
    "CompleteMultipartUpload",
    "AbortMultipartUpload",
];

#[async_trait::async_trait]
impl S3Auth for Credentials {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        match self.grant(access_key) {
            Some(grant) => Ok(grant.secret),
            None => Err(s3_error!(
                InvalidAccessKeyId,
                "this endpoint does not know the access key; take one that kanso key list shows"
            )),
        }
    }
}

#[async_trait::async_trait]
impl S3Access for Credentials {
    async fn check(&self, cx: &mut S3AccessContext<'_>) -> S3Result<()> {
        let scope = cx.credentials().and_then(|c| self.scope(&c.access_key));
        let Some(scope) = scope else {
            return Err(s3_error!(AccessDenied, "sign the request with a key of this endpoint"));
        };
        let call = cx.s3_op().name();
        if call == "PostObject" {
            return Err(s3_error!(
                NotImplemented,
                "form uploads are not offered; use a presigned PUT"
            ));
        }
        if scope == Scope::Everything {
            return Ok(());
        }
        require(match cx.s3_path() {
            S3Path::Root => false,
            S3Path::Bucket { bucket } => {
                let listing = ["ListObjects", "ListObjectsV2", "ListMultipartUploads"];
                let look = ["HeadBucket", "GetBucketLocation"];
                (listing.contains(&call) || look.contains(&call)) && scope.enters(bucket)
            }
            S3Path::Object { bucket, key } => {
                (OBJECT_CALLS.contains(&call) || call == "ListParts") && scope.covers(bucket, key)
            }
        })
    }

    async fn list_objects(&self, req: &mut S3Request<ListObjectsInput>) -> S3Result<()> {
        let prefix = req.input.prefix.as_deref().unwrap_or("");
        require(self.scope_of(req)?.covers(&req.input.bucket, prefix))
    }

    async fn list_objects_v2(&self, req: &mut S3Request<ListObjectsV2Input>) -> S3Result<()> {
        let prefix = req.input.prefix.as_deref().unwrap_or("");
        require(self.scope_of(req)?.covers(&req.input.bucket, prefix))
    }

    async fn list_multipart_uploads(
        &self,
        req: &mut S3Request<ListMultipartUploadsInput>,
    ) -> S3Result<()> {
        let prefix = req.input.prefix.as_deref().unwrap_or("");
        require(self.scope_of(req)?.covers(&req.input.bucket, prefix))
    }

    async fn copy_object(&self, req: &mut S3Request<CopyObjectInput>) -> S3Result<()> {
        self.check_source(&self.scope_of(req)?, &req.input.copy_source)
    }

    async fn upload_part_copy(&self, req: &mut S3Request<UploadPartCopyInput>) -> S3Result<()> {
        self.check_source(&self.scope_of(req)?, &req.input.copy_source)
    }
}

impl Credentials {
    fn check_source(&self, scope: &Scope, source: &CopySource) -> S3Result<()> {
        match source {
            CopySource::Bucket { bucket, key, .. } => require(scope.covers(bucket, key)),
            _ => require(*scope == Scope::Everything),
        }
    }
}

/// A fresh access key id and its secret.
pub(super) fn random_key() -> (String, String) {
    let mut rng = rand::rng();
    let mut text = |length, alphabet: &[u8]| -> String {
        let characters = (0..length).filter_map(|_| alphabet.choose(&mut rng));
        characters.map(|character| char::from(*character)).collect()
    };
    let id = text(20, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
    (id, text(40, b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_key_is_made_once_and_read_again() {
        let dir = tempfile::tempdir().unwrap();
        let (made, new) = Credentials::load_or_create(dir.path()).unwrap();
        assert!(new);
        let (read, new) = Credentials::load_or_create(dir.path()).unwrap();
        assert!(!new);
        assert_eq!(made.primary(), read.primary());
        assert_eq!((made.primary().0.len(), made.primary().1.len()), (20, 40));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let file = fs::metadata(dir.path().join(CREDENTIALS_FILE)).unwrap();
            assert_eq!(file.permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_secret_does_not_show_in_debug_text() {
        let credentials = Credentials::single("key", "very-secret").unwrap();
        assert!(!format!("{credentials:?}").contains("very-secret"));
    }

    #[test]
    fn a_limited_key_covers_its_prefix_only() {
        let scope = Scope::Prefixes(vec!["photos/race/photos/cam-a/".into()]);
        assert!(scope.covers("photos", "race/photos/cam-a/1.jpg"));
        assert!(!scope.covers("photos", "race/photos/cam-b/1.jpg"));
        assert!(!scope.covers("photos2", "race/photos/cam-a/1.jpg"));
        assert!(scope.enters("photos") && !scope.enters("phot"));
    }

    #[test]
    fn with_a_key_of_ones_own_the_file_gives_photographers_keys_only() {
        let dir = tempfile::tempdir().unwrap();
        let (file, _) = Credentials::load_or_create(dir.path()).unwrap();
        let made =
            super::super::key_file::add(dir.path(), &["kanso/r/photos/a/".to_owned()]).unwrap();
        let own = Credentials::single("own", "own-secret").unwrap();
        let own = own.with_photographers_of(dir.path());
        assert_eq!(own.scope("own"), Some(Scope::Everything));
        assert_eq!(own.scope(file.primary().0), None);
        let camera = Scope::Prefixes(vec!["kanso/r/photos/a/".into()]);
        assert_eq!(own.scope(&made.access_key_id), Some(camera.clone()));
        assert_eq!(file.scope(&made.access_key_id), Some(camera));
    }

    #[test]
    fn a_file_with_only_limited_keys_is_refused() {
        let text = "[[key]]\naccess_key_id='a'\nsecret_access_key='12345678'\nprefixes=['b/']\n";
        assert!(matches!(
            Credentials::parse(Path::new("f"), text),
            Err(CredentialsError::NoPrimary { .. })
        ));
    }
}
