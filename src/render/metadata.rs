//! What the file says about itself: Info, XMP, the output intent.

use jiff::Timestamp;
use kanso_color::FOGRA39;
use kanso_page::Language;
use lopdf::{Dictionary, Document, Object, ObjectId, Stream, StringFormat, dictionary};

use super::RenderError;

pub(super) const PRODUCER: &str = concat!("kanso ", env!("CARGO_PKG_VERSION"));

/// A text string: UTF-16 with its mark, which every reader understands.
pub(super) fn text(text: &str) -> Object {
    let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
    Object::String(units.flat_map(u16::to_be_bytes).collect(), StringFormat::Hexadecimal)
}

pub(super) fn info(title: &str, created: Timestamp) -> Dictionary {
    let date = created.strftime("D:%Y%m%d%H%M%SZ").to_string();
    dictionary! {
        "Title" => text(title),
        "Creator" => text("kanso"),
        "Producer" => text(PRODUCER),
        "CreationDate" => Object::string_literal(date.clone()),
        "ModDate" => Object::string_literal(date),
        "Trapped" => "False",
    }
}

/// The metadata stream: the same facts as Info, and the structure that the file keeps to.
pub(super) fn xmp(title: &str, language: Language, created: Timestamp, schema: &str) -> Stream {
    let date = created.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let (title, language) = (escaped(title), language_tag(language));
    let packet = format!(
        r#"<?xpacket begin="{bom}" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" xmlns:pdfxid="http://www.npes.org/pdfx/ns/id/" xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/">
   <dc:format>application/pdf</dc:format>
   <dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
   <dc:language><rdf:Bag><rdf:li>{language}</rdf:li></rdf:Bag></dc:language>
   <xmp:CreatorTool>kanso</xmp:CreatorTool>
   <xmp:CreateDate>{date}</xmp:CreateDate>
   <xmp:ModifyDate>{date}</xmp:ModifyDate>
   <xmp:MetadataDate>{date}</xmp:MetadataDate>
   <pdf:Producer>{PRODUCER}</pdf:Producer>
   <pdf:Trapped>False</pdf:Trapped>
   {schema}
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"#,
        bom = '\u{FEFF}',
    );
    let dict = dictionary! { "Type" => "Metadata", "Subtype" => "XML" };
    // Uncompressed, so that tools that know nothing of PDF find it.
    Stream::new(dict, packet.into_bytes()).with_compression(false)
}

pub(super) fn language_tag(language: Language) -> &'static str {
    match language {
        Language::Ja => "ja",
        Language::En => "en",
    }
}

fn escaped(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .map(|c| match c {
            '&' => "&amp;".to_owned(),
            '<' => "&lt;".to_owned(),
            '>' => "&gt;".to_owned(),
            c => c.to_string(),
        })
        .collect()
}

/// What a file built to the structure of PDF/A-2b says of itself.
pub(super) const PDF_A: &str =
    "<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>";

/// What a file built to the structure of PDF/X-4 says of itself.
pub(super) fn pdf_x(document_id: &str) -> String {
    format!(
        "<pdfxid:GTS_PDFXVersion>PDF/X-4</pdfxid:GTS_PDFXVersion>
   <xmpMM:DocumentID>uuid:{document_id}</xmpMM:DocumentID>
   <xmpMM:VersionID>1</xmpMM:VersionID>
   <xmpMM:RenditionClass>default</xmpMM:RenditionClass>"
    )
}

/// The press that the file is separated for.
pub(super) fn press_intent(document: &mut Document) -> ObjectId {
    let dict = dictionary! { "N" => 4, "Alternate" => "DeviceCMYK" };
    let profile = document.add_object(Stream::new(dict, FOGRA39.to_vec()));
    document.add_object(dictionary! {
        "Type" => "OutputIntent",
        "S" => "GTS_PDFX",
        "OutputCondition" =>
            Object::string_literal("Offset printing to ISO 12647-2:2004/Amd 1, paper type 1 or 2"),
        "OutputConditionIdentifier" => Object::string_literal("FOGRA39"),
        "RegistryName" => Object::string_literal("http://www.color.org"),
        "Info" => Object::string_literal("Coated FOGRA39L"),
        "DestOutputProfile" => profile,
    })
}

/// The sRGB output intent: what device colours of the file mean.
pub(super) fn srgb_intent(document: &mut Document) -> Result<ObjectId, RenderError> {
    let dict = dictionary! { "N" => 3, "Alternate" => "DeviceRGB" };
    let profile = document.add_object(Stream::new(dict, srgb_profile()?));
    Ok(document.add_object(dictionary! {
        "Type" => "OutputIntent",
        "S" => "GTS_PDFA1",
        "OutputConditionIdentifier" => Object::string_literal("sRGB IEC61966-2.1"),
        "RegistryName" => Object::string_literal("http://www.color.org"),
        "Info" => Object::string_literal("sRGB IEC61966-2.1"),
        "DestOutputProfile" => profile,
    }))
}

/// The profile's own date: year, month, day, hour, minute, second.
const PROFILE_DATE: [u16; 6] = [2024, 1, 1, 0, 0, 0];

fn srgb_profile() -> Result<Vec<u8>, RenderError> {
    let fault = |reason: String| RenderError::Assembly { reason };
    let mut profile =
        moxcms::ColorProfile::new_srgb().encode().map_err(|error| fault(error.to_string()))?;
    // moxcms writes the moment of encoding into the header; the same file is wanted
    // whenever it is made.
    let date = profile.get_mut(24..36).ok_or_else(|| fault("the profile has no header".into()))?;
    for (place, number) in date.chunks_exact_mut(2).zip(PROFILE_DATE) {
        place.copy_from_slice(&number.to_be_bytes());
    }
    Ok(profile)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_profile_does_not_know_when_it_was_made() {
        assert_eq!(srgb_profile().unwrap()[24..36], [7, 232, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn metadata_is_well_formed_whatever_the_title() {
        let xmp = xmp("A < B & \u{1}C", Language::En, Timestamp::UNIX_EPOCH, "");
        let packet = String::from_utf8(xmp.content).unwrap();
        let document = roxmltree::Document::parse(&packet).unwrap();
        assert!(document.descendants().any(|node| node.text() == Some("A < B & C")));
    }
}
