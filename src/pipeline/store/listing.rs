//! Listings: whole, or a part of one.

use aws_sdk_s3::types::EncodingType;

use super::{Bucket, ETag, Listed, StoreError, whole_second};

/// Keys of one answer: as many as S3 gives.
const PAGE: i32 = 1000;
/// Where a few keys are asked for.
const FEW: i32 = 100;

impl Bucket {
    /// All objects under a prefix, in order of key.
    pub async fn list(&self, prefix: &str) -> Result<Vec<Listed>, StoreError> {
        self.listed(prefix, "", PAGE, |_| true).await
    }

    /// The first objects under a prefix whose keys come after another, `most` of them at most.
    pub async fn list_after(
        &self,
        prefix: &str,
        after: &str,
        most: usize,
    ) -> Result<Vec<Listed>, StoreError> {
        let mut listed = self.listed(prefix, after, PAGE, |listed| listed.len() < most).await?;
        listed.truncate(most);
        Ok(listed)
    }

    /// The objects under a prefix whose keys come after one, up to another and with it.
    pub async fn list_between(
        &self,
        prefix: &str,
        after: &str,
        until: &str,
    ) -> Result<Vec<Listed>, StoreError> {
        self.list_within(prefix, after, until, PAGE).await
    }

    /// The same, where a few are expected: no more are asked for at once.
    pub async fn list_few_between(
        &self,
        prefix: &str,
        after: &str,
        until: &str,
    ) -> Result<Vec<Listed>, StoreError> {
        self.list_within(prefix, after, until, FEW).await
    }

    async fn list_within(
        &self,
        prefix: &str,
        after: &str,
        until: &str,
        page: i32,
    ) -> Result<Vec<Listed>, StoreError> {
        let within =
            |listed: &[Listed]| listed.last().is_none_or(|last| last.key.as_str() <= until);
        let mut listed = self.listed(prefix, after, page, within).await?;
        listed.retain(|object| object.key.as_str() <= until);
        Ok(listed)
    }

    /// Goes on as long as what was listed so far calls for more.
    async fn listed(
        &self,
        prefix: &str,
        after: &str,
        page: i32,
        goes_on: impl Fn(&[Listed]) -> bool,
    ) -> Result<Vec<Listed>, StoreError> {
        let mut request = self.client.list_objects_v2().bucket(&self.name).prefix(prefix);
        if !after.is_empty() {
            request = request.start_after(after);
        }
        let request = request.max_keys(page).encoding_type(EncodingType::Url);
        let mut pages = request.into_paginator().send();
        let mut listed = Vec::new();
        while goes_on(&listed)
            && let Some(page) = pages.next().await
        {
            let page = page.map_err(|e| self.error("LIST", prefix, &e))?;
            for object in page.contents() {
                let (Some(key), Some(etag)) = (object.key(), object.e_tag()) else { continue };
                listed.push(Listed {
                    key: self.listed_key(key)?,
                    etag: ETag::new(etag),
                    size: u64::try_from(object.size().unwrap_or(0)).unwrap_or(0),
                    modified: whole_second(object.last_modified()),
                });
            }
        }
        Ok(listed)
    }
}
