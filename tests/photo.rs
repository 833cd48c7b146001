//! Photos: every kind of JPEG that cameras write gives the right panel, in the right
//! colours; every kind of broken file is refused or used knowingly, and none panics.

#[path = "photo/codes.rs"]
mod codes;
#[path = "photo/color.rs"]
mod color;
#[path = "photo/damaged.rs"]
mod damaged;
#[path = "photo/hostile.rs"]
mod hostile;
#[path = "photo/panel.rs"]
mod panel;
#[path = "photo/picture.rs"]
mod picture;
#[path = "photo/proxy.rs"]
mod proxy;
mod repository;
#[path = "photo/soak.rs"]
mod soak;
#[path = "photo/speed.rs"]
mod speed;
