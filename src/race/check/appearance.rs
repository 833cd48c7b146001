//! How the certificates look.

use toml::Spanned;

use super::Check;
use crate::file::AppearanceTable;
use crate::rules::Appearance;

const DEFAULT_TEMPLATE: &str = "photo";

impl Check<'_> {
    pub(super) fn appearance(&mut self, table: AppearanceTable) -> Appearance {
        if let Some(at) = &table.accent {
            let hex = at.get_ref().strip_prefix('#').unwrap_or_default();
            if hex.len() != 6 || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
                self.fault(at, format!("{:?} is no colour; write it as \"#1a5fb4\"", at.get_ref()));
            }
        }
        for at in table.logo.iter().chain(&table.seal).chain(&table.sponsors) {
            let path = at.get_ref();
            let leaves = path.starts_with(['/', '\\'])
                || path.contains(':')
                || path.split(['/', '\\']).any(|part| part == ".." || part.is_empty());
            if leaves {
                self.fault(at, format!("{path:?} is no file of the race folder; write its name"));
            }
        }
        Appearance {
            template: table.template.unwrap_or_else(|| DEFAULT_TEMPLATE.to_owned()),
            language: table.language,
            accent: table.accent.map(Spanned::into_inner),
            logo: table.logo.map(Spanned::into_inner),
            seal: table.seal.map(Spanned::into_inner),
            sponsors: table.sponsors.into_iter().map(Spanned::into_inner).collect(),
            parameters: table.parameters.into_iter().map(|(key, p)| (key, p.0)).collect(),
        }
    }
}
