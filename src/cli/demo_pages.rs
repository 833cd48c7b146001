//! `kanso demo --stay`: the pages with the demo's race, until Ctrl-C.

use std::net::SocketAddr;
use std::sync::Arc;

use kanso_certificate::Fault;
use kanso_certificate::link::race_path;
use kanso_certificate::race_data::RaceData;
use kanso_listen::Bounds;
use kanso_pipeline::handler::Handler;
use kanso_pipeline::keys::RaceId;
use kanso_race::Bib;
use kanso_web::secrets::Secrets;
use kanso_web::site::Site;
use tokio::net::TcpListener;

use super::pages;

/// Serves, and says where to click and what to type. `shown` is a bib with a certificate.
pub async fn serve(
    handler: &Arc<Handler>,
    web: SocketAddr,
    race: &RaceId,
    race_data: &RaceData,
    shown: Option<String>,
) -> Result<(), Fault> {
    let cannot = |error: std::io::Error| {
        Fault::retry(format!("cannot listen on {web}: {error}; choose another address with --web"))
    };
    let listener = TcpListener::bind(web).await.map_err(cannot)?;
    let local = listener.local_addr().map_err(cannot)?;
    let phones = pages::reached_by_phones(local);
    let mut site = Site::new(handler.clone(), Secrets::random());
    let at = phones.clone().unwrap_or_else(|| format!("http://{local}"));
    // A demo on one machine: its own browser is the phone.
    site.address = Some(at.clone());
    println!("\nPages, until Ctrl-C:");
    println!("  all      {at}/");
    println!("  kiosk    {at}/kiosk?code={}", site.secrets.kiosk_code);
    println!("  runner   {at}{}", race_path(race.as_str()));
    if let Some(hint) = shown.and_then(|bib| hint(race_data, &bib)) {
        println!("  try      {hint}");
    }
    pages::announce(phones.as_deref());
    let site = Arc::new(site);
    let stopped = async {
        let _ = tokio::signal::ctrl_c().await;
        site.stop();
    };
    let served =
        kanso_listen::serve(listener, kanso_web::router(site.clone()), Bounds::VENUE, stopped);
    served.await.map_err(|error| Fault::retry(format!("the pages stopped: {error}")))
}

/// What the sample race's runner types.
fn hint(race_data: &RaceData, bib: &str) -> Option<String> {
    let finisher = race_data.roster.get(&Bib::parse(bib).ok()?)?;
    let factor = race_data.race.privacy.second_factor.of(finisher)?;
    Some(if factor.is_empty() { format!("bib {bib}") } else { format!("bib {bib} and {factor}") })
}
