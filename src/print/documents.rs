//! What is sent to a printer: the desk copy of the stored certificate, or the same
//! certificate set anew for the printer's paper.

use std::sync::Arc;

use bytes::Bytes;
use kanso_certificate::Fault;
use kanso_certificate::race_data::RaceData;
use kanso_certificate::{Occasion, PhotoUsed};
use kanso_page::geometry::Mm;
use kanso_pipeline::certificates::IssuedCertificate;
use kanso_pipeline::handler::Handler;
use kanso_pipeline::keys::RaceId;
use kanso_pipeline::race_folder::{ErasedRunners, Readiness};
use kanso_pipeline::store::If;
use kanso_render::pdf::desk_copy;
use tokio::sync::watch;

use super::config::PrinterConfig;
use super::job::Order;
use super::printer::Format;

/// A stored certificate larger than this is not one of ours.
const PDF_LIMIT: u64 = 256 << 20;
/// Of the JPEG for printers that take no PDF.
const JPEG_QUALITY: u8 = 95;

/// Makes documents from the store.
pub struct Documents {
    handler: Arc<Handler>,
}

impl Documents {
    pub fn new(handler: Arc<Handler>) -> Self {
        Self { handler }
    }

    /// Who asked to be erased, as it becomes known.
    pub fn erased(&self) -> watch::Receiver<ErasedRunners> {
        self.handler.races().erased()
    }

    /// The document of an order for a printer.
    pub async fn document(
        &self,
        order: &Order,
        printer: &PrinterConfig,
        format: Format,
    ) -> Result<Bytes, Fault> {
        let gone = || Fault::reject(format!("race {} is not there", order.race));
        let race = RaceId::new(&order.race).ok_or_else(gone)?;
        if !self.handler.may_be_certified(&race, &order.bib).await? {
            let bib = &order.bib;
            return Err(Fault::reject(format!("bib {bib} may have no certificate any more")));
        }
        let race_data = match self.handler.races().race_data(&race).await?.0 {
            Readiness::Ready(race_data) => race_data,
            Readiness::NotYet(why) => return Err(Fault::retry(why)),
        };
        let other = printer.template.as_ref().filter(|n| **n != race_data.race.appearance.template);
        let race_data = match other {
            Some(template) => Arc::new(race_data.with_bundled(template, &order.bib)?),
            None => race_data,
        };
        refuse_other_paper(&race_data, printer)?;
        let held = match order.photo {
            None => None,
            Some(photo) => {
                let held = self.handler.up_to_date(&race, &order.bib, photo).await?;
                Some(held.ok_or_else(|| {
                    Fault::reject(format!("bib {} has no certificate with {photo}", order.bib))
                })?)
            }
        };
        match held {
            Some(held) if other.is_none() && format == Format::Pdf => {
                let stored = held.keys(&race, &order.bib).pdf();
                let stored = self.handler.outputs().get(&stored, If::Any, PDF_LIMIT).await?.bytes;
                blocking(move || {
                    Ok(desk_copy(&stored).map_err(|e| Fault::reject(e.to_string()))?.into())
                })
                .await
            }
            held => self.set_anew(&race, race_data, order, held, format).await,
        }
    }

    async fn set_anew(
        &self,
        race: &RaceId,
        race_data: Arc<RaceData>,
        order: &Order,
        held: Option<IssuedCertificate>,
        format: Format,
    ) -> Result<Bytes, Fault> {
        let photo = match held {
            None => None,
            Some(held) => {
                let gone = || {
                    let (bib, photo) = (&order.bib, held.photo);
                    Fault::reject(format!("photo {photo} of bib {bib} is gone; choose another"))
                };
                Some(self.handler.photo_of(race, &held).await?.ok_or_else(gone)?)
            }
        };
        let bib = order.bib.clone();
        blocking(move || {
            let finisher = race_data
                .roster
                .get(&bib)
                .ok_or_else(|| Fault::reject(format!("bib {bib} is not in the results")))?;
            let used = photo
                .map(|(key, bytes)| PhotoUsed::of(&race_data, &key, bytes, &bib))
                .transpose()?;
            let used = used.as_ref();
            if format == Format::Jpeg {
                return Ok(kanso_certificate::print_jpeg(
                    &race_data,
                    finisher,
                    used,
                    JPEG_QUALITY,
                )?
                .into());
            }
            let occasion = Occasion { found: None, reason: "printed" };
            let made = kanso_certificate::issue(&race_data, finisher, used, occasion, &mut ())?;
            Ok(desk_copy(&made.pdf).map_err(|e| Fault::reject(e.to_string()))?.into())
        })
        .await
    }
}

/// A certificate of another size would be scaled or cut by the printer.
fn refuse_other_paper(race_data: &RaceData, printer: &PrinterConfig) -> Result<(), Fault> {
    let trim = race_data.template.trim();
    let (width, height) = (Mm::from(trim.width).0, Mm::from(trim.height).0);
    if printer.media.fits(width, height) {
        return Ok(());
    }
    Err(Fault::reject(format!(
        "the certificate is {width:.0} x {height:.0} mm and printer {:?} holds {}; give the \
         printer a template of that size in printers.toml (template = \"kiosk\" for 6x8in)",
        printer.name, printer.media.name
    )))
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|panic| Err(Fault::reject(format!("making the page failed: {panic}"))))
}
