//! What an SDK relies on.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    ChecksumAlgorithm, ChecksumMode, ChecksumType, CompletedMultipartUpload, CompletedPart,
    EncodingType, MetadataDirective,
};

use crate::server::{Running, body_files, get, put, start, status};

async fn fresh() -> (tempfile::TempDir, Running) {
    let dir = tempfile::tempdir().unwrap();
    let running = start(dir.path()).await;
    running.client.create_bucket().bucket("photos").send().await.unwrap();
    (dir, running)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_in_pages_gives_every_key_and_prefix_once_in_order() {
    let (_dir, s) = fresh().await;
    for key in ["a/1", "a/2", "b", "c/1", "c/d/2", "é", "+", "写/1"] {
        put(&s.client, "photos", key, b"x").await;
    }
    for size in 1..9 {
        let (mut names, mut token) = (Vec::new(), None);
        loop {
            let page = s
                .client
                .list_objects_v2()
                .bucket("photos")
                .delimiter("/")
                .max_keys(size)
                .set_continuation_token(token)
                .send()
                .await
                .unwrap();
            names.extend(page.contents().iter().map(|o| o.key().unwrap().to_owned()));
            names.extend(page.common_prefixes().iter().map(|p| p.prefix().unwrap().to_owned()));
            token = page.next_continuation_token;
            if token.is_none() {
                break;
            }
        }
        names.sort();
        assert_eq!(names, ["+", "a/", "b", "c/", "é", "写/"], "pages of {size}");
    }
    let v1 = s.client.list_objects().bucket("photos").prefix("c/").marker("c/1").send().await;
    assert_eq!(v1.unwrap().contents()[0].key(), Some("c/d/2"));
    let after = s.client.list_objects_v2().bucket("photos").start_after("a/1").max_keys(1);
    assert_eq!(after.send().await.unwrap().contents()[0].key(), Some("a/2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_no_file_system_could_hold_are_stored_and_listed() {
    let (_dir, s) = fresh().await;
    let keys =
        ["../../etc/passwd", "a/./b", "%41", "nl\nx", "t\u{1}", "dir//x", "x/", &"写".repeat(341)];
    for key in keys {
        put(&s.client, "photos", key, key.as_bytes()).await;
        assert_eq!(get(&s.client, "photos", key).await.unwrap(), key.as_bytes(), "{key:?}");
    }
    let page = s.client.list_objects_v2().bucket("photos").encoding_type(EncodingType::Url);
    let mut listed: Vec<String> = page
        .send()
        .await
        .unwrap()
        .contents()
        .iter()
        .map(|o| {
            percent_encoding::percent_decode_str(o.key().unwrap())
                .decode_utf8()
                .unwrap()
                .into_owned()
        })
        .collect();
    let mut wanted = keys.map(str::to_owned).to_vec();
    wanted.sort();
    listed.sort();
    assert_eq!(listed, wanted);
    let long = "k".repeat(1025);
    let refused = s.client.put_object().bucket("photos").key(&long).send().await.unwrap_err();
    assert_eq!(status(&refused), 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_checksum_is_verified_kept_and_sent_back() {
    let (_dir, s) = fresh().await;
    for algorithm in [
        ChecksumAlgorithm::Crc32,
        ChecksumAlgorithm::Crc32C,
        ChecksumAlgorithm::Sha1,
        ChecksumAlgorithm::Sha256,
        ChecksumAlgorithm::Crc64Nvme,
    ] {
        let key = algorithm.as_str();
        let body = ByteStream::from_static(b"finish line");
        let sent = s.client.put_object().bucket("photos").key(key).body(body);
        sent.checksum_algorithm(algorithm.clone()).send().await.unwrap();
        let head = s.client.head_object().bucket("photos").key(key);
        let head = head.checksum_mode(ChecksumMode::Enabled).send().await.unwrap();
        let sums = [
            head.checksum_crc32(),
            head.checksum_crc32_c(),
            head.checksum_sha1(),
            head.checksum_sha256(),
            head.checksum_crc64_nvme(),
        ];
        assert_eq!(sums.iter().flatten().count(), 1, "{key}");
        // The SDK verifies the body against the checksum on the way back.
        let body = s.client.get_object().bucket("photos").key(key);
        let body = body.checksum_mode(ChecksumMode::Enabled).send().await.unwrap().body;
        assert_eq!(body.collect().await.unwrap().to_vec(), b"finish line");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_digest_leaves_no_object_and_no_file() {
    let (dir, s) = fresh().await;
    put(&s.client, "photos", "good", b"good").await;
    let wrong = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    for key in ["good", "new"] {
        let sent = s.client.put_object().bucket("photos").key(key).checksum_sha256(wrong);
        let refused = sent.body(ByteStream::from_static(b"evil")).send().await.unwrap_err();
        assert_eq!(status(&refused), 400);
        assert!(format!("{refused:?}").contains("BadDigest"));
    }
    assert_eq!(get(&s.client, "photos", "good").await.unwrap(), b"good");
    assert_eq!(get(&s.client, "photos", "new").await, None);
    assert_eq!(body_files(dir.path()), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_make_one_object_whose_ranges_cross_them() {
    let (dir, s) = fresh().await;
    for kind in [ChecksumType::Composite, ChecksumType::FullObject] {
        let begun = s.client.create_multipart_upload().bucket("photos").key("big");
        let begun = begun.checksum_algorithm(ChecksumAlgorithm::Crc32).checksum_type(kind.clone());
        let id = begun.send().await.unwrap().upload_id.unwrap();
        let mut done = CompletedMultipartUpload::builder();
        for (number, byte, size) in [(2, b'a', 5 << 20), (7, b'b', 1000)] {
            let part = s.client.upload_part().bucket("photos").key("big").upload_id(&id);
            let part = part
                .part_number(number)
                .checksum_algorithm(ChecksumAlgorithm::Crc32)
                .body(vec![byte; size].into())
                .send()
                .await
                .unwrap();
            let part = CompletedPart::builder()
                .part_number(number)
                .set_e_tag(part.e_tag)
                .set_checksum_crc32(part.checksum_crc32);
            done = done.parts(part.build());
        }
        let complete = || {
            let call = s.client.complete_multipart_upload().bucket("photos").key("big");
            call.upload_id(&id).multipart_upload(done.clone().build()).send()
        };
        let first = complete().await.unwrap();
        assert!(first.e_tag().unwrap().ends_with("-2\""));
        assert_eq!(
            first.checksum_crc32().unwrap().ends_with("-2"),
            kind == ChecksumType::Composite
        );
        // The answer may be lost: asking again gives the same one.
        assert_eq!(complete().await.unwrap().e_tag(), first.e_tag());
    }
    let range = s.client.get_object().bucket("photos").key("big").range("bytes=5242878-5242881");
    assert_eq!(range.send().await.unwrap().body.collect().await.unwrap().to_vec(), b"aabb");
    let part =
        s.client.get_object().bucket("photos").key("big").part_number(2).send().await.unwrap();
    assert_eq!((part.content_length(), part.parts_count()), (Some(1000), Some(2)));
    assert_eq!(body_files(dir.path()), 2, "the first upload's parts went with its object");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_keeps_the_bytes_when_its_source_goes() {
    let (_dir, s) = fresh().await;
    let etag = put(&s.client, "photos", "from", b"photo").await;
    let copy =
        |to: &str| s.client.copy_object().bucket("photos").key(to).copy_source("photos/from");
    copy("to").copy_source_if_match(&etag).send().await.unwrap();
    let stale = copy("no").copy_source_if_match("\"00\"").send().await.unwrap_err();
    assert_eq!(status(&stale), 412);
    assert_eq!(status(&copy("from").send().await.unwrap_err()), 400, "onto itself");
    copy("from")
        .metadata_directive(MetadataDirective::Replace)
        .metadata("bib", "7")
        .send()
        .await
        .unwrap();
    let head = s.client.head_object().bucket("photos").key("from").send().await.unwrap();
    assert_eq!(head.metadata().unwrap()["bib"], "7");
    s.client.delete_object().bucket("photos").key("from").send().await.unwrap();
    assert_eq!(get(&s.client, "photos", "to").await.unwrap(), b"photo");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_under_way_survives_the_replacement_of_its_object() {
    let (_dir, s) = fresh().await;
    let old = vec![b'o'; 8 << 20];
    put(&s.client, "photos", "k", &old).await;
    let download = s.client.get_object().bucket("photos").key("k").send().await.unwrap();
    put(&s.client, "photos", "k", b"new").await;
    assert_eq!(download.body.collect().await.unwrap().to_vec(), old);
    assert_eq!(get(&s.client, "photos", "k").await.unwrap(), b"new");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_offered_answers_501() {
    let (_dir, s) = fresh().await;
    let tagged = s.client.put_object().bucket("photos").key("k").tagging("a=b").send().await;
    assert_eq!(status(&tagged.unwrap_err()), 501);
    let website = s.client.get_bucket_website().bucket("photos").send().await;
    assert_eq!(status(&website.unwrap_err()), 501);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_process_on_the_same_folder_is_refused_until_the_first_is_gone() {
    let (dir, s) = fresh().await;
    put(&s.client, "photos", "k", b"v").await;
    let (events, _receiver) = kanso_endpoint::event::channel(1);
    let config = kanso_endpoint::Config {
        data: dir.path().into(),
        credentials: crate::server::credentials(),
    };
    let refused = kanso_endpoint::Endpoint::open(config, events).err().unwrap().to_string();
    assert!(refused.contains("in use by another kanso"), "{refused}");
    s.stop().await;
    let again = start(dir.path()).await;
    assert_eq!(get(&again.client, "photos", "k").await.unwrap(), b"v");
}
