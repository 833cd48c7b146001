//! Sends a body out: chunk by chunk from its files, never whole in memory.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;

use bytes::Bytes;
use s3s::dto::StreamingBlob;

use crate::store::{BodyRef, Pin};

/// Bytes read at once.
const CHUNK_BYTES: u64 = 256 << 10;

/// A stretch of one body file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    pub body: BodyRef,
    pub offset: u64,
    pub size: u64,
}

/// The stretches of `bodies` that hold `range` of the whole object, in order.
pub fn segments(bodies: &[BodyRef], range: &Range<u64>) -> VecDeque<Segment> {
    let mut start = 0;
    let mut found = VecDeque::new();
    for body in bodies {
        let (from, to) = (range.start.max(start), range.end.min(start + body.size));
        if from < to {
            found.push_back(Segment { body: *body, offset: from - start, size: to - from });
        }
        start += body.size;
    }
    found
}

/// The bytes of `range` as a stream; the pin keeps the files until it ends.
pub fn stream(pin: Pin, bodies: &[BodyRef], range: &Range<u64>) -> StreamingBlob {
    let reading = Reading { segments: segments(bodies, range), file: None, pin };
    StreamingBlob::wrap(futures::stream::try_unfold(reading, |reading| async {
        tokio::task::spawn_blocking(|| reading.step()).await.map_err(io::Error::other)?
    }))
}

struct Reading {
    pin: Pin,
    segments: VecDeque<Segment>,
    file: Option<File>,
}

impl Reading {
    fn step(mut self) -> io::Result<Option<(Bytes, Self)>> {
        let Some(segment) = self.segments.front_mut() else { return Ok(None) };
        let mut file = match self.file.take() {
            Some(file) => file,
            None => self.pin.file(segment.body.id, segment.offset)?,
        };
        let size = segment.size.min(CHUNK_BYTES);
        let mut chunk = vec![0; usize::try_from(size).map_err(io::Error::other)?];
        // A file that ends early fails the answer instead of shortening it.
        file.read_exact(&mut chunk)?;
        segment.size -= size;
        if segment.size == 0 {
            self.segments.pop_front();
        } else {
            self.file = Some(file);
        }
        Ok(Some((chunk.into(), self)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_may_begin_and_end_inside_parts() {
        let bodies: Vec<BodyRef> =
            serde_json::from_str(r#"[{"id":1,"size":10},{"id":2,"size":10},{"id":3,"size":10}]"#)
                .unwrap();
        let found = segments(&bodies, &(5..21));
        let found: Vec<_> = found.iter().map(|s| (s.offset, s.size)).collect();
        assert_eq!(found, [(5, 5), (0, 10), (0, 1)]);
        assert!(segments(&bodies, &(0..0)).is_empty());
    }
}
