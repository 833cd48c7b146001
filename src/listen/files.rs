//! How many files the process may hold open; a connection is one.

/// Two listeners, and what the store, the printers and the pages open for them.
#[cfg(unix)]
const WANTED: u64 = 8192;

/// Raises the soft limit, which many systems set to a number that a crowd of connections
/// fills by itself. Where the hard limit is lower, that is what there is.
pub fn allow_open_files() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
        let wanted = maximum.map_or(WANTED, |maximum| maximum.min(WANTED));
        if current.is_none_or(|current| current >= wanted) {
            return;
        }
        let raised = Rlimit { current: Some(wanted), maximum };
        if let Err(error) = setrlimit(Resource::Nofile, raised) {
            tracing::warn!("the limit of open files stays at {current:?}: {error}");
        }
    }
}
