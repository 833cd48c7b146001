//! Objects that fail one by one, while the work on all others goes on.

use kanso_certificate::Fault;

/// So many failures are not the objects' but the store's.
const MOST: usize = 20;

/// What failed of one piece of work.
#[derive(Debug, Default)]
pub(crate) struct Failures(Vec<Fault>);

impl Failures {
    /// Notes what failed and goes on without it; the error ends the work.
    pub fn note<T>(&mut self, result: Result<T, Fault>) -> Result<Option<T>, Fault> {
        let fault = match result {
            Ok(done) => return Ok(Some(done)),
            Err(fault) => fault,
        };
        if self.0.len() >= MOST {
            return Err(fault);
        }
        tracing::error!("passed over: {fault}");
        self.0.push(fault);
        Ok(None)
    }

    pub fn extend(&mut self, more: Self) {
        self.0.extend(more.0);
    }

    pub fn first(&self) -> Option<&Fault> {
        self.0.first()
    }

    pub fn into_messages(self) -> impl Iterator<Item = String> {
        self.0.into_iter().map(|fault| fault.message)
    }
}
