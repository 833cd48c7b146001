//! The font that the deployed functions find in a layer instead of in themselves.

use std::path::{Path, PathBuf};
use std::process::Command;

use kanso_pipeline::events::Upload;
use kanso_pipeline::handler::Handler;
use kanso_pipeline::store::{Bucket, If};

use super::function::{self, Function, event, fixture, versioned};
use super::{PHOTO, host, repository, tools};

/// Of all bundled fonts only IPAmj Mincho has the first character of this family name.
const NAME: &str = "𤴓木 康平";
const FONT: &str = "fonts/ipamj-mincho/ipamjm.ttf";

/// The layer as AWS mounts it.
fn mounted() -> PathBuf {
    let folder = tools::folder("layer");
    let zip = folder.join("fonts.zip");
    let made = Command::new(repository::root().join("deploy/layer")).arg(&zip).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let opt = folder.join("opt");
    let unpack = ["-m", "zipfile", "-e", zip.to_str().unwrap(), opt.to_str().unwrap()];
    assert!(Command::new("python3").args(unpack).status().unwrap().success());
    opt
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rare_kanji_from_the_layer_is_the_same_certificate_as_from_the_binary() {
    let opt = mounted();
    let font = std::fs::read(repository::root().join(FONT)).unwrap();
    assert!(std::fs::read(opt.join(FONT)).unwrap() == font);
    let licence = opt.join("fonts/ipamj-mincho/IPA_Font_License_Agreement_v1.0.txt");
    assert!(licence.is_file(), "the licence travels with the font");

    let layer = opt.join("fonts");
    let variables = [("KANSO_FONTS", layer.to_str().unwrap())];
    let Some(function) = Function::start_with("layer", &variables).await else { return };
    let results = std::fs::read_to_string(fixture("races/minato-half/results.csv")).unwrap();
    let named = results.replace("伊藤 康平", NAME);
    assert_ne!(named, results);
    function.put("minato-half/results.csv", named.into_bytes(), None).await;
    let etag = function.put_photo(PHOTO, "1070", 1).await;
    function.invoke(&versioned(event("s3-put.json"), &etag)).await.unwrap();
    let (key, pdf) = the_pdf(&function.output).await;
    let path = tools::folder("layer").join("certificate.pdf");
    std::fs::write(&path, &pdf).unwrap();
    if let Some(fonts) = tools::judge("pdffonts", &[path.to_str().unwrap()]) {
        assert!(fonts.contains("IPAmjMincho"), "{fonts}");
    }

    // This process holds the font, as a laptop's does.
    let output = Bucket::new(function.client().clone(), "kanso-output-2");
    output.create().await.unwrap();
    let handler = Handler::new(function.handler().inputs().clone(), output.clone());
    let upload = Upload {
        bucket: handler.inputs().name().to_owned(),
        key: PHOTO.to_owned(),
        etag: Some(etag),
        size: None,
        sequencer: None,
    };
    handler.handle(&upload).await.unwrap();
    let (other_key, other_pdf) = the_pdf(&output).await;
    assert_eq!(key, other_key);
    assert!(pdf == other_pdf, "{} and {} bytes", pdf.len(), other_pdf.len());
}

async fn the_pdf(output: &Bucket) -> (String, bytes::Bytes) {
    let listed = output.list("minato-half/certificates/1070/").await.unwrap();
    let pdfs: Vec<String> =
        listed.into_iter().map(|object| object.key).filter(|key| key.ends_with(".pdf")).collect();
    assert_eq!(pdfs.len(), 1, "{pdfs:?}");
    let pdf = output.get(&pdfs[0], If::Any, 64 << 20).await.unwrap();
    (pdfs[0].clone(), pdf.bytes)
}

#[tokio::test]
async fn a_function_whose_layer_is_missing_does_not_start_and_says_what_it_misses() {
    let mut function = host::bootstrap("127.0.0.1:9", &function::store("http://127.0.0.1:9"));
    let output = function.env("KANSO_FONTS", "/nowhere/fonts").output().await.unwrap();
    assert!(!output.status.success());
    let said = host::said(&output);
    assert!(said.contains("/nowhere/fonts/ipamj-mincho/ipamjm.ttf"), "{said}");
}

/// What `deploy/build` builds. Of all crates only that of the fonts is another one then.
#[test]
fn a_build_for_the_layer_has_the_font_not_in_it_and_finds_it_beside() {
    let target = tempfile::tempdir().unwrap();
    let tested = Command::new(env!("CARGO"))
        .args(["test", "--quiet", "--locked", "--offline", "--lib", "--manifest-path"])
        .arg(repository::root().join("fonts/Cargo.toml"))
        .env("KANSO_FONTS_LAYER", "1")
        .env("CARGO_TARGET_DIR", target.path())
        .output()
        .unwrap();
    assert!(tested.status.success(), "{}", host::said(&tested));
    let font = std::fs::read(repository::root().join(FONT)).unwrap();
    let part = &font[10_000_000..10_000_256];
    let binary = binary(&target.path().join("debug/deps"));
    assert!(!binary.windows(part.len()).any(|window| window == part), "it holds the font");
}

fn binary(deps: &Path) -> Vec<u8> {
    let files = std::fs::read_dir(deps).unwrap().map(|entry| entry.unwrap().path());
    let mut tests = files.filter(|path| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        name.starts_with("kanso_fonts-") && path.extension().is_none()
    });
    std::fs::read(tests.next().expect("the tests' binary")).unwrap()
}
