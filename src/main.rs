//! `tandem`: see `tandem --help`.

fn main() -> std::process::ExitCode {
    tandem::cli::run(std::env::args_os())
}
