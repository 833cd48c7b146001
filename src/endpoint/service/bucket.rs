//! Buckets.

use s3s::dto::*;
use s3s::{S3Request, S3Result};

use super::Service;
use super::condition::timestamp;
use crate::event::REGION;

impl Service {
    pub(super) async fn list_buckets(
        &self,
        _: S3Request<ListBucketsInput>,
    ) -> S3Result<ListBucketsOutput> {
        let buckets = self.store.read(|s| s.buckets()).await?;
        let buckets = buckets.into_iter().map(|(name, record)| Bucket {
            name: Some(name),
            creation_date: Some(timestamp(record.created_ms)),
            bucket_region: None,
        });
        Ok(ListBucketsOutput {
            buckets: Some(buckets.collect()),
            owner: Some(owner()),
            ..Default::default()
        })
    }

    pub(super) async fn create_bucket(
        &self,
        req: S3Request<CreateBucketInput>,
    ) -> S3Result<CreateBucketOutput> {
        let bucket = req.input.bucket;
        let location = Some(format!("/{bucket}"));
        self.store.change(move |c| c.create_bucket(&bucket)).await?;
        Ok(CreateBucketOutput { location })
    }

    pub(super) async fn head_bucket(
        &self,
        req: S3Request<HeadBucketInput>,
    ) -> S3Result<HeadBucketOutput> {
        self.store.read(move |s| s.require_bucket(&req.input.bucket)).await?;
        Ok(HeadBucketOutput { bucket_region: Some(REGION.into()), ..Default::default() })
    }

    pub(super) async fn delete_bucket(
        &self,
        req: S3Request<DeleteBucketInput>,
    ) -> S3Result<DeleteBucketOutput> {
        self.store.release(move |c| c.delete_bucket(&req.input.bucket)).await?;
        Ok(DeleteBucketOutput {})
    }

    pub(super) async fn get_bucket_location(
        &self,
        req: S3Request<GetBucketLocationInput>,
    ) -> S3Result<GetBucketLocationOutput> {
        self.store.read(move |s| s.require_bucket(&req.input.bucket)).await?;
        Ok(GetBucketLocationOutput::default())
    }

    /// Never versioned: an empty configuration, as AWS answers for such a bucket.
    pub(super) async fn get_bucket_versioning(
        &self,
        req: S3Request<GetBucketVersioningInput>,
    ) -> S3Result<GetBucketVersioningOutput> {
        self.store.read(move |s| s.require_bucket(&req.input.bucket)).await?;
        Ok(GetBucketVersioningOutput::default())
    }
}

/// The one owner of everything here.
pub(super) fn owner() -> Owner {
    Owner { id: Some("kanso".into()), display_name: Some("kanso".into()) }
}
