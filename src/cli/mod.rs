//! One file per subcommand.

pub mod scene;
