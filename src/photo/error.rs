//! Why an upload cannot become a panel, and what to do about it.

/// Everything here depends on the bytes alone, so nothing is retried.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PhotoError {
    #[error("the photo is empty (0 bytes); upload it again")]
    Empty,
    #[error(
        "the photo has {bytes} bytes, more than the {limit} allowed; export a JPEG from it and upload that"
    )]
    TooManyBytes { bytes: usize, limit: usize },
    #[error(
        "the file is not an image (neither JPEG, PNG, TIFF nor WebP); upload the camera's JPEG"
    )]
    NotAnImage,
    #[error("{what} is not supported; {advice}")]
    Unsupported { what: &'static str, advice: &'static str },
    #[error(
        "the photo's header says {width} x {height} pixels; {limit}; check the file and export it again"
    )]
    Size { width: u32, height: u32, limit: &'static str },
    #[error("the {format}'s header cannot be read ({detail}); upload the photo again")]
    Header { format: &'static str, detail: String },
    #[error("the {format}'s picture cannot be decoded ({detail}); upload the photo again")]
    Undecodable { format: &'static str, detail: String },
    #[error("the crop {crop} lies outside the photo of {width} x {height} pixels; choose it again")]
    Crop { crop: String, width: u32, height: u32 },
    #[error("a panel of {width} x {height} pixels cannot be made; check the template's photo slot")]
    Panel { width: u32, height: u32 },
}
