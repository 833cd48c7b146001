//! A sheet that shows whether a printer keeps size and colour, with a runner whom nobody is.

use std::sync::Arc;

use bytes::Bytes;
use kanso_certificate::race_data::RaceData;
use kanso_certificate::{Fault, Occasion};
use kanso_race::Finisher;
use kanso_render::pdf::desk_copy;
use kanso_template::specimen;

use super::Printing;
use super::config::PrinterConfig;
use super::documents::{JPEG_QUALITY, refuse_other_paper, with_template_of};
use super::printer::{self, Format};

/// Whom the sheet is for.
const NAME: &str = "試し刷り 花子";

/// A certificate without photo, as a printer takes it.
pub fn document(race_data: &RaceData, finisher: &Finisher, format: Format) -> Result<Bytes, Fault> {
    let document = match format {
        Format::Jpeg => kanso_certificate::print_jpeg(race_data, finisher, None, JPEG_QUALITY)?,
        Format::Pdf => {
            let occasion = Occasion { found: None, reason: "a test of the printer" };
            let made = kanso_certificate::issue(race_data, finisher, None, occasion, &mut ())?;
            desk_copy(&made.pdf).map_err(|error| Fault::reject(error.to_string()))?
        }
    };
    Ok(document.into())
}

impl Printing {
    /// Prints a test page on a printer, beside the queue, and gives back the printer's number of
    /// it. What the printer does not keep holds it as any sheet does. The error says what to do
    /// first.
    pub async fn test_page(
        &self,
        race_data: &Arc<RaceData>,
        printer: &PrinterConfig,
    ) -> Result<i32, Fault> {
        let failed = |error: printer::PrinterError| Fault::retry(error.to_string());
        let seen = printer::look(printer).await.map_err(failed)?;
        let format = seen.format.filter(|_| seen.condition.takes_jobs()).ok_or_else(|| {
            Fault::review(format!("printer {:?} is not ready; see to it first", printer.name))
        })?;
        let race_data = with_template_of(race_data, printer)?;
        refuse_other_paper(&race_data, printer)?;
        let made = self
            .documents
            .on_cpu(move || document(&race_data, &specimen::finisher(NAME), format))
            .await?;
        let taken = printer::send(printer, "kanso-test", format, made).await.map_err(failed)?;
        if !taken.not_kept.is_empty() {
            let held = self.queue.hold(&printer.name, &taken.not_kept);
            held.map_err(|error| Fault::retry(error.to_string()))?;
        }
        Ok(taken.number)
    }
}
