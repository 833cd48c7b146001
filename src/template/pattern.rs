//! A text with `{field:format}`s in it.

use std::fmt;

use serde::Deserialize;

use super::fields::{self, Fields};
use super::format;

/// A text of a template, read once: its fields are known, and their formats suit them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Field { name: String, format: Option<String> },
}

/// Why a text is not a pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    #[error("{text:?} has a brace without its partner; write {{{{ or }}}} for a brace itself")]
    Brace { text: String },
    #[error("{0}")]
    Field(String),
    #[error("{{{field}:{format}}} is not a format of {field}; its formats are {known}")]
    Format { field: String, format: String, known: String },
}

impl Pattern {
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let brace = || PatternError::Brace { text: text.to_owned() };
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '{' | '}' if chars.peek() == Some(&c) => {
                    chars.next();
                    literal.push(c);
                }
                '{' => {
                    let mut inner = String::new();
                    loop {
                        match chars.next() {
                            Some('}') => break,
                            Some('{') | None => return Err(brace()),
                            Some(c) => inner.push(c),
                        }
                    }
                    if !literal.is_empty() {
                        parts.push(Part::Literal(std::mem::take(&mut literal)));
                    }
                    parts.push(Part::field(&inner)?);
                }
                '}' => return Err(brace()),
                c => literal.push(c),
            }
        }
        if !literal.is_empty() {
            parts.push(Part::Literal(literal));
        }
        Ok(Self { parts })
    }

    /// The pattern of one field, as it comes.
    pub fn field(name: &str) -> Self {
        Self { parts: vec![Part::Field { name: name.to_owned(), format: None }] }
    }

    /// The fields that it names, with their formats.
    pub fn fields(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.parts.iter().filter_map(|part| match part {
            Part::Field { name, format } => Some((name.as_str(), format.as_deref())),
            Part::Literal(_) => None,
        })
    }

    /// Its text outside of fields.
    pub fn literals(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Literal(text) => Some(text.as_str()),
            Part::Field { .. } => None,
        })
    }

    /// The text for a runner; `None` where one of its fields does not exist.
    pub fn fill(&self, fields: &Fields) -> Option<String> {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(literal) => text.push_str(literal),
                Part::Field { name, format } => {
                    text.push_str(&fields.write(name, format.as_deref())?);
                }
            }
        }
        Some(text)
    }

    /// What to call the text in a message: its first field, else its first words.
    pub fn label(&self) -> String {
        match (self.fields().next(), self.literals().next()) {
            (Some((field, _)), _) => field.to_owned(),
            (None, Some(text)) => format!("{:?}", text.chars().take(16).collect::<String>()),
            (None, None) => "(empty)".to_owned(),
        }
    }
}

impl Part {
    fn field(inner: &str) -> Result<Self, PatternError> {
        let (name, format) = match inner.split_once(':') {
            Some((name, format)) => (name, Some(format)),
            None => (inner, None),
        };
        let kind = fields::kind(name).ok_or_else(|| PatternError::Field(fields::unknown(name)))?;
        if let Some(format) = format
            && !format::formats(kind).any(|known| known == format)
        {
            return Err(PatternError::Format {
                field: name.to_owned(),
                format: format.to_owned(),
                known: format::formats(kind).collect::<Vec<_>>().join(", "),
            });
        }
        Ok(Self::Field { name: name.to_owned(), format: format.map(str::to_owned) })
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.parts {
            match part {
                Part::Literal(text) => {
                    f.write_str(&text.replace('{', "{{").replace('}', "}}"))?;
                }
                Part::Field { name, format: None } => write!(f, "{{{name}}}")?,
                Part::Field { name, format: Some(format) } => write!(f, "{{{name}:{format}}}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_and_formats_are_checked_when_the_text_is_read() {
        assert!(Pattern::parse("{name} {{x}} {gun_time:ja}").is_ok());
        let unknown = Pattern::parse("{nmae}").unwrap_err().to_string();
        assert!(unknown.contains("no field is named \"nmae\""), "{unknown}");
        let format = Pattern::parse("{name:place}").unwrap_err().to_string();
        assert!(format.contains("sama"), "{format}");
        assert!(matches!(Pattern::parse("{name"), Err(PatternError::Brace { .. })));
        assert!(matches!(Pattern::parse("name}"), Err(PatternError::Brace { .. })));
    }

    #[test]
    fn a_pattern_prints_as_it_was_written() {
        let text = "a {{b}} {name:sama} {bib}";
        assert_eq!(Pattern::parse(text).unwrap().to_string(), text);
    }
}
