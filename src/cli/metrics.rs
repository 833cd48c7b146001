//! `/metrics` of `kanso serve`, for Prometheus: what the pipeline has done, what waits, how the
//! printers are. It holds no keys, no bibs and no names, so that whoever reaches the pages may
//! read it.
//!
//! | metric | what it is |
//! |---|---|
//! | `kanso_photos_total{outcome}`, `kanso_certificates_total` | what became of photos |
//! | `kanso_step_seconds{step}` | a histogram for each step of a photo |
//! | `kanso_queue_photos{state}` | uploads that wait, whose numbers are to be read, that were given up for now |
//! | `kanso_queue_oldest_seconds` | the age of the oldest of them |
//! | `kanso_retries_total` | how often something was tried once more |
//! | `kanso_print_jobs{state}` | jobs of the print queue, today's done ones included |
//! | `kanso_printer_ready{printer}`, `kanso_printer_pages_total{printer}` | printers |
//! | `kanso_disk_free_bytes` | what is left on the disk of the data folder |

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderName, header};
use axum::routing::get;
use kanso_pipeline::metrics::Metrics;
use kanso_pipeline::progress::Standing;
use kanso_print::Printing;
use kanso_print::job::Standing as JobStanding;
use kanso_web::site::Site;

/// Whom is asked.
#[derive(Clone)]
struct Asked {
    metrics: Arc<Metrics>,
    site: Arc<Site>,
}

pub fn router(metrics: Arc<Metrics>, site: Arc<Site>) -> Router {
    Router::new().route("/metrics", get(prometheus)).with_state(Asked { metrics, site })
}

async fn prometheus(State(asked): State<Asked>) -> ([(HeaderName, &'static str); 1], String) {
    let mut text = asked.metrics.prometheus();
    if let Some(host) = &asked.site.host {
        queue(&mut text, &host.progress.standing());
        if let Some(bytes) = (host.free_bytes)().await {
            let name = "kanso_disk_free_bytes";
            family(&mut text, name, "gauge", "What is left on the disk of the data folder.");
            line(&mut text, name, "", bytes);
        }
    }
    if let Some(printing) = &asked.site.printing {
        printers(&mut text, printing);
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text)
}

fn queue(text: &mut String, standing: &Standing) {
    let Standing { waiting, given_up, unread, oldest, retries, .. } = *standing;
    let name = "kanso_queue_photos";
    family(text, name, "gauge", "Uploads that are not done; those that are unread wait as well.");
    for (state, count) in [("waiting", waiting), ("unread", unread), ("given_up", given_up)] {
        line(text, name, &format!("{{state=\"{state}\"}}"), count);
    }
    let name = "kanso_queue_oldest_seconds";
    family(text, name, "gauge", "The age of the oldest upload that is not done.");
    line(text, name, "", oldest.unwrap_or_default().as_secs_f64());
    let name = "kanso_retries_total";
    family(text, name, "counter", "How often an upload was tried once more.");
    line(text, name, "", retries);
}

fn printers(text: &mut String, printing: &Printing) {
    use JobStanding::{Cancelled, Failed, Printed, Printing as Prints, Unknown, Waiting};
    let mut jobs: BTreeMap<&str, usize> = BTreeMap::new();
    let name_of = |state| match state {
        Waiting => "waiting",
        Prints => "printing",
        Printed => "printed",
        Failed => "failed",
        Unknown => "unknown",
        Cancelled => "cancelled",
    };
    for state in [Waiting, Prints, Printed, Failed, Unknown, Cancelled] {
        jobs.insert(name_of(state), 0);
    }
    for job in printing.queue.all() {
        *jobs.entry(name_of(job.state.standing())).or_default() += 1;
    }
    let name = "kanso_print_jobs";
    family(text, name, "gauge", "Jobs of the print queue.");
    for (state, count) in jobs {
        line(text, name, &format!("{{state=\"{state}\"}}"), count);
    }
    let views = printing.printers();
    let label = |name: &str| format!("{{printer=\"{}\"}}", escaped(name));
    let name = "kanso_printer_ready";
    family(text, name, "gauge", "Whether a printer takes jobs.");
    for view in &views {
        line(text, name, &label(&view.name), u8::from(view.condition.takes_jobs()));
    }
    let name = "kanso_printer_pages_total";
    family(text, name, "counter", "Pages that were printed.");
    for view in &views {
        line(text, name, &label(&view.name), view.pages);
    }
}

// Writing to a String cannot fail.

fn family(text: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

fn line(text: &mut String, name: &str, labels: &str, value: impl std::fmt::Display) {
    let _ = writeln!(text, "{name}{labels} {value}");
}

/// A label's value as the text format wants it.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printers_name_cannot_break_a_line() {
        assert_eq!(escaped("Kiosk \"1\"\\\n"), "Kiosk \\\"1\\\"\\\\\\n");
    }
}
