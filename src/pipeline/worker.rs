//! Works off uploads as they come: in order of arrival for each camera, and never losing
//! one to another's failure.

use std::collections::{HashSet, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use kanso_certificate::{Fate, Fault};
use tokio::sync::mpsc;

use super::handler::{Handled, Handler, Numbers, Received};
use super::keys::{self, Input};
use super::lanes::Lanes;
use super::progress::Progress;
use super::unread::UnreadPhotos;
use crate::events::Upload;
use crate::keys::without_names;

/// How often an upload is tried again at once before it is left to the reconciler.
const TRIES: u32 = 5;
/// Race data and answers under way at once, besides the photos.
const AHEAD: usize = 4;
/// Race data and answers that wait here; more wait in their lane.
const AHEAD_WAITING: usize = 1024;

/// Handles uploads until the senders are gone and everything is done. At most `parallel`
/// photos are in flight, begun in order of arrival. Race data and answers wait for no photo;
/// of those that mean the same one is under way and one waits. Photos that they call for again
/// take turns with those that are newly uploaded, an answered one first. Printed numbers are
/// read while no photo waits for anything else, one photo at a time, which keeps all cores
/// busy. Each result goes to `done`, in order of completion.
pub async fn work(
    handler: Arc<Handler>,
    lanes: Lanes,
    parallel: usize,
    done: mpsc::Sender<Handled>,
) {
    let Lanes { ahead: mut inputs, mut photos, mut hold_reading, progress } = lanes;
    let mut ahead = Ahead::default();
    let mut again = Again::default();
    let mut unread = UnreadPhotos::default();
    let mut flying = FuturesUnordered::new();
    let (mut inputs_open, mut photos_open, mut agains_turn) = (true, true, false);
    let mut reading = false;
    loop {
        while let Some(upload) = ahead.begin() {
            flying.push(tried(&handler, &progress, upload, Numbers::Later));
        }
        let photos_flying = flying.len() - ahead.running.len() - usize::from(reading);
        let room = photos_flying < parallel.max(1);
        let turn = agains_turn && !again.is_empty();
        // Whoever held it and is gone holds it no longer.
        let held = inputs_open && *hold_reading.borrow();
        if !reading
            && !held
            && photos_flying == 0
            && again.is_empty()
            && photos.is_empty()
            && let Some(photo) = unread.next(handler.asked_for())
        {
            reading = true;
            progress.taken(&photo.upload.key);
            flying.push(tried(&handler, &progress, photo.upload, Numbers::Now));
        }
        if !inputs_open && !photos_open && flying.is_empty() && again.is_empty() {
            return;
        }
        tokio::select! {
            biased;
            Some(Tried { upload, numbers, received }) = flying.next(), if !flying.is_empty() => {
                reading &= numbers == Numbers::Later;
                let answered = matches!(keys::classify(&upload.key), Some(Input::Decision(..)));
                ahead.ended(&upload);
                again.extend(received.as_ref().map(|r| &r.queued[..]).unwrap_or_default(), answered, &progress);
                match received {
                    None => progress.given_up(&upload.key),
                    Some(Received { unread: Some(photo), .. }) => {
                        progress.set_aside(&upload.key);
                        let oldest = unread.add(photo);
                        oldest.iter().for_each(|upload| progress.given_up(&upload.key));
                    }
                    Some(received) => {
                        match received.failed {
                            None => progress.finished(&upload.key),
                            Some(_) => progress.given_up(&upload.key),
                        }
                        for handled in received.handled {
                            // Nobody listening is no reason to stop working.
                            let _ = done.send(handled).await;
                        }
                    }
                }
            }
            input = inputs.recv(), if inputs_open && ahead.has_room() => match input {
                Some(input) => ahead.wait(input, &progress),
                None => inputs_open = false,
            },
            photo = photos.recv(), if photos_open && room && !turn => match photo {
                Some(photo) => {
                    agains_turn = true;
                    flying.push(tried(&handler, &progress, photo, Numbers::Later));
                }
                None => photos_open = false,
            },
            () = std::future::ready(()), if room && !again.is_empty() => {
                agains_turn = false;
                flying.extend(again.next().map(|photo| tried(&handler, &progress, photo, Numbers::Later)));
            }
            Ok(()) = hold_reading.changed(), if !unread.is_empty() => {}
        }
    }
}

/// Race data and answers.
#[derive(Default)]
struct Ahead {
    waiting: VecDeque<(Input, Upload)>,
    running: Vec<Input>,
}

impl Ahead {
    fn has_room(&self) -> bool {
        self.waiting.len() < AHEAD_WAITING
    }

    /// One that waits stands for all that mean the same: it looks at the newest anyway.
    fn wait(&mut self, upload: Upload, progress: &Progress) {
        match keys::classify(&upload.key) {
            Some(input) if self.waiting.iter().all(|(other, _)| *other != input) => {
                self.waiting.push_back((input, upload));
            }
            _ => progress.finished(&upload.key),
        }
    }

    /// The first that may begin: what means the same as one under way waits for its end.
    fn begin(&mut self) -> Option<Upload> {
        if self.running.len() >= AHEAD {
            return None;
        }
        let free = |(input, _): &(Input, Upload)| !self.running.contains(input);
        let (input, upload) = self.waiting.remove(self.waiting.iter().position(free)?)?;
        self.running.push(input);
        Some(upload)
    }

    fn ended(&mut self, upload: &Upload) {
        let input = keys::classify(&upload.key);
        if let Some(at) = self.running.iter().position(|one| Some(one) == input.as_ref()) {
            self.running.swap_remove(at);
        }
    }
}

/// Photos that race data or an answer call for again, each once: never more than there are.
#[derive(Default)]
struct Again {
    queue: VecDeque<Upload>,
    known: HashSet<Upload>,
}

impl Again {
    fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    fn extend(&mut self, photos: &[Upload], answered: bool, progress: &Progress) {
        for photo in photos {
            if !self.known.insert(photo.clone()) {
                continue;
            }
            progress.taken(&photo.key);
            if answered {
                self.queue.push_front(photo.clone());
            } else {
                self.queue.push_back(photo.clone());
            }
        }
    }

    fn next(&mut self) -> Option<Upload> {
        let photo = self.queue.pop_front()?;
        self.known.remove(&photo);
        Some(photo)
    }
}

/// What became of an upload; nothing where it was given up.
struct Tried {
    upload: Upload,
    numbers: Numbers,
    received: Option<Received>,
}

/// Tries again with growing pauses while the infrastructure fails.
async fn tried(handler: &Handler, progress: &Progress, upload: Upload, numbers: Numbers) -> Tried {
    let key = without_names(&upload.key);
    let mut pause = Duration::from_millis(200);
    for attempt in 1..=TRIES {
        match caught(handler.receive(&upload, numbers)).await {
            Ok(received) => return Tried { upload, numbers, received: Some(received) },
            Err(fault) if fault.fate != Fate::Retry => {
                tracing::error!(key, "cannot be done: {fault}");
                return Tried { upload, numbers, received: Some(Received::default()) };
            }
            Err(fault) => tracing::warn!(key, attempt, "{fault}"),
        }
        if attempt < TRIES {
            progress.tried_again();
            tokio::time::sleep(pause).await;
            pause *= 3;
        }
    }
    tracing::error!(key, "given up for now; the reconciler will try again");
    Tried { upload, numbers, received: None }
}

/// A panic is a bug of ours; it must stop neither the worker nor the other uploads.
async fn caught<T>(work: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    let ended_early = |_| Err(Fault::retry("it ended early by a panic, which the log holds"));
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(ended_early)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upload(key: &str) -> Upload {
        let key = key.to_owned();
        Upload { bucket: "kanso".into(), key, etag: None, size: None, sequencer: None }
    }

    #[test]
    fn a_race_whose_files_all_change_is_corrected_once_more_and_not_for_each_file() {
        let (mut ahead, progress) = (Ahead::default(), Progress::default());
        let come = |ahead: &mut Ahead, key: &str| {
            progress.waits(key);
            ahead.wait(upload(key), &progress);
        };
        come(&mut ahead, "race/results.csv");
        assert_eq!(ahead.begin(), Some(upload("race/results.csv")));
        for n in 0..100 {
            come(&mut ahead, &format!("race/results/{n}.csv"));
        }
        come(&mut ahead, "other/results.csv");
        assert_eq!(ahead.begin(), Some(upload("other/results.csv")));
        assert_eq!(ahead.begin(), None, "while the first is under way");
        ahead.ended(&upload("race/results.csv"));
        assert_eq!(ahead.begin(), Some(upload("race/results/0.csv")));
        assert!(ahead.waiting.is_empty());
    }

    #[test]
    fn a_photo_that_is_called_for_often_is_done_again_once_and_an_answered_one_first() {
        let (mut again, progress) = (Again::default(), Progress::default());
        let [one, two] = [upload("race/photos/a/1.jpg"), upload("race/photos/a/2.jpg")];
        for _ in 0..3 {
            again.extend(std::slice::from_ref(&one), false, &progress);
        }
        again.extend(std::slice::from_ref(&two), true, &progress);
        assert_eq!([again.next(), again.next(), again.next()], [Some(two), Some(one), None]);
    }

    #[tokio::test]
    async fn a_panic_is_a_fault_that_is_tried_again() {
        let panics = async { std::hint::black_box(None::<Result<(), Fault>>).expect("a test") };
        assert_eq!(caught(panics).await.unwrap_err().fate, Fate::Retry);
    }
}
