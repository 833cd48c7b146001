//! The volumes of a book, and the list of their pages.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use kanso_certificate::Fault;
use kanso_page::{Item, Page, Picture};
use kanso_race::Bib;
use kanso_render::Imposition;
use kanso_render::pdf::{PdfOptions, book};

use super::render::write;

/// A volume's photos are in memory several times while it is written.
const PHOTO_BYTES: usize = 120_000_000;

/// A certificate on its way into a book.
pub struct Entry {
    pub page: Page,
    pub bib: Bib,
    pub course: String,
    /// Empty for none.
    pub photo: String,
}

/// A book in the making: one volume in memory, the earlier ones on disk.
pub struct Volumes {
    out: PathBuf,
    options: PdfOptions,
    n_up: Option<Imposition>,
    most: usize,
    /// Of the sheet that is not full yet.
    places: Vec<Page>,
    sheets: Vec<Page>,
    photo_bytes: usize,
    files: Vec<PathBuf>,
    rows: Vec<[String; 6]>,
}

impl Volumes {
    pub fn new(
        out: &Path,
        options: PdfOptions,
        n_up: Option<Imposition>,
        most: NonZeroUsize,
    ) -> Self {
        Self {
            out: out.to_owned(),
            options,
            n_up,
            most: most.get(),
            places: Vec::new(),
            sheets: Vec::new(),
            photo_bytes: 0,
            files: Vec::new(),
            rows: Vec::new(),
        }
    }

    pub fn add(&mut self, entry: Entry) -> Result<(), Fault> {
        self.photo_bytes += photo_bytes(&entry.page.items);
        self.rows.push([
            (self.files.len() + 1).to_string(),
            (self.sheets.len() + 1).to_string(),
            (self.places.len() + 1).to_string(),
            safe_cell(entry.bib.as_str()),
            safe_cell(&entry.course),
            safe_cell(&entry.photo),
        ]);
        self.places.push(entry.page);
        if self.places.len() == self.n_up.map_or(1, |n_up| n_up.places()) {
            self.end_sheet()?;
        }
        if self.sheets.len() >= self.most
            || (self.photo_bytes >= PHOTO_BYTES && self.places.is_empty())
        {
            self.end_volume()?;
        }
        Ok(())
    }

    /// Writes what is left, and the list of pages. The files, in order.
    pub fn finish(mut self, manifest: &Path) -> Result<Vec<PathBuf>, Fault> {
        if !self.places.is_empty() {
            self.end_sheet()?;
        }
        self.end_volume()?;
        if let [only] = &mut self.files[..] {
            std::fs::rename(&*only, &self.out).map_err(|error| {
                Fault::retry(format!("cannot write {}: {error}", self.out.display()))
            })?;
            only.clone_from(&self.out);
        }
        let mut list = csv::Writer::from_writer(Vec::new());
        let written = list
            .write_record(["volume", "page", "place", "bib", "course", "photo"])
            .and_then(|()| self.rows.iter().try_for_each(|row| list.write_record(row)));
        written
            .map_err(|error| Fault::reject(format!("cannot write the list of pages: {error}")))?;
        let list = list
            .into_inner()
            .map_err(|error| Fault::reject(format!("cannot write the list of pages: {error}")))?;
        write(manifest, &list)?;
        Ok(self.files)
    }

    fn end_sheet(&mut self) -> Result<(), Fault> {
        let places = std::mem::take(&mut self.places);
        match self.n_up {
            Some(n_up) => self.sheets.push(n_up.sheet(places)?),
            None => self.sheets.extend(places),
        }
        Ok(())
    }

    fn end_volume(&mut self) -> Result<(), Fault> {
        if self.sheets.is_empty() {
            return Ok(());
        }
        let number = self.files.len() + 1;
        let stem = self.out.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let path = self.out.with_file_name(format!("{stem}-{number:03}.pdf"));
        self.photo_bytes = 0;
        let bytes = book(std::mem::take(&mut self.sheets), &self.options)?;
        write(&path, &bytes)?;
        self.files.push(path);
        Ok(())
    }
}

/// JPEG bytes below the items.
fn photo_bytes(items: &[(kanso_page::geometry::Point, Item)]) -> usize {
    items
        .iter()
        .map(|(_, item)| match item {
            Item::Image(image) => match &*image.picture {
                Picture::Jpeg { bytes, .. } => bytes.len(),
                Picture::Rgba { .. } => 0,
            },
            Item::Group(group) => photo_bytes(&group.items),
            Item::Glyphs(_) | Item::Path(_) => 0,
        })
        .sum()
}

/// A cell that no spreadsheet takes for a formula.
fn safe_cell(text: &str) -> String {
    match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_never_a_formula() {
        assert_eq!(safe_cell("=HYPERLINK(1)"), "'=HYPERLINK(1)");
        assert_eq!(safe_cell("@x"), "'@x");
        assert_eq!(safe_cell("W1"), "W1");
    }
}
