//! Digests of a body: the MD5 of its ETag and the checksums a client announced.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use md5::{Digest as _, Md5};
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum as _, Crc32, Crc32c, Crc64Nvme, Sha1, Sha256};
use serde::{Deserialize, Serialize};

/// A checksum algorithm of S3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Algorithm {
    Crc32,
    Crc32c,
    Sha1,
    Sha256,
    Crc64Nvme,
}

impl Algorithm {
    pub const ALL: [Self; 5] =
        [Self::Crc32, Self::Crc32c, Self::Sha1, Self::Sha256, Self::Crc64Nvme];

    /// The name as S3 writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
            Self::Crc64Nvme => "CRC64NVME",
        }
    }

    /// The header or trailer that carries the digest.
    pub fn header(self) -> &'static str {
        match self {
            Self::Crc32 => "x-amz-checksum-crc32",
            Self::Crc32c => "x-amz-checksum-crc32c",
            Self::Sha1 => "x-amz-checksum-sha1",
            Self::Sha256 => "x-amz-checksum-sha256",
            Self::Crc64Nvme => "x-amz-checksum-crc64nvme",
        }
    }

    /// The algorithm of an S3 name, in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.name().eq_ignore_ascii_case(name))
    }

    /// Whether digests of parts can only be kept as a digest of digests.
    pub fn is_cryptographic(self) -> bool {
        matches!(self, Self::Sha1 | Self::Sha256)
    }

    /// Length of the raw digest in bytes.
    pub fn digest_bytes(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32c => 4,
            Self::Crc64Nvme => 8,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }
}

/// A checksum as it is stored beside an object and sent back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checksum {
    pub algorithm: Algorithm,
    /// Base64, with `-N` behind it where it is a digest of N part digests.
    pub value: String,
    /// Whether `value` covers the parts' digests instead of the whole body.
    #[serde(default)]
    pub composite: bool,
}

/// Where the digest of an announced checksum comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Announced {
    /// The client sent it before the body.
    Value(String),
    /// It follows the body as a trailer.
    Trailer,
    /// The client left it to the server (a copy, or a part of an upload with a checksum).
    Compute,
}

/// What a client announced about the body it is about to send.
#[derive(Debug, Clone, Default)]
pub struct Expected {
    /// Raw MD5 of `Content-MD5`.
    pub md5: Option<[u8; 16]>,
    pub checksums: Vec<(Algorithm, Announced)>,
}

/// Why a body was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DigestError {
    #[error("the Content-MD5 you sent is not the base64 of 16 bytes; send the MD5 of the body")]
    InvalidMd5,
    #[error(
        "the Content-MD5 you sent does not match the body that arrived; nothing was stored, send it again"
    )]
    Md5Mismatch,
    #[error("the value of {0} is not a valid digest; send the base64 of the raw digest")]
    InvalidChecksum(&'static str),
    #[error("{0} does not match the body that arrived; nothing was stored, send it again")]
    ChecksumMismatch(&'static str),
    #[error("the trailer {0} was announced but did not arrive; nothing was stored, send it again")]
    TrailerMissing(&'static str),
}

impl Expected {
    /// Reads `Content-MD5`.
    pub fn with_content_md5(mut self, header: Option<&str>) -> Result<Self, DigestError> {
        if let Some(text) = header {
            let raw = BASE64.decode(text).map_err(|_| DigestError::InvalidMd5)?;
            self.md5 = Some(raw.try_into().map_err(|_| DigestError::InvalidMd5)?);
        }
        Ok(self)
    }

    /// Adds a checksum once; a value is checked for its form before the body is read.
    pub fn announce(
        &mut self,
        algorithm: Algorithm,
        announced: Announced,
    ) -> Result<(), DigestError> {
        if let Announced::Value(text) = &announced {
            check_form(algorithm, text)?;
        }
        if !self.checksums.iter().any(|(a, _)| *a == algorithm) {
            self.checksums.push((algorithm, announced));
        }
        Ok(())
    }
}

fn check_form(algorithm: Algorithm, text: &str) -> Result<(), DigestError> {
    match BASE64.decode(text) {
        Ok(raw) if raw.len() == algorithm.digest_bytes() => Ok(()),
        _ => Err(DigestError::InvalidChecksum(algorithm.header())),
    }
}

/// Runs over a body once and knows every digest that was asked for.
pub struct BodyHasher {
    md5: Md5,
    checksums: ChecksumHasher,
}

/// The digests of a whole body.
#[derive(Debug, Clone)]
pub struct BodyDigest {
    pub md5: [u8; 16],
    pub checksums: Vec<Checksum>,
}

impl BodyHasher {
    pub fn new(algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        Self { md5: Md5::new(), checksums: checksum_hasher(algorithms) }
    }

    pub fn update(&mut self, bytes: &[u8]) {
        self.md5.update(bytes);
        self.checksums.update(bytes);
    }

    pub fn finish(self) -> BodyDigest {
        BodyDigest { md5: self.md5.finalize().into(), checksums: finish_checksums(self.checksums) }
    }
}

impl BodyDigest {
    /// Compares with what the client announced. `trailer` looks a trailer up.
    pub fn verify(
        &self,
        expected: &Expected,
        trailer: impl Fn(&str) -> Option<String>,
    ) -> Result<(), DigestError> {
        if expected.md5.is_some_and(|md5| md5 != self.md5) {
            return Err(DigestError::Md5Mismatch);
        }
        for (algorithm, announced) in &expected.checksums {
            let header = algorithm.header();
            let value = match announced {
                Announced::Value(value) => value.clone(),
                Announced::Trailer => trailer(header).ok_or(DigestError::TrailerMissing(header))?,
                Announced::Compute => continue,
            };
            check_form(*algorithm, &value)?;
            if self.checksum(*algorithm).is_none_or(|c| c.value != value) {
                return Err(DigestError::ChecksumMismatch(header));
            }
        }
        Ok(())
    }

    /// The checksum of one algorithm, where it was asked for.
    pub fn checksum(&self, algorithm: Algorithm) -> Option<&Checksum> {
        self.checksums.iter().find(|c| c.algorithm == algorithm)
    }
}

/// The ETag of an object uploaded in parts: the MD5 of the parts' MD5s and their number.
pub fn multipart_etag<'a>(part_etags: impl IntoIterator<Item = &'a str>) -> String {
    let mut md5 = Md5::new();
    let mut count = 0_usize;
    for etag in part_etags {
        md5.update(hex::decode(etag).unwrap_or_default());
        count += 1;
    }
    format!("{}-{count}", hex::encode(md5.finalize()))
}

/// A checksum over the digests of parts, as S3 calls it: COMPOSITE.
pub fn composite(algorithm: Algorithm, parts: &[&Checksum]) -> Checksum {
    let mut hasher = checksum_hasher([algorithm]);
    for part in parts {
        hasher.update(&BASE64.decode(&part.value).unwrap_or_default());
    }
    let value = finish_checksums(hasher).pop().map(|c| c.value).unwrap_or_default();
    Checksum { algorithm, value: format!("{value}-{}", parts.len()), composite: true }
}

/// A hasher for one whole-body checksum.
pub struct ChecksumRun(ChecksumHasher);

impl ChecksumRun {
    pub fn new(algorithm: Algorithm) -> Self {
        Self(checksum_hasher([algorithm]))
    }

    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub fn finish(self) -> Option<Checksum> {
        finish_checksums(self.0).pop()
    }
}

fn checksum_hasher(algorithms: impl IntoIterator<Item = Algorithm>) -> ChecksumHasher {
    let mut hasher = ChecksumHasher::default();
    for algorithm in algorithms {
        match algorithm {
            Algorithm::Crc32 => hasher.crc32 = Some(Crc32::new()),
            Algorithm::Crc32c => hasher.crc32c = Some(Crc32c::new()),
            Algorithm::Sha1 => hasher.sha1 = Some(Sha1::new()),
            Algorithm::Sha256 => hasher.sha256 = Some(Sha256::new()),
            Algorithm::Crc64Nvme => hasher.crc64nvme = Some(Crc64Nvme::new()),
        }
    }
    hasher
}

fn finish_checksums(hasher: ChecksumHasher) -> Vec<Checksum> {
    let sums = hasher.finalize();
    [
        (Algorithm::Crc32, sums.checksum_crc32),
        (Algorithm::Crc32c, sums.checksum_crc32c),
        (Algorithm::Sha1, sums.checksum_sha1),
        (Algorithm::Sha256, sums.checksum_sha256),
        (Algorithm::Crc64Nvme, sums.checksum_crc64nvme),
    ]
    .into_iter()
    .filter_map(|(algorithm, value)| {
        value.map(|value| Checksum { algorithm, value, composite: false })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_of_the_check_string_are_the_published_ones() {
        let mut hasher = BodyHasher::new(Algorithm::ALL);
        hasher.update(b"1234");
        hasher.update(b"56789");
        let digest = hasher.finish();
        assert_eq!(hex::encode(digest.md5), "25f9e794323b453885f5181f1b624d0b");
        let raw =
            |a: Algorithm| hex::encode(BASE64.decode(&digest.checksum(a).unwrap().value).unwrap());
        assert_eq!(raw(Algorithm::Crc32), "cbf43926");
        assert_eq!(raw(Algorithm::Crc32c), "e3069283");
        assert_eq!(raw(Algorithm::Crc64Nvme), "ae8b14860a799888");
        assert_eq!(raw(Algorithm::Sha1), "f7c3bc1d808e04732adf679965ccc34ca7ae3441");
    }

    #[test]
    fn a_missing_trailer_is_refused() {
        let mut expected = Expected::default();
        expected.announce(Algorithm::Crc32, Announced::Trailer).unwrap();
        let digest = BodyHasher::new([Algorithm::Crc32]).finish();
        assert_eq!(
            digest.verify(&expected, |_| None),
            Err(DigestError::TrailerMissing("x-amz-checksum-crc32"))
        );
    }

    #[test]
    fn a_checksum_of_the_wrong_length_is_refused_before_the_body() {
        let mut expected = Expected::default();
        let refused = expected.announce(Algorithm::Sha256, Announced::Value("AAAAAA==".into()));
        assert_eq!(refused, Err(DigestError::InvalidChecksum("x-amz-checksum-sha256")));
    }

    #[test]
    fn the_etag_of_parts_counts_them() {
        let etag = multipart_etag(["25f9e794323b453885f5181f1b624d0b"]);
        assert!(etag.ends_with("-1") && etag.len() == 34, "{etag}");
    }
}
