//! What is sent to a printer: the desk copy of the stored certificate, or the same
//! certificate set anew for the printer's paper.

use std::sync::Arc;

use bytes::Bytes;
use kanso_certificate::Fault;
use kanso_certificate::race_data::RaceData;
use kanso_page::geometry::Mm;
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
pub(super) const JPEG_QUALITY: u8 = 95;

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

    /// Makes something, no more at once than there are cores.
    pub(super) async fn on_cpu<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        self.handler.on_cpu(work).await
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
            Readiness::Expired(why) => return Err(Fault::reject(why)),
        };
        let is_other = other_template(&race_data, printer).is_some();
        let race_data = with_template_of(&race_data, printer)?;
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
        let stored = match held {
            Some(held) if !is_other && format == Format::Pdf => {
                let key = held.keys(&race, &order.bib).pdf();
                self.handler.outputs().get(&key, If::Any, PDF_LIMIT).await?.bytes
            }
            held => {
                let quality = (format == Format::Jpeg).then_some(JPEG_QUALITY);
                let edition =
                    self.handler.edition(&race, race_data, &order.bib, held.as_ref(), quality);
                let edition = edition.await?;
                match edition.jpeg {
                    Some(jpeg) => return Ok(jpeg),
                    None => edition.certificate.pdf,
                }
            }
        };
        let cut = move || desk_copy(&stored).map_err(|e| Fault::reject(e.to_string()));
        Ok(self.handler.on_cpu(cut).await?.into())
    }
}

/// The printer's template, where it is not the race's.
fn other_template<'p>(race_data: &RaceData, printer: &'p PrinterConfig) -> Option<&'p String> {
    printer.template.as_ref().filter(|name| **name != race_data.race.appearance.template)
}

/// The race's data with the template that the printer wants.
pub(super) fn with_template_of(
    race_data: &Arc<RaceData>,
    printer: &PrinterConfig,
) -> Result<Arc<RaceData>, Fault> {
    match other_template(race_data, printer) {
        Some(template) => Ok(Arc::new(race_data.with_bundled(template)?)),
        None => Ok(race_data.clone()),
    }
}

/// A certificate of another size would be scaled or cut by the printer.
pub(super) fn refuse_other_paper(
    race_data: &RaceData,
    printer: &PrinterConfig,
) -> Result<(), Fault> {
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
