//! The pure pipeline: a race and a photo give a decision and its certificates.
//!
//! [`process`] is the list of steps; each step is a function of its inputs.

pub mod accepted;
mod by_hand;
pub mod clock_photo;
pub mod document;
mod facts;
mod fault;
mod identify;
mod issue;
pub mod link;
mod plan;
pub mod race_data;
mod record;
mod settled;
mod treatment;
mod withhold;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use jiff::Timestamp;

pub use by_hand::{PhotoPart, portrait, print_jpeg};
pub use facts::Facts;
pub use identify::{PhotoAnalysis, analyze, known};
pub use issue::{
    Certificate, Framing, Occasion, PhotoUsed, SlotPanel, created, fingerprint_without_photo,
    issue, page, panels,
};
pub use plan::{IssuePlan, Print, bibs_of, plan};
pub use settled::is_settled;

use crate::race_data::RaceData;
pub use fault::{Fate, Fault};
use kanso_matching::Outcome;
use kanso_matching::decision::{Burst, Decision, Match};
use kanso_matching::person::{Answer, PersonsDecision};
use kanso_matching::sighting::Seen;
use kanso_photo::{Decoded, Photo, PhotoId, PixelRect};
use kanso_race::Bib;
use kanso_reading::{Reader, StoredReadings};

/// What photos are printed at, in pixels to the inch.
pub const PRINT_PPI: f64 = 300.0;

/// What is known of a photo besides its bytes.
#[derive(Debug, Clone, Default)]
pub struct PhotoSource {
    /// What the photo is known by, where it is not by its bytes.
    pub id: Option<PhotoId>,
    /// Whether it is a reduced copy, whose file is to come.
    pub is_proxy: bool,
    /// Its key, or its path: where the race's pattern finds a bib.
    pub key: String,
    /// The folder under `photos/`.
    pub camera: String,
    /// `x-amz-meta-bib`
    pub upload_bib: Option<String>,
    pub person: Option<PersonsDecision>,
    /// What a person wants to be shown, in pixels of the upright photo.
    pub crop: Option<PixelRect>,
    /// The size of the picture that the crop was drawn in, where it was the proxy of this one.
    pub crop_size: Option<(u32, u32)>,
    /// Runners who get no certificate with this photo, as a person decided, and why, where it
    /// was written down.
    pub blocked: BTreeMap<Bib, Option<String>>,
    /// A person's answer named somebody who was erased since.
    pub shows_erased: bool,
    /// What was read in these very bytes before, or in their proxy.
    pub readings: Option<StoredReadings>,
    /// What the photos taken about then tell of it.
    pub burst: Burst,
}

impl PhotoSource {
    /// Follows a person's answer.
    pub fn answered(mut self, answer: &Answer) -> Self {
        self.person = answer.decision();
        self.crop = answer.crop;
        self.blocked = answer.blocked();
        self.shows_erased = answer.shows_erased;
        self
    }

    fn photo_id(&self, bytes: &[u8]) -> PhotoId {
        self.id.unwrap_or_else(|| PhotoId::of(bytes))
    }

    fn open(&self, bytes: Bytes) -> Result<Photo, Fault> {
        let photo = Photo::open(bytes)?;
        Ok(match self.id {
            Some(id) => photo.called(id),
            None => photo,
        })
    }

    /// What was read before, as it stands in a picture of this size.
    fn readings_in(&self, size: (u32, u32)) -> Option<StoredReadings> {
        let readings = self.readings.clone().filter(StoredReadings::is_of_this_reader)?;
        Some(readings.in_size(size))
    }
}

/// Told after each step, by name. The shell times them; the core has no clock.
pub trait Steps {
    fn done(&mut self, step: &'static str);
}

/// Nobody listens.
impl Steps for () {
    fn done(&mut self, _: &'static str) {}
}

/// What a photo became.
#[derive(Debug, Clone)]
pub struct Processed {
    pub photo_id: PhotoId,
    pub decision: Decision,
    /// One for each of the decision's matches.
    pub certificates: Vec<Certificate>,
    /// What the photo says, for the next time; `None` where its picture was never seen.
    pub facts: Option<Facts>,
    /// [`IssuePlan::decision_hash`] of the plan, before printing; empty without facts.
    pub decision_hash: String,
    /// [`IssuePlan::seen`]
    pub seen: BTreeMap<Bib, Seen>,
}

/// A photo whose printed numbers must be read before anything can be said of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unread {
    /// On the finish clock, where its camera's clock is known.
    pub taken_at: Option<Timestamp>,
}

/// The whole pure pipeline for one photo. It never fails: whatever is wrong with the photo
/// is its decision. Printed numbers are read where nothing else settles whom it shows; never
/// without a reader.
pub fn process(
    race_data: &RaceData,
    source: &PhotoSource,
    bytes: Bytes,
    reader: Option<&Reader>,
    steps: &mut impl Steps,
) -> Processed {
    let photo_id = source.photo_id(&bytes);
    let look = |look: &Look<'_>, steps: &mut _| {
        let (seen, facts) = look.first(steps)?;
        let (facts, plan) = look.with_numbers(facts, reader, steps)?;
        look.issued(&seen, &facts, plan, steps)
    };
    decided(photo_id, || looked(race_data, source, bytes, steps, look))
}

/// The same without reading printed numbers, which takes far longer than all else: nothing
/// but the error is done about a photo that only they can settle.
pub fn process_settled(
    race_data: &RaceData,
    source: &PhotoSource,
    bytes: Bytes,
    steps: &mut impl Steps,
) -> Result<Processed, Unread> {
    let photo_id = source.photo_id(&bytes);
    let mut unread = None;
    let look = |look: &Look<'_>, steps: &mut _| {
        let (seen, facts) = look.first(steps)?;
        let (facts, plan) = look.plan(facts);
        if facts.readings.is_none() && !is_settled(&plan.decision, source) {
            unread = Some(Unread { taken_at: identify::taken_at(&facts, source, race_data) });
            return Ok(Processed::pending(photo_id, String::new()));
        }
        look.issued(&seen, &facts, plan, steps)
    };
    let processed = decided(photo_id, || looked(race_data, source, bytes, steps, look));
    unread.map_or(Ok(processed), Err)
}

/// Whose photo it is, without a certificate of it.
pub fn decide(
    race_data: &RaceData,
    source: &PhotoSource,
    bytes: Bytes,
    reader: Option<&Reader>,
) -> Result<Decision, Fault> {
    let look = |look: &Look<'_>, steps: &mut _| {
        let (_, facts) = look.first(steps)?;
        Ok(look.with_numbers(facts, reader, steps)?.1.decision)
    };
    caught(|| looked(race_data, source, bytes, &mut (), look))
}

/// Opens and decodes a photo once for all that is asked of it.
fn looked<S: Steps, T>(
    race_data: &RaceData,
    source: &PhotoSource,
    bytes: Bytes,
    steps: &mut S,
    look: impl FnOnce(&Look<'_>, &mut S) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let photo = source.open(bytes)?;
    steps.done("open");
    let decoded = photo.decode(&identify::needs(race_data))?;
    steps.done("decode");
    look(&Look { race_data, source, photo: &photo, decoded: &decoded }, steps)
}

fn decided(photo_id: PhotoId, work: impl FnOnce() -> Result<Processed, Fault>) -> Processed {
    match caught(work) {
        Ok(processed) => processed,
        Err(Fault { fate: Fate::Review, message }) => Processed::review(photo_id, message),
        // The core has nothing to wait for, so a fault that is not a person's is the photo's.
        Err(Fault { message, .. }) => Processed::rejected(photo_id, message),
    }
}

/// A bug of ours, or of a codec, must neither end the process nor lose the photo.
fn caught<T>(work: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    // The inputs are only read, so nothing is left half changed behind the unwinding.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        Err(Fault::review("kanso failed on this photo (a bug: please report it); export it again"))
    })
}

/// One photo being looked at.
struct Look<'a> {
    race_data: &'a RaceData,
    source: &'a PhotoSource,
    photo: &'a Photo,
    decoded: &'a Decoded<'a>,
}

impl Look<'_> {
    /// Everything but printed numbers, unless they were read before.
    fn first(&self, steps: &mut impl Steps) -> Result<(PhotoAnalysis, Facts), Fault> {
        let seen = identify::analyze(self.decoded, self.photo)?;
        steps.done("codes");
        let mut facts = Facts::of(self.photo, &seen, self.decoded);
        facts.readings = self.source.readings_in(self.photo.upright_size());
        Ok((seen, facts))
    }

    fn plan(&self, facts: Facts) -> (Facts, IssuePlan) {
        let plan = plan(self.race_data, self.photo.id(), &facts, self.source);
        (facts, plan)
    }

    /// Reads the printed numbers if the rest does not settle it and there is a reader.
    fn with_numbers(
        &self,
        facts: Facts,
        reader: Option<&Reader>,
        steps: &mut impl Steps,
    ) -> Result<(Facts, IssuePlan), Fault> {
        let (mut facts, first) = self.plan(facts);
        let known = facts.readings.is_some() || is_settled(&first.decision, self.source);
        let Some(reader) = reader.filter(|_| !known) else { return Ok((facts, first)) };
        facts.readings = Some(identify::read(reader, self.decoded, self.photo, &facts.codes)?);
        steps.done("reading");
        Ok(self.plan(facts))
    }

    fn issued(
        &self,
        seen: &PhotoAnalysis,
        facts: &Facts,
        plan: IssuePlan,
        steps: &mut impl Steps,
    ) -> Result<Processed, Fault> {
        let Self { race_data, source, photo, decoded } = *self;
        steps.done("match");
        let issuer = issue::Issuer { race_data, source, photo, decoded, seen, facts };
        Ok(issuer.issue_all(plan, steps))
    }
}

impl Processed {
    fn undecided(photo_id: PhotoId, outcome: Outcome, reason: String) -> Self {
        let (matches, waiting, candidates, barred) = Default::default();
        let decision = Decision { outcome, reason, matches, waiting, candidates, barred };
        Self {
            photo_id,
            decision,
            certificates: Vec::new(),
            facts: None,
            decision_hash: String::new(),
            seen: BTreeMap::new(),
        }
    }

    /// It waits, for the race or its data.
    pub fn pending(photo_id: PhotoId, reason: String) -> Self {
        Self::undecided(photo_id, Outcome::Pending, reason)
    }

    pub fn review(photo_id: PhotoId, reason: String) -> Self {
        Self::undecided(photo_id, Outcome::Review, reason)
    }

    pub fn rejected(photo_id: PhotoId, reason: String) -> Self {
        Self::undecided(photo_id, Outcome::Reject, reason)
    }
}

/// A match that cannot be printed as it stands goes to a person, and the others go on.
fn put_before_a_person(decision: &mut Decision, mut found: Match, why: String) {
    found.why = why;
    decision.candidates.push(found);
    if decision.matches.is_empty() {
        decision.outcome = Outcome::Review;
        decision.reason.clone_from(&decision.candidates[0].why);
    }
}
