//! How a number is misread.

use kanso_race::Bib;

use super::chance::Chance;

/// One digit is another, or the first or last is not seen, or one is seen that is none.
pub fn misread(bib: &Bib, chance: &mut Chance) -> Bib {
    let mut text: Vec<u8> = bib.as_str().bytes().collect();
    let digit = b'0' + chance.below(10) as u8;
    match chance.below(5) {
        0 if text.len() > 1 => {
            text.remove(0);
        }
        1 if text.len() > 1 => {
            text.pop();
        }
        2 => text.push(digit),
        _ => {
            let at = chance.below(text.len());
            text[at] = digit;
        }
    }
    Bib::parse(&String::from_utf8_lossy(&text)).unwrap_or_else(|_| bib.clone())
}
