//! What stands to the right of the equals signs: texts, conditions, colours.

use std::fmt;

use kanso_page::Color;
use kanso_page::Language;
use serde::Deserialize;
use serde::de::{self, MapAccess, Visitor};

use crate::fields;
use crate::pattern::Pattern;

/// A text with `{field}`s in it: one for both languages, or one for each.
#[derive(Debug, Clone, Default)]
pub struct Words {
    pub ja: Option<Pattern>,
    pub en: Option<Pattern>,
}

impl Words {
    /// The text of a language; `None` where the template has none for it.
    pub fn in_language(&self, language: Language) -> Option<&Pattern> {
        match language {
            Language::Ja => self.ja.as_ref(),
            Language::En => self.en.as_ref(),
        }
    }
}

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Words;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, or a table with `ja` and `en`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Words, E> {
                let pattern = Pattern::parse(text).map_err(E::custom)?;
                Ok(Words { ja: Some(pattern.clone()), en: Some(pattern) })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Words, A::Error> {
                #[derive(Deserialize)]
                #[serde(deny_unknown_fields)]
                struct Both {
                    ja: Option<Pattern>,
                    en: Option<Pattern>,
                }
                let both = Both::deserialize(de::value::MapAccessDeserializer::new(map))?;
                Ok(Words { ja: both.ja, en: both.en })
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

/// A field that must be there, or with `!` in front must not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    pub field: String,
    pub present: bool,
}

/// All of them must hold; none holds always.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conditions(pub Vec<Condition>);

impl Condition {
    fn parse(text: &str) -> Result<Self, String> {
        let (field, present) = match text.strip_prefix('!') {
            Some(field) => (field, false),
            None => (text, true),
        };
        if !fields::is_known(field) {
            return Err(fields::unknown(field));
        }
        Ok(Self { field: field.to_owned(), present })
    }
}

impl<'de> Deserialize<'de> for Conditions {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Conditions;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a field name, or a list of them")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Conditions, E> {
                Ok(Conditions(vec![Condition::parse(text).map_err(E::custom)?]))
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Conditions, A::Error> {
                let mut all = Vec::new();
                while let Some(text) = list.next_element::<String>()? {
                    all.push(Condition::parse(&text).map_err(de::Error::custom)?);
                }
                Ok(Conditions(all))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

/// A colour: `#rrggbb`, `#rrggbbaa`, or a name of the palette, alone, as a tint of itself
/// on the paper (`accent 12%`), or let through (`ink/60`: 60 % opaque).
#[derive(Debug, Clone, PartialEq)]
pub struct ColorRef {
    pub base: ColorBase,
    /// 0.0 paper, 1.0 the colour itself.
    pub tint: f64,
    /// 0.0 to 1.0
    pub opacity: f64,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ColorBase {
    Value(Color),
    Name(String),
}

impl ColorRef {
    pub fn named(name: &str) -> Self {
        Self { base: ColorBase::Name(name.to_owned()), tint: 1.0, opacity: 1.0 }
    }

    pub fn parse(text: &str) -> Result<Self, String> {
        let refused = || {
            format!(
                "{text:?} is not a colour; write \"#rrggbb\", a name of the palette such as \
                 \"accent\", a tint such as \"accent 12%\" or an opacity such as \"ink/60\""
            )
        };
        let percent = |digits: &str| {
            let value: f64 = digits.parse().map_err(|_| refused())?;
            if (0.0..=100.0).contains(&value) { Ok(value / 100.0) } else { Err(refused()) }
        };
        let (rest, opacity) = match text.split_once('/') {
            Some((rest, digits)) => (rest, percent(digits)?),
            None => (text, 1.0),
        };
        let (name, tint) = match rest.split_once(' ') {
            Some((name, tint)) => {
                (name, percent(tint.trim().strip_suffix('%').ok_or_else(refused)?)?)
            }
            None => (rest, 1.0),
        };
        let base = if name.starts_with('#') {
            ColorBase::Value(Color::parse(name).ok_or_else(refused)?)
        } else if !name.is_empty()
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        {
            ColorBase::Name(name.to_owned())
        } else {
            return Err(refused());
        };
        Ok(Self { base, tint, opacity })
    }
}

impl<'de> Deserialize<'de> for ColorRef {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

/// Where a gradient runs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Toward {
    #[default]
    Down,
    Up,
    Left,
    Right,
}

table! {
    /// A gradient across the shape, eased at both ends so that no edge shows: a scrim
    /// under text is `{ from = "ink/0", to = "ink/75", toward = "down" }`.
    Gradient, "fill = { … }" {
        /// Colour where it begins.
        from: ColorRef,
        /// Colour where it ends.
        to: ColorRef,
        /// Direction. Default `"down"`.
        #[serde(default)]
        toward: Toward,
        /// Share of the shape that it takes, above 0 and at most 1; the rest has the end's
        /// colour without a seam. Default 1.
        #[serde(default = "whole", deserialize_with = "share")]
        length: f64,
    }
}

fn whole() -> f64 {
    1.0
}

fn share<'de, D: de::Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let share = f64::deserialize(deserializer)?;
    if share > 0.0 && share <= 1.0 {
        return Ok(share);
    }
    Err(de::Error::custom(format!("{share} is no share; write a number above 0 and at most 1")))
}

/// A colour or a gradient.
#[derive(Debug, Clone)]
pub enum PaintRef {
    Solid(ColorRef),
    Gradient(Gradient),
}

impl<'de> Deserialize<'de> for PaintRef {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = PaintRef;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a colour, or a gradient with `from` and `to`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<PaintRef, E> {
                ColorRef::parse(text).map(PaintRef::Solid).map_err(E::custom)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<PaintRef, A::Error> {
                Gradient::deserialize(de::value::MapAccessDeserializer::new(map))
                    .map(PaintRef::Gradient)
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

kinds! {
    Words => "text with `{field}`s, or `{ ja = …, en = … }`",
    Pattern => "text with `{field}`s",
    Conditions => "field name, or list of them",
    ColorRef => "colour",
    PaintRef => "colour or gradient",
    Toward => "`\"down\"`, `\"up\"`, `\"left\"` or `\"right\"`",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_values_names_tints_and_opacities() {
        let tint = ColorRef::parse("accent 12%").unwrap();
        assert_eq!(tint.base, ColorBase::Name("accent".into()));
        assert!((tint.tint - 0.12).abs() < 1e-9);
        assert!((ColorRef::parse("ink/60").unwrap().opacity - 0.6).abs() < 1e-9);
        assert_eq!(
            ColorRef::parse("#102030").unwrap().base,
            ColorBase::Value(Color::rgb(16, 32, 48))
        );
        for wrong in ["", "Accent", "#12", "ink/200", "accent 12", "red blue"] {
            assert!(ColorRef::parse(wrong).is_err(), "{wrong}");
        }
    }
}
