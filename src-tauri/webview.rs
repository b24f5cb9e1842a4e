//! How the webview draws. WebKitGTK composes with OpenGL; where there is no GPU, Mesa then compiles shaders for the processor, and that
//! alone takes some 120 MB. Our pages are text and canvases, which are drawn by the processor anyway.

use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// Tells WebKitGTK to do without OpenGL.
const WITHOUT_GL: &str = "WEBKIT_DISABLE_COMPOSITING_MODE";

/// Starts this program over in its place, told to do without OpenGL, where there is no GPU and nobody said how to draw. Returns only if
/// that is not called for, or failed: then the window opens all the same.
pub fn choose() -> io::Result<()> {
    if host::places::env(WITHOUT_GL).is_some() || has_gpu(Path::new("/dev/dri")) {
        return Ok(());
    }
    // The variable is read while the libraries load, and setting it in a running process is not sound.
    let program = std::env::current_exe()?;
    Err(Command::new(program).args(std::env::args_os().skip(1)).env(WITHOUT_GL, "1").exec())
}

/// Whether a GPU's render node is there.
fn has_gpu(devices: &Path) -> bool {
    let nodes = std::fs::read_dir(devices).into_iter().flatten().flatten();
    nodes.map(|node| node.file_name()).any(|name| name.to_string_lossy().starts_with("renderD"))
}

#[cfg(test)]
mod tests {
    use super::has_gpu;

    #[test]
    fn a_gpu_is_known_by_its_render_node() {
        let folder = std::env::temp_dir().join(format!("qm-dri-{}", std::process::id()));
        assert!(!has_gpu(&folder), "no folder, no GPU");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("card0"), "").unwrap();
        assert!(!has_gpu(&folder), "a screen without a renderer");
        std::fs::write(folder.join("renderD128"), "").unwrap();
        assert!(has_gpu(&folder));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
