//! A reduced copy says all that its photo says, and shows the same.

use bytes::Bytes;
use image::imageops;
use kanso_photo::{PROXY_PX, Photo};

use crate::picture::{as_stored, cjpeg, oriented, psnr, scene, with_segment};

const SIZE: (u32, u32) = (4800, 3200);

fn xmp(keyword: &str) -> Vec<u8> {
    let packet = format!(
        "http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\
         <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
         <rdf:Description xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
         xmlns:exif=\"http://ns.adobe.com/exif/1.0/\" \
         exif:DateTimeOriginal=\"2026-11-23T10:11:09+09:00\"><dc:subject><rdf:Bag>\
         <rdf:li>{keyword}</rdf:li></rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>"
    );
    packet.into_bytes()
}

#[test]
fn it_has_the_metadata_the_colours_and_the_orientation_of_its_photo() {
    let upright = scene(SIZE.0, SIZE.1);
    let profile = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    let profile = [&b"ICC_PROFILE\0\x01\x01"[..], &profile].concat();
    let small = imageops::thumbnail(&upright, PROXY_PX, PROXY_PX * 2 / 3);
    for orientation in [1, 6] {
        let stored = as_stored(&upright, orientation);
        let jpeg = cjpeg(&stored, &["-quality", "95"]);
        let jpeg = oriented(&with_segment(&jpeg, 0xE1, &xmp("bib:1017")), orientation);
        // Of further pictures in the file, none of which goes along.
        let jpeg = with_segment(&with_segment(&jpeg, 0xE2, &profile), 0xE2, b"MPF\0and so on");
        let photo = Photo::open(Bytes::from(jpeg.clone())).unwrap();
        let proxy = photo.proxy().unwrap().expect("it is worth it");
        assert_eq!(proxy.upright_size, (PROXY_PX, PROXY_PX * 2 / 3));
        assert!(proxy.jpeg.len() * 2 < jpeg.len());
        let reduced = Photo::open(Bytes::from(proxy.jpeg)).unwrap();
        assert_eq!(reduced.upright_size(), proxy.upright_size);
        assert_eq!(reduced.metadata(), photo.metadata());
        assert_eq!(reduced.metadata().subjects, ["bib:1017"]);
        let developed = |photo: &Photo| {
            let needs = kanso_photo::Needs { reading_px: Some(1500), ..Default::default() };
            photo.decode(&needs).unwrap().reading(1500).unwrap()
        };
        assert!(psnr(&developed(&reduced), &developed(&photo)) > 35.0, "in the same colours");
        let shown = image::load_from_memory(reduced.bytes()).unwrap().into_rgb8();
        let expected = as_stored(&small, orientation);
        assert!(psnr(&shown, &expected) > 30.0, "orientation {orientation}");
    }
}

#[test]
fn there_is_none_where_the_file_itself_is_as_good_to_send() {
    let picture = scene(SIZE.0, SIZE.1);
    let large = cjpeg(&picture, &["-quality", "95"]);
    let small = cjpeg(&scene(1600, 1200), &["-quality", "85"]);
    let mut png = std::io::Cursor::new(Vec::new());
    scene(800, 600).write_to(&mut png, image::ImageFormat::Png).unwrap();
    let cut_off = large[..large.len() / 2].to_vec();
    let already = cjpeg(&picture, &["-quality", "20"]);
    for (what, file) in
        [("small", small), ("a PNG", png.into_inner()), ("cut off", cut_off), ("light", already)]
    {
        let photo = Photo::open(Bytes::from(file)).unwrap();
        assert!(photo.proxy().unwrap().is_none(), "{what}");
    }
}
