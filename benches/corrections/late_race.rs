//! A race that is nearly over, in an embedded endpoint: the outcomes of all its photos stand
//! there as the pipeline would have written them.

use std::path::Path;

use futures::{StreamExt, TryStreamExt};
use kanso_certificate::document::json;
use kanso_certificate::race_data::{RaceData, RaceFiles};
use kanso_certificate::{Facts, PhotoSource, plan};
use kanso_endpoint::{Config, Credentials, Endpoint, event};
use kanso_photo::PhotoId;
use kanso_pipeline::events::Upload;
use kanso_pipeline::keys::{self, Input};
use kanso_pipeline::outcome::{Issued, OutcomeRecord};
use kanso_pipeline::store::{Bucket, ETag, StoreConfig, StoreError, Write};

const RULES: &str = "name = { ja = \"試験マラソン\" }\ndate = \"2026-11-23\"\n\
    [[courses]]\nid = \"full\"\nname = { ja = \"フルマラソン\" }\ndistance_m = 42195\n\
    gun = \"08:30\"\n";

pub struct LateRace {
    pub bucket: Bucket,
    pub runners: usize,
    pub photos: usize,
}

/// Whether the photos themselves are there, each a few bytes long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Files {
    #[allow(dead_code, reason = "each bench needs one of them")]
    Present,
    #[allow(dead_code, reason = "each bench needs one of them")]
    Absent,
}

impl LateRace {
    /// An endpoint with the rules of a race in `race/`.
    pub async fn start(folder: &Path, runners: usize, photos: usize) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let (credentials, _) = Credentials::load_or_create(folder).expect("keys");
        let (id, secret) = credentials.primary();
        let client = StoreConfig::local(&format!("http://{address}"), id, secret).client();
        let config = Config { data: folder.to_owned(), credentials };
        let endpoint = Endpoint::open(config, event::channel(1).0).expect("an empty store");
        tokio::spawn(async move { endpoint.serve(listener, std::future::pending()).await });
        let bucket = Bucket::new(client, "kanso");
        bucket.create().await.expect("a bucket");
        let race = Self { bucket, runners, photos };
        race.put("race/race.toml", RULES.into()).await;
        race
    }

    pub async fn put(&self, key: &str, body: String) -> Upload {
        let put = self.bucket.put(key, body.into(), "text/plain", Write::Always).await;
        Upload {
            bucket: "kanso".into(),
            key: key.into(),
            etag: Some(put.expect("it is stored").as_str().into()),
            size: None,
            sequencer: None,
        }
    }

    /// The first `corrected` runners have another name.
    pub fn results(&self, corrected: usize) -> String {
        let row = |n: usize| {
            let name = if n < corrected { "髙橋 謙吾" } else { "髙橋 健吾" };
            let (minutes, seconds) = (n / 600 % 60, n / 10 % 60);
            format!("{},{name},full,3:{minutes:02}:{seconds:02},{}\n", 1000 + n, n + 1)
        };
        let rows: String = (0..self.runners).map(row).collect();
        format!("ナンバー,氏名,種目,グロスタイム,総合順位\n{rows}")
    }

    /// Writes the outcomes: each photo shows one runner, in turn.
    pub async fn fill(&self, files: Files) {
        let race_files = RaceFiles {
            rules: RULES.into(),
            results: Some(self.results(0).into()),
            ..RaceFiles::default()
        };
        let race_data = RaceData::set_up(&race_files).expect("the race can be read");
        futures::stream::iter(0..self.photos)
            .map(|n| self.photo(n, files, &race_data))
            .buffer_unordered(32)
            .try_for_each(|()| async { Ok(()) })
            .await
            .expect("they are stored");
    }

    async fn photo(&self, n: usize, files: Files, race_data: &RaceData) -> Result<(), StoreError> {
        let camera = ["finish-a", "finish-b", "half", "start"][n % 4];
        let photo = format!("race/photos/{camera}/DSC_{n:06}.JPG");
        let Some(Input::Photo(key)) = keys::classify(&photo) else { unreachable!() };
        let etag = match files {
            Files::Absent => ETag::new(&format!("{n:032x}")),
            Files::Present => {
                let body = n.to_be_bytes().to_vec().into();
                self.bucket.put(&photo, body, "image/jpeg", Write::Create).await?
            }
        };
        let bib = 1000 + n % self.runners;
        let facts = Facts { captions: vec![format!("bib:{bib}")], ..Facts::default() };
        let source = PhotoSource { key: photo.clone(), ..PhotoSource::default() };
        let plan = plan(race_data, id(n), &facts, &source);
        let issued = plan.prints.iter().map(|print| Issued {
            bib: print.bib.clone(),
            fingerprint: format!("{n:016x}"),
            content_hash: print.content_hash.clone(),
            ranks: print.ranks.clone(),
        });
        let record = OutcomeRecord {
            photo,
            photo_id: id(n),
            etag: etag.clone(),
            outcome: plan.decision.outcome,
            reason: plan.decision.reason.clone(),
            certificates: issued.collect(),
            trays: Vec::new(),
            answer: None,
            upload_bib: None,
            decision_hash: plan.decision_hash(),
            facts: Some(facts),
            sighting: None,
        };
        let body = json(&record);
        self.bucket.put(&key.outcome(&etag), body, "application/json", Write::Create).await?;
        Ok(())
    }
}

/// Of the photo with that number.
pub fn id(n: usize) -> PhotoId {
    PhotoId::of(&n.to_be_bytes())
}
