//! AWS's host: a Lambda that is given events, and has to answer them in time.

pub mod deadline;
pub mod fonts;
pub mod function;
pub mod log;
pub mod queue;
