//! The S3 calls, each a few lines between the protocol layer and the store.

mod bucket;
mod completion;
mod condition;
mod copy;
mod failure;
mod headers;
mod list;
mod multipart;
mod object;
mod part;
mod receive;
mod send;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::ConnectInfo;
use s3s::dto::*;
use s3s::{S3, S3Request, S3Response, S3Result};

use super::event::Origin;
use super::http::RequestId;
use super::store::Store;

/// Answers S3 calls from a store. What is not here answers 501 NotImplemented.
pub struct Service {
    store: Arc<Store>,
}

impl Service {
    pub fn new(store: Arc<Store>) -> Self {
        Self { store }
    }
}

/// Who sent a request, for its events.
fn origin<T>(req: &S3Request<T>) -> Origin {
    let peer = req.extensions.get::<ConnectInfo<SocketAddr>>();
    let credentials = req.credentials.as_ref();
    Origin {
        access_key_id: credentials.map(|c| c.access_key.clone()).unwrap_or_default(),
        source_ip: peer.map(|c| c.0.ip().to_string()).unwrap_or_default(),
        request_id: req.extensions.get::<RequestId>().map(|r| r.0.clone()).unwrap_or_default(),
    }
}

macro_rules! calls {
    ($($name:ident: $input:ident -> $output:ident;)*) => {
        #[async_trait::async_trait]
        impl S3 for Service {
            $(async fn $name(&self, req: S3Request<$input>) -> S3Result<S3Response<$output>> {
                Ok(S3Response::new(Service::$name(self, req).await?))
            })*
        }
    };
}

calls! {
    list_buckets: ListBucketsInput -> ListBucketsOutput;
    create_bucket: CreateBucketInput -> CreateBucketOutput;
    head_bucket: HeadBucketInput -> HeadBucketOutput;
    delete_bucket: DeleteBucketInput -> DeleteBucketOutput;
    get_bucket_location: GetBucketLocationInput -> GetBucketLocationOutput;
    get_bucket_versioning: GetBucketVersioningInput -> GetBucketVersioningOutput;
    list_objects: ListObjectsInput -> ListObjectsOutput;
    list_objects_v2: ListObjectsV2Input -> ListObjectsV2Output;
    put_object: PutObjectInput -> PutObjectOutput;
    get_object: GetObjectInput -> GetObjectOutput;
    head_object: HeadObjectInput -> HeadObjectOutput;
    delete_object: DeleteObjectInput -> DeleteObjectOutput;
    delete_objects: DeleteObjectsInput -> DeleteObjectsOutput;
    copy_object: CopyObjectInput -> CopyObjectOutput;
    create_multipart_upload: CreateMultipartUploadInput -> CreateMultipartUploadOutput;
    upload_part: UploadPartInput -> UploadPartOutput;
    upload_part_copy: UploadPartCopyInput -> UploadPartCopyOutput;
    complete_multipart_upload: CompleteMultipartUploadInput -> CompleteMultipartUploadOutput;
    abort_multipart_upload: AbortMultipartUploadInput -> AbortMultipartUploadOutput;
    list_parts: ListPartsInput -> ListPartsOutput;
    list_multipart_uploads: ListMultipartUploadsInput -> ListMultipartUploadsOutput;
}
