//! A venue for tests: the embedded endpoint, a bucket, and the handler on top of it.

use std::sync::Arc;

use kanso_endpoint::{Config, Credentials, Endpoint, event};
use kanso_photo::PhotoId;
use kanso_pipeline::current::{self, Current};
use kanso_pipeline::events::Upload;
use kanso_pipeline::handler::{Handled, Handler};
use kanso_pipeline::keys::{CertificateKeys, RaceId};
use kanso_pipeline::place::Place;
use kanso_pipeline::proxy::Part;
use kanso_pipeline::store::{Bucket, ETag, If, NewPhoto, StoreConfig, StoreError, Write};
use md5::{Digest as _, Md5};
use serde_json::Value;

pub const BUCKET: &str = "kanso";
pub const RULES: &str = r#"
name = { ja = "試験マラソン", en = "Test Marathon" }
date = "2026-11-23"
bib_in_key = "_bib([0-9A-Z-]+)"

[[courses]]
id = "half"
name = { ja = "ハーフマラソン", en = "Half marathon" }
distance_m = 21097.5
gun = "08:30"

[[cameras]]
id = "a"
offset_s = 0.0
"#;
pub const RESULTS: &str = "ナンバー,氏名,種目,グロスタイム,状態\n\
    1,髙橋 健吾,half,1:30:00,\n2,渡邉 さくら,half,1:45:00,\n3,齋藤 大地,half,,途中棄権\n";

/// A certificate of a runner, with one photo.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    pub photo: PhotoId,
    pub current: Current,
    keys: CertificateKeys,
}

impl Kept {
    /// Where it lies; the error says why it is void.
    pub fn servable(&self) -> Result<&CertificateKeys, &str> {
        self.current.void.as_deref().map_or(Ok(&self.keys), Err)
    }
}

pub struct Venue {
    pub bucket: Bucket,
    pub client: aws_sdk_s3::Client,
    /// Where it is, with the key that may do everything.
    #[allow(dead_code, reason = "the web tests give it to browsers")]
    pub store: StoreConfig,
    pub handler: Arc<Handler>,
    _folder: tempfile::TempDir,
}

impl Venue {
    /// An endpoint with an empty bucket. Its own events go nowhere: tests deliver them.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (credentials, _) = Credentials::load_or_create(folder.path()).unwrap();
        let (id, secret) = credentials.primary();
        let store = StoreConfig::local(&format!("http://{address}"), id, secret);
        let client = store.client();
        let config = Config { data: folder.path().to_owned(), credentials };
        let (events, _unheard) = event::channel(1);
        let endpoint = Endpoint::open(config, events).unwrap();
        tokio::spawn(async move { endpoint.serve(listener, std::future::pending()).await });
        let bucket = Bucket::new(client.clone(), BUCKET);
        bucket.create().await.unwrap();
        let handler = Arc::new(Handler::new(bucket.clone(), bucket.clone()));
        Self { bucket, client, store, handler, _folder: folder }
    }

    /// The same with a race of three runners in `race/`.
    pub async fn with_race() -> Self {
        let venue = Self::start().await;
        venue.put("race/race.toml", RULES).await;
        venue.put("race/results.csv", RESULTS).await;
        venue
    }

    /// Puts an object; the answer is the event that S3 would send.
    pub async fn put(&self, key: &str, body: impl Into<Vec<u8>>) -> Upload {
        let body = bytes::Bytes::from(body.into());
        let size = body.len();
        let etag = self.bucket.put(key, body, "image/jpeg", Write::Always).await.unwrap();
        self.upload(key, &etag, size)
    }

    /// The event that S3 would send of an object.
    pub fn upload(&self, key: &str, etag: &ETag, size: usize) -> Upload {
        Upload {
            bucket: BUCKET.into(),
            key: key.into(),
            etag: Some(etag.as_str().into()),
            size: Some(size as u64),
            sequencer: None,
        }
    }

    /// Puts a photo that comes in two files, where nothing else is lost by it.
    pub async fn put_part(
        &self,
        key: &str,
        body: &[u8],
        part: &Part,
    ) -> Result<Upload, StoreError> {
        let md5: [u8; 16] = Md5::digest(body).into();
        let new = NewPhoto { key, content_type: "image/jpeg", md5: &md5, part: Some(part) };
        let etag = self.bucket.put_new(new, bytes::Bytes::copy_from_slice(body)).await?;
        Ok(self.upload(key, &etag, body.len()))
    }

    /// A proxy of a photo, and nothing else of it.
    pub async fn put_proxy(
        &self,
        key: &str,
        of: &[u8],
        reduced: &[u8],
        size: (u32, u32),
    ) -> Upload {
        let part = Part::Proxy { of: Md5::digest(of).into(), size };
        self.put_part(key, reduced, &part).await.unwrap()
    }

    /// The photo, over its proxy.
    pub async fn put_full(&self, key: &str, file: &[u8]) -> Upload {
        let md5: [u8; 16] = Md5::digest(file).into();
        let Place::Proxied { key: place, full } = self.bucket.place(key, &md5).await.unwrap()
        else {
            panic!("no proxy of this file is there");
        };
        assert_eq!(place, key);
        self.put_part(key, file, &full).await.unwrap()
    }

    pub async fn handle(&self, upload: &Upload) -> Vec<Handled> {
        self.handler.handle(upload).await.unwrap()
    }

    pub async fn keys(&self, prefix: &str) -> Vec<String> {
        self.bucket.list(prefix).await.unwrap().into_iter().map(|listed| listed.key).collect()
    }

    pub async fn json(&self, key: &str) -> Value {
        let fetched = self.bucket.get(key, If::Any, 1 << 20).await.unwrap();
        serde_json::from_slice(&fetched.bytes).unwrap()
    }

    /// Everything that is kept of a runner's certificates, void or not.
    pub async fn kept(&self, bib: &str) -> Vec<Kept> {
        let race = RaceId::new("race").unwrap();
        let mut all = Vec::new();
        for key in self.keys(&format!("race/certificates/{bib}/")).await {
            if let Some((bib, photo, "current.json")) = CertificateKeys::read(&race, &key) {
                let read = current::read(&self.bucket, &race, &bib, &photo).await;
                let current = read.unwrap().unwrap();
                let keys = CertificateKeys::new(&race, &bib, &photo, &current.fingerprint);
                all.push(Kept { photo, current, keys });
            }
        }
        all
    }

    /// The one document below a prefix.
    pub async fn only(&self, prefix: &str) -> Value {
        let keys = self.keys(prefix).await;
        assert_eq!(keys.len(), 1, "{prefix} holds {keys:?}");
        self.json(&keys[0]).await
    }
}

/// A small photo; each `shade` is another one.
pub fn photo(shade: u8) -> Vec<u8> {
    drawn(shade, 900, 600)
}

/// A photo that may say a keyword, and when it was taken.
pub fn tagged(shade: u8, keyword: Option<&str>, taken: &str) -> Vec<u8> {
    let keywords: Vec<String> = keyword.map(str::to_owned).into_iter().collect();
    with_tags(photo(shade), &keywords, taken)
}

/// The same, done in no time.
pub fn small_tagged(shade: u8, keywords: &[String], taken: &str) -> Vec<u8> {
    with_tags(small_photo(shade), keywords, taken)
}

/// A JPEG with keywords, and when it was taken, as the camera's clock showed.
pub fn with_tags(mut jpeg: Vec<u8>, keywords: &[String], taken: &str) -> Vec<u8> {
    let keyword: String =
        keywords.iter().map(|keyword| format!("<rdf:li>{keyword}</rdf:li>")).collect();
    let xmp = format!(
        "http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\
         <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
         <rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
         xmlns:exif=\"http://ns.adobe.com/exif/1.0/\" exif:DateTimeOriginal=\"{taken}\">\
         <dc:subject><rdf:Bag>{keyword}</rdf:Bag></dc:subject>\
         </rdf:Description></rdf:RDF></x:xmpmeta>"
    );
    let length = u16::try_from(xmp.len() + 2).unwrap().to_be_bytes();
    jpeg.splice(2..2, [&[0xff, 0xe1], &length[..], xmp.as_bytes()].concat());
    jpeg
}

/// The sample photo of 1017 with all its metadata taken out, but for when it was taken.
pub fn numbered(taken: Option<&str>) -> Vec<u8> {
    let bytes = fixture("races/minato-half/photos/finish-b/KNB_1007.jpg");
    let picture = image::load_from_memory(&bytes).unwrap().to_rgb8();
    let mut jpeg = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 90);
    picture.write_with_encoder(encoder).unwrap();
    if let Some(taken) = taken {
        let xmp = format!(
            "http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\
             <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
             <rdf:Description rdf:about=\"\" xmlns:exif=\"http://ns.adobe.com/exif/1.0/\" \
             exif:DateTimeOriginal=\"{taken}\"/></rdf:RDF></x:xmpmeta>"
        );
        let length = u16::try_from(xmp.len() + 2).unwrap().to_be_bytes();
        jpeg.splice(2..2, [&[0xff, 0xe1], &length[..], xmp.as_bytes()].concat());
    }
    jpeg
}

/// As a camera takes it: fine enough for any certificate.
pub fn large_photo(shade: u8) -> Vec<u8> {
    drawn(shade, 3600, 2400)
}

/// One that is done in no time.
pub fn small_photo(shade: u8) -> Vec<u8> {
    drawn(shade, 240, 160)
}

fn drawn(shade: u8, width: u32, height: u32) -> Vec<u8> {
    let picture = image::RgbImage::from_fn(width, height, |x, y| {
        image::Rgb([shade, (x / 4) as u8, (y / 3) as u8])
    });
    let mut jpeg = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 80)
        .encode_image(&picture)
        .unwrap();
    jpeg
}

/// A file of the repository.
pub fn fixture(path: &str) -> Vec<u8> {
    std::fs::read(crate::repository::root().join("fixtures").join(path)).unwrap()
}
