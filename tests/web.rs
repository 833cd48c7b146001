//! The promise: the pages work for runners and staff, show nobody more than they may
//! see, and print what was asked, once.

#[path = "web/bad_printer.rs"]
mod bad_printer;
#[path = "web/browser.rs"]
mod browser;
#[path = "web/client.rs"]
mod client;
#[path = "web/clock.rs"]
mod clock;
#[path = "web/console.rs"]
mod console;
#[path = "web/console_now.rs"]
mod console_now;
#[path = "web/console_printers.rs"]
mod console_printers;
#[path = "web/console_runner.rs"]
mod console_runner;
#[path = "web/console_runner_screen.rs"]
mod console_runner_screen;
#[path = "web/console_screen.rs"]
mod console_screen;
#[path = "web/foundation.rs"]
mod foundation;
#[path = "endpoint/idle.rs"]
mod idle;
#[path = "web/injection.rs"]
mod injection;
#[path = "web/kiosk.rs"]
mod kiosk;
#[path = "web/kiosk_screen.rs"]
mod kiosk_screen;
#[path = "web/limits.rs"]
mod limits;
mod ports;
#[path = "web/printer.rs"]
mod printer;
#[path = "web/printing.rs"]
mod printing;
mod repository;
#[path = "web/runner.rs"]
mod runner;
#[path = "web/runner_guards.rs"]
mod runner_guards;
#[path = "web/runner_requests.rs"]
mod runner_requests;
#[path = "web/runner_screen.rs"]
mod runner_screen;
#[path = "web/site.rs"]
mod site;
#[path = "web/unknown.rs"]
mod unknown;
#[path = "web/upload.rs"]
mod upload;
#[path = "web/upload_screen.rs"]
mod upload_screen;
#[path = "pipeline/venue.rs"]
#[expect(dead_code, reason = "the pipeline's tests use more of it")]
mod venue;
#[path = "web/waiting.rs"]
mod waiting;
