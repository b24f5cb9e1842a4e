//! The inner step of `cargo xtask ui`, compiled only with the feature `bundle`: wasm-bindgen, and the sizes.

use crate::sh;
use std::io::Write;
use std::path::Path;

/// `bundle WASM DIR`: writes DIR/ui.js and DIR/ui_bg.wasm.
pub fn bundle(args: &[String]) -> Result<(), String> {
    let [wasm, dir] = args else { return Err("usage: bundle WASM DIR".to_owned()) };
    let _ = std::fs::remove_dir_all(dir);
    let mut bindgen = wasm_bindgen_cli_support::Bindgen::new();
    // Names of functions are a third of the file; a panic says its place in the source without them.
    bindgen.input_path(wasm).typescript(false).remove_name_section(true).remove_producers_section(true);
    bindgen
        .web(true)
        .and_then(|b| b.generate(dir))
        .map_err(|e| format!("wasm-bindgen could not bind {wasm}: {e:#}"))?;
    for file in sh::files_below(Path::new(dir)) {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let bytes = std::fs::read(&file).map_err(|e| format!("could not read {}: {e}", file.display()))?;
        let gzipped = gzipped(&bytes).map_err(|e| format!("could not compress {}: {e}", file.display()))?;
        println!("    {name}: {} KB, {} KB gzipped", bytes.len() / 1024, gzipped / 1024);
    }
    Ok(())
}

fn gzipped(bytes: &[u8]) -> std::io::Result<usize> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len())
}
