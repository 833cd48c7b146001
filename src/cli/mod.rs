//! One file per subcommand.

pub mod results;
