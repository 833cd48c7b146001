//! The templates that come with kanso, inside the binary.

type Files = &'static [(&'static str, &'static [u8])];

macro_rules! bundle {
    ($($name:literal: [$($file:literal),* $(,)?]),+ $(,)?) => {
        &[$(($name, &[$(($file, include_bytes!(concat!("../../templates/", $name, "/", $file)))),*])),+]
    };
}

const TEMPLATES: &[(&str, Files)] = bundle! {
    "photo": ["template.toml"],
    "photo-portrait": ["template.toml"],
    "classic": ["template.toml"],
    "classic-b5": ["template.toml"],
    "results": ["template.toml"],
    "postcard": ["template.toml"],
    "2l": ["template.toml"],
    "kiosk": ["template.toml"],
    "story": ["template.toml"],
};

/// Their names.
pub fn names() -> impl Iterator<Item = &'static str> {
    TEMPLATES.iter().map(|(name, _)| *name)
}

/// The files of one, by name.
pub fn files(name: &str) -> Option<Files> {
    TEMPLATES.iter().find(|(known, _)| *known == name).map(|(_, files)| *files)
}
