//! (to come)

pub mod serve;
pub mod template;
