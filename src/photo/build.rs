//! Compiles the one C file: libjpeg reports fatal errors by longjmp, which no Rust frame
//! may be crossed by.

fn main() {
    const SOURCE: &str = "decode/scanlines.c";
    println!("cargo:rerun-if-changed={SOURCE}");
    let mut build = cc::Build::new();
    // Set by turbojpeg-sys: the headers of the very library that is linked.
    if let Ok(folders) = std::env::var("DEP_TURBOJPEG_INCLUDE") {
        folders.split(',').for_each(|folder| {
            build.include(folder);
        });
    }
    build.file(SOURCE).warnings(true).extra_warnings(true).opt_level(2).compile("scanlines");
}
