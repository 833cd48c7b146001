//! Server-sent events: what changed, and a named ping by which a page knows that the line
//! still stands (comments never reach a script).

use std::convert::Infallible;
use std::time::Duration;

use axum::response::IntoResponse;
use axum::response::sse::{Event, Sse};
use futures::stream;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::site::Change;

/// A page that hears nothing for three of these shows that the connection is gone.
const PING_EVERY: Duration = Duration::from_secs(5);

struct Line<F> {
    changes: Receiver<Change>,
    ping: Interval,
    event: F,
}

/// Sends what `event` makes of each change (`None` where it does not concern the page), and
/// what it makes of `None` at the start and with every ping.
pub fn events<F>(changes: Receiver<Change>, event: F) -> impl IntoResponse
where
    F: Fn(Option<&Change>) -> Option<Event> + Send + 'static,
{
    let mut ping = interval(PING_EVERY);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let line = Line { changes, ping, event };
    Sse::new(stream::unfold(line, |mut line| async move {
        loop {
            let event = tokio::select! {
                _ = line.ping.tick() => {
                    Some((line.event)(None).unwrap_or_else(|| Event::default().event("ping").data("")))
                }
                change = line.changes.recv() => match change {
                    Ok(Change::Stopping) => return None,
                    Ok(change) => (line.event)(Some(&change)),
                    // The page looks for itself what it missed.
                    Err(RecvError::Lagged(_)) => Some(Event::default().event("missed").data("")),
                    Err(RecvError::Closed) => return None,
                },
            };
            if let Some(event) = event {
                return Some((Ok::<_, Infallible>(event), line));
            }
        }
    }))
}
