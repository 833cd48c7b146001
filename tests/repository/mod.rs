//! Where the repository is: a room's tests run in the room's folder.

use std::path::Path;

/// The folder above this package that holds the workspace's `Cargo.lock`.
pub fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = package.ancestors().find(|folder| folder.join("Cargo.lock").is_file());
    root.expect("a Cargo.lock above the package")
}
