//! A certificate in another edition than the one of record: on other paper, without a photo,
//! or as pixels for printers that take no PDF. It is made from the same photo, answer and
//! results as the certificate of record, and kept beside it, so that what was printed can be
//! looked up.

use std::sync::Arc;

use bytes::Bytes;
use kanso_certificate::race_data::RaceData;
use kanso_certificate::{Certificate, Fault, Occasion, PhotoSource, PhotoUsed};
use kanso_race::Bib;

use crate::certificates::{IssuedCertificate, StoredPhoto};
use crate::handler::{Handler, source};
use crate::keys::{self, CertificateKeys, Input, RaceId};
use crate::store::found;

/// A certificate, set anew.
#[derive(Debug, Clone)]
pub struct Edition {
    pub certificate: Certificate,
    /// The trimmed page at print resolution, where it was asked for.
    pub jpeg: Option<Bytes>,
}

/// The photo of an edition.
struct PhotoOf {
    source: PhotoSource,
    bytes: Bytes,
}

impl Handler {
    /// Sets a runner's certificate with another template, with the photo of the one that is
    /// held or with none; `jpeg_quality` (1 to 100) asks for it as pixels too. Refuses who may
    /// not have one, and a photo that is gone.
    pub async fn edition(
        &self,
        race: &RaceId,
        race_data: Arc<RaceData>,
        bib: &Bib,
        held: Option<&IssuedCertificate>,
        jpeg_quality: Option<u8>,
    ) -> Result<Edition, Fault> {
        let photo = match held {
            Some(held) => Some(self.photo_for(race, bib, held).await?),
            None => None,
        };
        let runner = bib.clone();
        let edition = self.on_cpu(move || set(&race_data, &runner, photo, jpeg_quality)).await?;
        self.keep(race, held, &edition.certificate).await?;
        Ok(edition)
    }

    /// A runner's certificate without a photo, by the race's own template: made first where it
    /// is not there. `None` for who may not have one.
    pub async fn without_photo(
        &self,
        race: &RaceId,
        race_data: Arc<RaceData>,
        bib: &Bib,
    ) -> Result<Option<CertificateKeys>, Fault> {
        let Some(finisher) = race_data.roster.get(bib) else { return Ok(None) };
        if !self.may_be_certified(race, bib).await? {
            return Ok(None);
        }
        let fingerprint = kanso_certificate::fingerprint_without_photo(&race_data, finisher)?;
        let keys = CertificateKeys::without_photo(race, bib, &fingerprint);
        for part in [keys.record(), keys.preview(), keys.pdf()] {
            if found(self.outputs().head(&part).await)?.is_none() {
                self.edition(race, race_data.clone(), bib, None, None).await?;
                break;
            }
        }
        Ok(Some(keys))
    }

    /// What the certificate of record was made of.
    async fn photo_for(
        &self,
        race: &RaceId,
        bib: &Bib,
        held: &IssuedCertificate,
    ) -> Result<PhotoOf, Fault> {
        let id = held.photo;
        let gone = || Fault::reject(format!("photo {id} of bib {bib} is gone; choose another"));
        let StoredPhoto { key, sent, bytes } = self.photo_of(race, held).await?.ok_or_else(gone)?;
        let Some(Input::Photo(photo)) = keys::classify(&key) else { return Err(gone()) };
        let outcome = match held.photo_etag() {
            Some(etag) => self.outcome(&photo.outcome(etag)).await?,
            None => None,
        };
        let (upload_bib, facts) = outcome.map(|o| (o.upload_bib, o.facts)).unwrap_or_default();
        let answer = self.answer(race, &id).await?;
        let said = answer.said.map_err(Fault::review)?;
        let readings = facts.and_then(|facts| facts.readings);
        let source = PhotoSource { readings, ..source(&photo, upload_bib, said.as_ref()) };
        let source = sent.tell(source, answer.modified);
        Ok(PhotoOf { source, bytes })
    }

    /// Writes what was printed, unless it is the certificate of record itself.
    async fn keep(
        &self,
        race: &RaceId,
        held: Option<&IssuedCertificate>,
        certificate: &Certificate,
    ) -> Result<(), Fault> {
        let Certificate { bib, fingerprint, .. } = certificate;
        let keys = match held {
            Some(held) if held.fingerprint == *fingerprint => return Ok(()),
            Some(held) => CertificateKeys::new(race, bib, &held.photo, fingerprint),
            None => CertificateKeys::without_photo(race, bib, fingerprint),
        };
        self.write_parts(&keys, certificate).await
    }
}

fn set(
    race_data: &RaceData,
    bib: &Bib,
    photo: Option<PhotoOf>,
    jpeg_quality: Option<u8>,
) -> Result<Edition, Fault> {
    let finisher = race_data
        .roster
        .get(bib)
        .ok_or_else(|| Fault::reject(format!("bib {bib} is not in the results")))?;
    let used =
        photo.map(|photo| PhotoUsed::of(race_data, &photo.source, photo.bytes, bib)).transpose()?;
    let occasion = Occasion { found: None, reason: "set anew, for other paper or a screen" };
    let certificate =
        kanso_certificate::issue(race_data, finisher, used.as_ref(), occasion, &mut ())?;
    let jpeg = jpeg_quality
        .map(|quality| kanso_certificate::print_jpeg(race_data, finisher, used.as_ref(), quality))
        .transpose()?
        .map(Bytes::from);
    Ok(Edition { certificate, jpeg })
}
