//! XMP (ISO 16684-1): subjects, caption, and what EXIF did not say.

use roxmltree::{Document, Node, ParsingOptions};

use super::{Metadata, Told, add, exif, fill};

const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
const DC: &str = "http://purl.org/dc/elements/1.1/";
const LIGHTROOM: &str = "http://ns.adobe.com/lightroom/1.0/";
const PHOTOSHOP: &str = "http://ns.adobe.com/photoshop/1.0/";
const EXIF: &str = "http://ns.adobe.com/exif/1.0/";
const XMP: &str = "http://ns.adobe.com/xap/1.0/";
const NOTE: &str = "http://ns.adobe.com/xmp/note/";
const AUX: &str = "http://ns.adobe.com/exif/1.0/aux/";

/// Adds what the packet says to `metadata`; a packet that is not XML adds nothing.
pub fn read(packet: &[u8], metadata: &mut Metadata) {
    let Some(document) = document(packet) else { return };
    for description in document.descendants().filter(|node| node.has_tag_name((RDF, "Description")))
    {
        understand(description, metadata);
    }
}

fn document(packet: &[u8]) -> Option<Document<'_>> {
    let xml = std::str::from_utf8(packet).ok()?;
    // Writers pad the packet with blanks and zeros.
    let xml = xml.trim_matches(|c: char| c.is_whitespace() || c == '\0' || c == '\u{FEFF}');
    // No entities: nothing legitimate needs them, and they multiply.
    let options = ParsingOptions { allow_dtd: false, nodes_limit: 100_000, ..Default::default() };
    Document::parse_with_options(xml, options).ok()
}

/// A part's head: the digest of the whole, its length, the part's place in it.
const DIGEST: usize = 32;
const HEAD: usize = DIGEST + 8;
/// No photo says more.
const EXTENDED_LIMIT: usize = 16 << 20;

/// The extended packet that the packet names, put together from its parts; `None` where it
/// names none, or a part is missing.
pub fn extended(packet: &[u8], parts: &[&[u8]]) -> Option<Vec<u8>> {
    let document = document(packet)?;
    let descriptions = document.descendants();
    let digest = descriptions
        .filter(|node| node.has_tag_name((RDF, "Description")))
        .find_map(|description| property(description, (NOTE, "HasExtendedXMP")))?;
    let number = |bytes: &[u8]| Some(u32::from_be_bytes(bytes.try_into().ok()?) as usize);
    let mut whole: Option<(Vec<u8>, usize)> = None;
    for part in parts.iter().filter(|part| part.starts_with(digest.as_bytes())) {
        let length = number(part.get(DIGEST..DIGEST + 4)?)?;
        let place = number(part.get(DIGEST + 4..HEAD)?)?;
        if length > EXTENDED_LIMIT {
            return None;
        }
        let (bytes, filled) = whole.get_or_insert_with(|| (vec![0; length], 0));
        let content = part.get(HEAD..)?;
        bytes.get_mut(place..place.checked_add(content.len())?)?.copy_from_slice(content);
        *filled += content.len();
    }
    whole.filter(|(bytes, filled)| bytes.len() == *filled).map(|(bytes, _)| bytes)
}

fn understand(description: Node<'_, '_>, metadata: &mut Metadata) {
    for subject in items(description, (DC, "subject")) {
        add(&mut metadata.subjects, subject);
    }
    // Lightroom separates levels by a bar, digiKam by a slash.
    for path in items(description, (LIGHTROOM, "hierarchicalSubject")) {
        if let Some(leaf) = path.rsplit(['|', '/']).next() {
            add(&mut metadata.subjects, leaf);
        }
    }
    for caption in items(description, (DC, "description")).take(1) {
        fill(&mut metadata.caption, caption);
    }
    for creator in items(description, (DC, "creator")).take(1) {
        fill(&mut metadata.artist, creator);
    }
    if let Some(credit) = property(description, (PHOTOSHOP, "Credit")) {
        fill(&mut metadata.credit, credit);
    }
    if let Some(serial) = property(description, (AUX, "SerialNumber")) {
        fill(&mut metadata.body_serial, serial);
    }
    for name in [(EXIF, "DateTimeOriginal"), (PHOTOSHOP, "DateCreated"), (XMP, "CreateDate")] {
        metadata.offer(property(description, name).and_then(time));
    }
}

/// The texts of a property's list items, or its own text.
fn items<'a>(
    description: Node<'a, 'a>,
    name: (&'static str, &'static str),
) -> impl Iterator<Item = &'a str> {
    let lists = description.children().filter(move |node| node.has_tag_name(name));
    let listed = lists
        .flat_map(|list| list.descendants().filter(|node| node.has_tag_name((RDF, "li"))))
        .filter_map(|item| item.text());
    listed.chain(description.attribute(name))
}

/// A simple property, written as an attribute or as an element.
fn property<'a>(description: Node<'a, 'a>, name: (&'static str, &'static str)) -> Option<&'a str> {
    description.attribute(name).or_else(|| {
        description.children().find(|node| node.has_tag_name(name)).and_then(|node| node.text())
    })
}

/// ISO 8601, with or without fraction and zone.
fn time(text: &str) -> Option<Told> {
    let civil = exif::date_time(text.as_bytes())?;
    let rest = text.get(19..).unwrap_or_default();
    let (fraction, zone) = match rest.find(['+', '-', 'Z']) {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let subsec_ms = fraction
        .strip_prefix('.')
        .and_then(|digits| format!("0.{digits}").parse::<f64>().ok())
        .map(|seconds| (seconds * 1000.0) as u16);
    Some(Told::of(civil, subsec_ms, zone))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACKET: &str = r#"<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:lr="http://ns.adobe.com/lightroom/1.0/" xmlns:exif="http://ns.adobe.com/exif/1.0/"
 exif:DateTimeOriginal="2026-11-23T11:04:59.25+09:00">
<dc:subject><rdf:Bag><rdf:li>1234</rdf:li><rdf:li>ゴール</rdf:li></rdf:Bag></dc:subject>
<lr:hierarchicalSubject><rdf:Bag><rdf:li>bib|1234</rdf:li><rdf:li>place|finish</rdf:li></rdf:Bag></lr:hierarchicalSubject>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">bib 1234</rdf:li></rdf:Alt></dc:description>
</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>"#;

    #[test]
    fn subjects_leaves_caption_and_time_are_read() {
        let mut metadata = Metadata::default();
        read(PACKET.as_bytes(), &mut metadata);
        assert_eq!(metadata.subjects, ["1234", "ゴール", "finish"]);
        assert_eq!(metadata.caption.as_deref(), Some("bib 1234"));
        let captured = metadata.captured.unwrap();
        assert_eq!(captured.civil.to_string(), "2026-11-23T11:04:59");
        assert_eq!(captured.subsec_ms, Some(250));
        assert_eq!(captured.offset.map(|offset| offset.seconds()), Some(32_400));
    }

    #[test]
    fn a_packet_in_parts_is_put_together_and_one_that_lacks_a_part_adds_nothing() {
        let main = PACKET.replace("exif:DateTimeOriginal", "xmpNote:HasExtendedXMP=\"0123456789ABCDEF0123456789ABCDEF\" xmlns:xmpNote=\"http://ns.adobe.com/xmp/note/\" exif:DateTimeOriginal");
        let more = PACKET.replace("1234", "4321").into_bytes();
        let (first, second) = more.split_at(500);
        let part = |place: usize, content: &[u8]| {
            let mut part = b"0123456789ABCDEF0123456789ABCDEF".to_vec();
            part.extend((more.len() as u32).to_be_bytes());
            part.extend((place as u32).to_be_bytes());
            part.extend(content);
            part
        };
        let (one, two) = (part(0, first), part(500, second));
        assert_eq!(extended(main.as_bytes(), &[&two, &one]).as_deref(), Some(&more[..]));
        assert_eq!(extended(main.as_bytes(), &[&one]), None);
        assert_eq!(extended(PACKET.as_bytes(), &[&one, &two]), None, "nothing names them");
        for cut in 0..two.len() {
            extended(main.as_bytes(), &[&one, &two[..cut]]);
        }
    }

    #[test]
    fn a_packet_cut_off_anywhere_or_with_entities_adds_nothing_and_does_not_panic() {
        for cut in 0..PACKET.len() {
            read(&PACKET.as_bytes()[..cut], &mut Metadata::default());
        }
        let bomb = r#"<!DOCTYPE a [<!ENTITY b "bbbb">]><a>&b;</a>"#;
        let mut metadata = Metadata::default();
        read(bomb.as_bytes(), &mut metadata);
        assert_eq!(metadata, Metadata::default());
    }

    #[test]
    fn a_time_in_a_zone_that_is_not_understood_is_none_and_the_next_must_tell_its_own() {
        let captured = |packet: &str| {
            let mut metadata = Metadata::default();
            read(packet.as_bytes(), &mut metadata);
            metadata.captured
        };
        let unread = PACKET.replace("59.25+09:00", "59.25+9h");
        assert_eq!(captured(&unread), None);
        let created = |time: &str| {
            let attribute = format!(
                "xmlns:x1=\"http://ns.adobe.com/xap/1.0/\" x1:CreateDate=\"{time}\" exif:Date"
            );
            captured(&unread.replace("exif:Date", &attribute))
        };
        assert_eq!(created("2026-11-23T11:04:58"), None);
        assert!(created("2026-11-23T02:04:58Z").is_some());
    }
}
