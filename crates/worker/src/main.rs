//! The worker as a program of its own, for tests: the desktop and the command line run it as their subcommand `worker`.

fn main() -> std::process::ExitCode {
    worker::run(std::io::stdin(), std::io::stdout())
}
