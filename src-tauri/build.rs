//! Tauri's build step for a package at the root of a workspace.
fn main() {
    // Tauri watches ./capabilities, which is not here; a watched path that is missing would rerun this every time.
    for path in ["src-tauri/capabilities", "tauri.conf.json", "assets/icons", "ui/dist"] {
        println!("cargo:rerun-if-changed={path}");
    }
    let attributes =
        tauri_build::Attributes::new().capabilities_path_pattern("src-tauri/capabilities/*.json");
    if let Err(error) = tauri_build::try_build(attributes) {
        println!("cargo:warning=tauri-build: {error:#}");
        std::process::exit(1);
    }
}
