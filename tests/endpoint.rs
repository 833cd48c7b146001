//! The promise: any S3 client works against the embedded endpoint, and what it
//! acknowledged is there, whatever happens to the process or the disk.

#[path = "endpoint/chunked.rs"]
mod chunked;
#[path = "endpoint/clients.rs"]
mod clients;
#[path = "endpoint/contract.rs"]
mod contract;
#[path = "endpoint/crash.rs"]
mod crash;
#[path = "endpoint/crowd.rs"]
mod crowd;
#[path = "endpoint/events.rs"]
mod events;
#[path = "endpoint/full_disk.rs"]
mod full_disk;
#[path = "endpoint/idle.rs"]
mod idle;
#[path = "endpoint/keys.rs"]
mod keys;
mod repository;
#[path = "endpoint/server.rs"]
mod server;
