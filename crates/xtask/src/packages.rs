//! System packages: which ones, by which system's package tool, and which of them are missing.
//!
//! Debian's list is run by continuous integration. The lists of Fedora, macOS and Windows were written from those systems'
//! package indexes and have not been run; their commands are data, so the tests below can read them.

use crate::sh::{self, say};
use std::fs;
use std::path::Path;
use std::process::Command;

/// A package tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manager {
    /// Debian, Ubuntu.
    Apt,
    /// Fedora.
    Dnf,
    /// macOS.
    Brew,
    /// Windows.
    Winget,
}

/// What was found on this machine; the lists below follow from it alone.
#[derive(Debug, Clone, Copy)]
pub struct Facts {
    pub tests: bool,
    /// The wasm target is there, or rustup has just added it.
    pub wasm_ready: bool,
    pub onnxruntime_ready: bool,
    /// pip or npm.
    pub fetcher: bool,
    /// pip, which fetches the tests' Python peers too.
    pub pip: bool,
    /// npm and node, which fetch and run the tests' peers.
    pub npm: bool,
    /// A Chromium or Chrome and its driver are on PATH, from wherever.
    pub browser: bool,
    pub ubuntu: bool,
}

/// When a package is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    /// To build and to run.
    Always,
    /// A browser and its driver, for the tests.
    Browser,
    /// For the tests: windows, brokers, fonts with Chinese, PTY pairs, what looks at pictures and PDF pages.
    Tests,
    /// rustup can't download: the distribution's own compiler for wasm, with the source of its standard library.
    Wasm,
    /// For the tests, where npm does not come from elsewhere.
    Npm,
    /// Neither pip nor npm is here to fetch ONNX Runtime, or pip is not for the tests' Python packages.
    Fetcher,
}

use When::{Always, Browser, Fetcher, Npm, Tests, Wasm};

/// The tray's library is loaded at run time, by name.
const APT: [(&str, When); 23] = [
    ("build-essential", Always),
    ("libayatana-appindicator3-1", Always),
    ("libudev-dev", Always),
    ("libwebkit2gtk-4.1-dev", Always),
    ("pkg-config", Always),
    ("chromium", Browser),
    ("chromium-driver", Browser),
    ("dbus", Tests),
    ("fonts-dejavu-core", Tests),
    ("fonts-noto-cjk", Tests),
    ("imagemagick", Tests),
    ("libclang-dev", Tests),
    ("mosquitto", Tests),
    ("poppler-utils", Tests),
    ("socat", Tests),
    ("webkit2gtk-driver", Tests),
    ("xvfb", Tests),
    ("cargo-web", Wasm),
    ("lld-19", Wasm),
    ("rust-web-src", Wasm),
    ("rustc-web", Wasm),
    ("npm", Npm),
    ("python3-pip", Fetcher),
];

/// By what a package provides where its name has changed between releases: dnf and rpm take both.
const DNF: [(&str, When); 21] = [
    ("gcc", Always),
    ("gcc-c++", Always),
    ("make", Always),
    ("pkgconf-pkg-config", Always),
    ("libayatana-appindicator-gtk3", Always),
    ("pkgconfig(libudev)", Always),
    ("pkgconfig(webkit2gtk-4.1)", Always),
    ("chromium", Browser),
    ("/usr/bin/chromedriver", Browser),
    ("clang-devel", Tests),
    ("/usr/bin/dbus-run-session", Tests),
    ("dejavu-sans-fonts", Tests),
    ("font(notosanscjksc)", Tests),
    ("ImageMagick", Tests),
    ("mosquitto", Tests),
    ("poppler-utils", Tests),
    ("socat", Tests),
    ("/usr/bin/WebKitWebDriver", Tests),
    ("/usr/bin/Xvfb", Tests),
    ("/usr/bin/npm", Npm),
    ("python3-pip", Fetcher),
];

/// The system brings WebKit, a C compiler comes with Xcode's command line tools, which `cargo` itself needs.
const BREW: [(&str, When); 8] = [
    ("google-chrome", Browser),
    ("chromedriver", Browser),
    ("imagemagick", Tests),
    ("llvm", Tests),
    ("mosquitto", Tests),
    ("poppler", Tests),
    ("socat", Tests),
    ("node", Npm),
];

/// Microsoft's linker is there already: rustup asked for it, and xtask was linked by it.
const WINGET: [(&str, When); 7] = [
    ("Microsoft.EdgeWebView2Runtime", Always),
    ("Google.Chrome", Browser),
    ("Chromium.ChromeDriver", Browser),
    ("LLVM.LLVM", Tests),
    ("EclipseFoundation.Mosquitto", Tests),
    ("OpenJS.NodeJS.LTS", Npm),
    ("Python.Python.3.13", Fetcher),
];

impl Manager {
    /// The tool of this machine.
    pub fn here() -> Option<Self> {
        let all: &[(Self, &str)] = if cfg!(windows) {
            &[(Self::Winget, "winget")]
        } else if cfg!(target_os = "macos") {
            &[(Self::Brew, "brew")]
        } else {
            &[(Self::Apt, "apt-get"), (Self::Dnf, "dnf")]
        };
        all.iter().find(|(_, program)| sh::on_path(program)).map(|(manager, _)| *manager)
    }

    /// Packages that this machine should have.
    fn wanted(self, facts: Facts) -> Vec<&'static str> {
        let list: &[(&str, When)] = match self {
            Self::Apt => &APT,
            Self::Dnf => &DNF,
            Self::Brew => &BREW,
            Self::Winget => &WINGET,
        };
        let wanted = |when| match when {
            Always => true,
            Tests => facts.tests,
            Browser => facts.tests && !facts.browser,
            Npm => facts.tests && !facts.npm,
            Wasm => !facts.wasm_ready,
            Fetcher => !facts.pip && (facts.tests || (!facts.onnxruntime_ready && !facts.fetcher)),
        };
        let name = |name: &'static str| match name {
            "chromium" if facts.ubuntu => "chromium-browser",
            "chromium-driver" if facts.ubuntu => "chromium-chromedriver",
            name => name,
        };
        list.iter().filter(|(_, when)| wanted(*when)).map(|(package, _)| name(package)).collect()
    }

    /// Packages of `wanted` that are not installed.
    fn missing<'a>(self, wanted: &[&'a str]) -> Result<Vec<&'a str>, String> {
        if self == Self::Apt {
            let mut query = Command::new("dpkg-query");
            query.args(["-W", "-f", "${Package} ${db:Status-Status}\\n"]).args(wanted);
            // dpkg-query fails when it does not know one of the names, and still lists the others.
            let out =
                query.output().map_err(|e| format!("could not ask dpkg-query what is installed: {e}"))?;
            return Ok(not_installed(wanted, &String::from_utf8_lossy(&out.stdout)));
        }
        let there = |name: &str| {
            let mut words = self.query(name).into_iter();
            let program = words.next().unwrap_or_default();
            sh::capture(Command::new(program).args(words)).is_some()
        };
        Ok(wanted.iter().copied().filter(|name| !there(name)).collect())
    }

    /// The command that succeeds where `name` is installed.
    fn query(self, name: &str) -> Vec<String> {
        let words: &[&str] = match self {
            Self::Apt => &["dpkg-query", "-W"],
            Self::Dnf => &["rpm", "-q", "--whatprovides"],
            Self::Brew => &["brew", "list", "--versions"],
            Self::Winget => &["winget", "list", "--exact", "--disable-interactivity", "--id"],
        };
        words.iter().copied().chain([name]).map(str::to_owned).collect()
    }

    /// The commands that install `missing`, as a person would type them. None asks a question.
    fn install(self, missing: &[&str]) -> Vec<Vec<String>> {
        let line = |words: &[&str], names: &[&str]| -> Vec<String> {
            words.iter().chain(names).map(|word| (*word).to_owned()).collect()
        };
        match self {
            // Another apt may be at work (unattended upgrades): wait for its lock rather than fail.
            Self::Apt => vec![
                line(&["apt-get", "-o", "DPkg::Lock::Timeout=300", "update", "-q"], &[]),
                line(
                    &[
                        "apt-get",
                        "-o",
                        "DPkg::Lock::Timeout=300",
                        "-o",
                        "Dpkg::Use-Pty=0",
                        "install",
                        "-q",
                        "-y",
                        "--no-install-recommends",
                    ],
                    missing,
                ),
            ],
            Self::Dnf => vec![line(&["dnf", "install", "-y", "--setopt=install_weak_deps=False"], missing)],
            Self::Brew => vec![line(&["brew", "install", "--quiet"], missing)],
            // winget takes one identifier at a time.
            Self::Winget => missing
                .iter()
                .map(|id| {
                    let words = [
                        "winget",
                        "install",
                        "--exact",
                        "--silent",
                        "--disable-interactivity",
                        "--accept-package-agreements",
                        "--accept-source-agreements",
                        "--id",
                    ];
                    line(&words, &[id])
                })
                .collect(),
        }
    }

    /// What a person without root types.
    fn by_hand(self, missing: &[&str]) -> String {
        match self {
            Self::Apt => format!("sudo apt-get install --no-install-recommends -y {}", missing.join(" ")),
            Self::Dnf => {
                let quoted: Vec<String> = missing.iter().map(|name| format!("'{name}'")).collect();
                format!("sudo dnf install -y --setopt=install_weak_deps=False {}", quoted.join(" "))
            }
            Self::Brew | Self::Winget => {
                self.install(missing).iter().map(|words| words.join(" ")).collect::<Vec<_>>().join("\n    ")
            }
        }
    }

    /// Only root installs: brew refuses it, winget asks Windows itself.
    fn needs_root(self) -> bool {
        matches!(self, Self::Apt | Self::Dnf)
    }
}

/// Installs what is missing, or says what to type.
pub fn install_missing(manager: Manager, facts: Facts) -> Result<(), String> {
    let wanted = manager.wanted(facts);
    let missing = manager.missing(&wanted)?;
    if missing.is_empty() {
        return Ok(());
    }
    if manager.needs_root() && !is_root() {
        return Err(format!(
            "system packages are missing, and installing them needs root. Run this, then the same command again:\n\n    \
             {}\n",
            manager.by_hand(&missing)
        ));
    }
    say(&format!("Installing {} system packages: {}", missing.len(), missing.join(" ")));
    for words in manager.install(&missing) {
        let mut command = sh::clean(Command::new(&words[0]));
        command.args(&words[1..]).env("DEBIAN_FRONTEND", "noninteractive");
        sh::run(&mut command, "install the system packages")
            .map_err(|why| format!("{why}\nBy hand:\n\n    {}\n", manager.by_hand(&missing)))?;
    }
    Ok(())
}

/// What to do by hand where no package tool is known.
pub fn elsewhere(os: &str) -> &'static str {
    match os {
        "linux" => {
            "System packages are installed on Debian, Ubuntu and Fedora. Needed here: a C compiler, pkg-config, webkit2gtk 4.1, \
             libudev and ayatana-appindicator3, with their development files."
        }
        "windows" => {
            "winget is not here (it is part of App Installer). Needed: WebView2, which Windows 11 has; for the tests Chrome with its \
             driver, and mosquitto."
        }
        "macos" => {
            "Homebrew is not here. Building needs only Xcode's command line tools (xcode-select --install); the tests need \
             chromedriver, mosquitto, poppler, imagemagick and socat."
        }
        _ => "This system is not one that set-up knows; see README.md for what is needed.",
    }
}

pub fn is_ubuntu() -> bool {
    fs::read_to_string(Path::new("/etc/os-release")).is_ok_and(|text| text.lines().any(|l| l == "ID=ubuntu"))
}

fn is_root() -> bool {
    sh::capture(Command::new("id").arg("-u")).is_some_and(|uid| uid.trim() == "0")
}

/// Packages of `wanted` that `dpkg-query -W -f '${Package} ${db:Status-Status}\n'` does not call installed.
fn not_installed<'a>(wanted: &[&'a str], dpkg: &str) -> Vec<&'a str> {
    let installed = |name: &str| dpkg.lines().any(|l| l.split_once(' ') == Some((name, "installed")));
    wanted.iter().copied().filter(|name| !installed(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPLETE: Facts = Facts {
        tests: false,
        wasm_ready: true,
        onnxruntime_ready: true,
        fetcher: true,
        pip: true,
        npm: true,
        browser: false,
        ubuntu: false,
    };
    const ALL: [Manager; 4] = [Manager::Apt, Manager::Dnf, Manager::Brew, Manager::Winget];

    /// What is wanted beyond a complete machine's list.
    fn extra(manager: Manager, facts: Facts) -> String {
        let base = manager.wanted(COMPLETE);
        manager.wanted(facts).into_iter().filter(|p| !base.contains(p)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn only_what_is_needed_is_wanted() {
        let no_wasm = Facts { wasm_ready: false, ..COMPLETE };
        assert_eq!(extra(Manager::Apt, no_wasm), "cargo-web lld-19 rust-web-src rustc-web");
        let tests = Facts { tests: true, ..COMPLETE };
        for manager in ALL {
            assert!(!manager.wanted(COMPLETE).iter().any(|name| name.contains("osquitto")), "{manager:?}");
            assert!(extra(manager, tests).contains("osquitto"), "{manager:?}");
        }
    }

    #[test]
    fn pip_only_where_nothing_else_can_fetch() {
        let bare = Facts { onnxruntime_ready: false, fetcher: false, pip: false, ..COMPLETE };
        assert_eq!(extra(Manager::Apt, bare), "python3-pip");
        assert_eq!(extra(Manager::Apt, Facts { fetcher: true, ..bare }), "");
        assert_eq!(extra(Manager::Apt, Facts { onnxruntime_ready: true, ..bare }), "");
        let tests = Facts { tests: true, onnxruntime_ready: true, fetcher: true, ..bare };
        assert!(extra(Manager::Apt, tests).ends_with("python3-pip"));
    }

    #[test]
    fn npm_only_for_the_tests_and_only_where_it_is_not() {
        let none = Facts { npm: false, ..COMPLETE };
        for manager in ALL {
            assert_eq!(extra(manager, none), "", "{manager:?}");
            let tests = Facts { tests: true, ..COMPLETE };
            let (with, without) = (extra(manager, tests), extra(manager, Facts { npm: false, ..tests }));
            assert_eq!(without.split(' ').count(), with.split(' ').count() + 1, "{manager:?}");
        }
    }

    #[test]
    fn a_browser_that_is_there_is_taken() {
        let tests = Facts { tests: true, ..COMPLETE };
        for manager in ALL {
            assert!(!extra(manager, Facts { browser: true, ..tests }).contains("hrom"), "{manager:?}");
            assert!(extra(manager, tests).contains("hrom"), "{manager:?}");
        }
        let ubuntu = extra(Manager::Apt, Facts { ubuntu: true, ..tests });
        assert!(ubuntu.starts_with("chromium-browser chromium-chromedriver dbus"), "{ubuntu}");
    }

    #[test]
    fn half_installed_is_missing() {
        let dpkg = "xvfb installed\nsocat config-files\ndbus not-installed\n";
        assert_eq!(
            not_installed(&["dbus", "socat", "unheard-of", "xvfb"], dpkg),
            ["dbus", "socat", "unheard-of"]
        );
    }

    #[test]
    fn no_install_asks_a_question() {
        for (manager, answer) in
            [(Manager::Apt, " -y "), (Manager::Dnf, " -y "), (Manager::Winget, "--accept-package-agreements")]
        {
            let lines = manager.install(&["one", "two"]);
            let last = lines.last().expect("a command").join(" ");
            assert!(last.contains(answer) && last.ends_with("two"), "{last}");
        }
        assert_eq!(Manager::Winget.install(&["one", "two"]).len(), 2);
    }

    #[test]
    fn what_a_shell_would_read_is_quoted() {
        let line = Manager::Dnf.by_hand(&["pkgconfig(libudev)"]);
        assert!(line.ends_with("'pkgconfig(libudev)'"), "{line}");
    }
}
