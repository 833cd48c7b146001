//! Puts a photo where nothing is, or over its own proxy, and over nothing else.

use aws_sdk_s3::operation::put_object::builders::PutObjectFluentBuilder;
use aws_sdk_s3::primitives::ByteStream;
use base64::Engine as _;
use bytes::Bytes;

use super::{BASE64, Bucket, ETag, MD5_FIELD, StoreError};
use crate::proxy::Part;

/// A photo that is to be put. It is checked on arrival against its MD5, which it keeps.
#[derive(Debug, Clone, Copy)]
pub struct NewPhoto<'a> {
    pub key: &'a str,
    pub content_type: &'a str,
    pub md5: &'a [u8; 16],
    pub part: Option<&'a Part>,
}

impl NewPhoto<'_> {
    /// The request without its body, on the condition that nothing is lost by it.
    pub(super) fn request(&self, bucket: &Bucket) -> PutObjectFluentBuilder {
        let request = bucket.client.put_object().bucket(&bucket.name).key(self.key);
        let mut request = request
            .content_type(self.content_type)
            .content_md5(BASE64.encode(self.md5))
            .metadata(MD5_FIELD, hex::encode(self.md5));
        if let Some(part) = self.part {
            let (field, value) = part.metadata();
            request = request.metadata(field, value);
        }
        match self.part {
            Some(Part::Full { proxy, .. }) => request.if_match(proxy.quoted()),
            _ => request.if_none_match("*"),
        }
    }
}

impl Bucket {
    pub async fn put_new(&self, photo: NewPhoto<'_>, body: Bytes) -> Result<ETag, StoreError> {
        let request = photo.request(self).body(ByteStream::from(body));
        let answer = request.send().await.map_err(|e| self.error("PUT", photo.key, &e))?;
        Ok(ETag::new(answer.e_tag().unwrap_or_default()))
    }
}
