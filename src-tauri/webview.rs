//! How the webview draws, and how much memory it and we may keep: settings that its libraries read from the environment while they load.
//!
//! WebKitGTK composes with OpenGL; where there is no GPU, Mesa then compiles shaders for the processor, and that alone takes some 120 MB.
//! Our pages are text and canvases, which are drawn by the processor anyway. Its JavaScript engine collects garbage the more seldom the
//! more memory the machine has: beside an hour of recording on 24 GB the page kept 60 MB more than it used. And the C library's allocator keeps
//! an arena for every few threads, each with the room that its busiest moment took.

use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// Tells WebKitGTK to do without OpenGL.
const WITHOUT_GL: (&str, &str) = ("WEBKIT_DISABLE_COMPOSITING_MODE", "1");

/// The memory that the garbage collector takes the machine to have, in bytes; and arenas of the allocator.
const SPARING: [(&str, &str); 2] = [("JSC_forceRAMSize", "536870912"), ("MALLOC_ARENA_MAX", "2")];

/// Starts this program over in its place with what nobody has set yet. Returns only if nothing is missing, or it failed: then the window
/// opens all the same.
pub fn choose() -> io::Result<()> {
    let gl = (!has_gpu(Path::new("/dev/dri"))).then_some(WITHOUT_GL);
    let wanted = SPARING.into_iter().chain(gl);
    let missing: Vec<_> = wanted.filter(|(name, _)| host::places::env(name).is_none()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    // The variables are read while the libraries load, and setting them in a running process is not sound.
    let program = std::env::current_exe()?;
    Err(Command::new(program).args(std::env::args_os().skip(1)).envs(missing).exec())
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
