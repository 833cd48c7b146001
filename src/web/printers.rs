//! The printers as staff see them: `GET /printer/states`, and `POST /printer/resume` for a
//! person who looked at the sheet of one that did not keep the size or the scaling.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use kanso_certificate::Fault;
use kanso_print::status::{Condition, PrinterView};
use serde::{Deserialize, Serialize};

use super::desk::Desk;
use super::jobs::printing;
use super::page::{Refusal, blocking};

/// A printer as it last was.
#[derive(Debug, Serialize, Deserialize)]
pub struct ListedPrinter {
    pub name: String,
    pub condition: Condition,
    /// As the printer says it.
    pub reasons: Vec<String>,
    /// What it did not keep of what it was asked for, until a person saw the sheet.
    pub not_kept: Vec<String>,
}

impl From<PrinterView> for ListedPrinter {
    fn from(view: PrinterView) -> Self {
        let PrinterView { name, condition, reasons, not_kept, .. } = view;
        Self { name, condition, reasons, not_kept }
    }
}

/// Which printer goes on.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resumption {
    pub printer: String,
}

/// All printers, in order of name.
pub(super) async fn list(
    State(desk): State<Arc<Desk>>,
) -> Result<Json<Vec<ListedPrinter>>, Refusal> {
    let printers = printing(&desk)?.printers();
    Ok(Json(printers.into_iter().map(ListedPrinter::from).collect()))
}

/// 404 where no printer has that name, 409 where it waits for nobody.
pub(super) async fn resume(
    State(desk): State<Arc<Desk>>,
    Json(resumption): Json<Resumption>,
) -> Result<StatusCode, Refusal> {
    let printing = printing(&desk)?;
    if !printing.config.printers.iter().any(|printer| printer.name == resumption.printer) {
        return Err(Refusal::NotFound);
    }
    let held = blocking(move || printing.resume(&resumption.printer)).await?;
    match held {
        Ok(true) => Ok(StatusCode::OK),
        Ok(false) => Ok(StatusCode::CONFLICT),
        Err(error) => Err(Refusal::Unavailable(Fault::retry(error.to_string()))),
    }
}
