//! The pretrained weights, checked before they are used. `weights/README.md` tells where
//! they are from.

use sha2::{Digest, Sha256};

pub const DETECTOR: &[u8] = include_bytes!("weights/detector.onnx");
pub const RECOGNISER: &[u8] = include_bytes!("weights/recogniser.onnx");
pub const ALPHABET: &[u8] = include_bytes!("weights/alphabet.txt");
/// As `sha256sum` writes it.
const CHECKSUMS: &str = include_str!("weights/SHA256SUMS");

/// Why there is nothing to read with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WeightsError {
    #[error("the weights {name} are damaged (SHA-256 {found}): install kanso again")]
    Damaged { name: &'static str, found: String },
    #[error("the network {name} cannot be loaded: {why}; install kanso again")]
    Network { name: &'static str, why: String },
}

/// Compares a file of the weights with its checksum in `SHA256SUMS`.
pub fn check(name: &'static str, file: &[u8]) -> Result<(), WeightsError> {
    let found: String = Sha256::digest(file).iter().map(|byte| format!("{byte:02x}")).collect();
    let listed = CHECKSUMS.lines().filter_map(|line| line.split_once("  "));
    match listed.into_iter().any(|(sum, listed)| listed == name && sum == found) {
        true => Ok(()),
        false => Err(WeightsError::Damaged { name, found }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_file_is_told_by_name() {
        assert_eq!(check("detector.onnx", DETECTOR), Ok(()));
        let mut damaged = DETECTOR.to_vec();
        damaged[1_000_000] ^= 1;
        let error = check("detector.onnx", &damaged).unwrap_err().to_string();
        assert!(
            error.contains("detector.onnx") && error.contains("install kanso again"),
            "{error}"
        );
        let cut = &RECOGNISER[..RECOGNISER.len() - 1];
        assert!(check("recogniser.onnx", cut).is_err());
        assert!(check("recogniser.onnx", DETECTOR).is_err(), "another file's checksum");
    }
}
