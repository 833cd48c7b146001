//! What is wrong with a file that is no photo, as a kind: its record holds the sentence of
//! [`kanso_photo::PhotoError`].

/// The kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileFault {
    Empty,
    TooLarge,
    NotAnImage,
    Unsupported,
    /// The picture has too few or too many pixels.
    Size,
    Broken,
}

/// Parts of the sentences.
const SAID: [(&str, FileFault); 7] = [
    ("not an image", FileFault::NotAnImage),
    ("is empty", FileFault::Empty),
    ("is not supported", FileFault::Unsupported),
    ("cannot be read", FileFault::Broken),
    ("cannot be decoded", FileFault::Broken),
    ("header says", FileFault::Size),
    ("bytes, more than", FileFault::TooLarge),
];

impl FileFault {
    /// `None` where the photo is rejected for whom it shows.
    pub(crate) fn of(sentence: &str) -> Option<Self> {
        SAID.iter().find(|(part, _)| sentence.contains(part)).map(|(_, fault)| *fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kanso_photo::PhotoError;

    #[test]
    fn every_fault_of_a_file_is_known_by_its_sentence() {
        for (error, fault) in [
            (PhotoError::Empty, FileFault::Empty),
            (PhotoError::TooManyBytes { bytes: 9, limit: 1 }, FileFault::TooLarge),
            (PhotoError::NotAnImage, FileFault::NotAnImage),
            (
                PhotoError::Unsupported { what: "HEIC", advice: "export a JPEG" },
                FileFault::Unsupported,
            ),
            (PhotoError::Size { width: 0, height: 0, limit: "at least 1" }, FileFault::Size),
            (PhotoError::Header { format: "JPEG", detail: "x".into() }, FileFault::Broken),
            (PhotoError::Undecodable { format: "PNG", detail: "x".into() }, FileFault::Broken),
        ] {
            assert_eq!(FileFault::of(&error.to_string()), Some(fault), "{error}");
        }
        assert_eq!(FileFault::of("bib 3 did not finish (DNF)"), None);
    }
}
