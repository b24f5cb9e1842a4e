//! The window's one way to ask, and the one way to hand a person a file.

use crate::Console;
use base64::Engine;
use contract::{ApiError, Body, Code};
use host::{Role, local_actor};
use std::path::{Path, PathBuf};
use tauri::ipc::Response;
use tauri::{Manager, State};

/// First byte of a reply that is JSON text.
const JSON: u8 = 0;

/// First byte of a reply that is a frame.
const FRAME: u8 = 1;

/// Makes a call. Answers with bytes, whose first says what follows; fails with an `ApiError` as JSON text.
#[tauri::command]
pub async fn rpc(console: State<'_, Console>, name: String, body: String) -> Result<Response, String> {
    let backend = console.backend().await.map_err(text)?;
    let reply = backend.rpc(&name, &body, &local_actor(Role::Admin)).await.map_err(text)?;
    let (kind, rest) = match reply {
        Body::Json(text) => (JSON, text.into_bytes()),
        Body::Frame(bytes) => (FRAME, bytes),
    };
    let mut bytes = Vec::with_capacity(rest.len() + 1);
    bytes.push(kind);
    bytes.extend(rest);
    Ok(Response::new(bytes))
}

pub(crate) fn text(error: ApiError) -> String {
    serde_json::to_string(&error).unwrap_or(error.message)
}

/// Writes a file that a call answered with to the person's downloads, never over another, and says where.
#[tauri::command]
pub async fn save(app: tauri::AppHandle, name: String, base64: String) -> Result<String, String> {
    let failed = |code, message: String| text(ApiError { code, message, trace_id: String::new() });
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(&base64)
        .map_err(|e| failed(Code::BadInput, format!("save {name}: its bytes can't be read: {e}")))?;
    let folder = app.path().download_dir().or_else(|_| app.path().home_dir());
    let folder = folder.map_err(|e| {
        failed(Code::Storage, format!("save {name}: your downloads folder can't be found: {e}"))
    })?;
    let path = place(&folder, &name);
    let written = std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&path, bytes));
    written.map_err(|e| {
        let code = if e.kind() == std::io::ErrorKind::StorageFull { Code::DiskFull } else { Code::Storage };
        failed(code, format!("save {}: {e}; check the disk and the folder's rights", path.display()))
    })?;
    Ok(path.display().to_string())
}

/// `report.pdf`, else `report (2).pdf` and on.
fn place(folder: &Path, name: &str) -> PathBuf {
    // Only the last part: the name comes from a page.
    let name = name
        .rsplit(['/', '\\'])
        .next()
        .filter(|part| !part.is_empty() && *part != "." && *part != "..")
        .unwrap_or("file");
    let (stem, extension) = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).unwrap_or((name, ""));
    let numbered = |n: u32| match (n, extension) {
        (1, _) => folder.join(name),
        (n, "") => folder.join(format!("{stem} ({n})")),
        (n, extension) => folder.join(format!("{stem} ({n}).{extension}")),
    };
    (1..1000).map(numbered).find(|path| !path.exists()).unwrap_or_else(|| numbered(1000))
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn a_file_is_never_written_over_nor_elsewhere() {
        let folder = std::env::temp_dir().join(format!("qm-save-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("report.pdf"), "x").unwrap();
        for (name, expected) in [
            ("report.pdf", "report (2).pdf"),
            ("new.csv", "new.csv"),
            ("../../etc/passwd", "passwd"),
            ("..", "file"),
            (".x", ".x"),
        ] {
            assert_eq!(place(&folder, name), folder.join(expected), "{name}");
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
