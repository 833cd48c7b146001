fn main() -> std::process::ExitCode {
    kanso::cli::run()
}
