use crate::library::supported;
use crate::limits::{BLOB_BYTES_MAX, HEADER_BYTES_MAX, MODEL_FUNCTIONS_MAX};
use crate::manifest::sha256_hex;
use crate::probe;
use crate::wire::{Numbered, Request, TensorHead, pack, read_frame, unpack, write_frame};
use crate::*;
use proptest::prelude::*;
use std::io::{self, Cursor, Read};
use std::path::PathBuf;

const DOUBLE: &[u8] = include_bytes!("../tests/data/double.onnx");
const EXTERNAL: &[u8] = include_bytes!("../tests/data/external.onnx");

fn manifest_of(name: &str, bytes: &[u8]) -> Manifest {
    let json = serde_json::json!({ "models": [{
        "name": name, "file": format!("{name}.onnx"), "sha256": sha256_hex(bytes), "bytes": bytes.len(), "trained_on": "nothing",
    }] });
    Manifest::parse(&json.to_string()).expect("a manifest")
}

#[test]
fn only_listed_bytes_are_a_model() {
    let manifest = manifest_of("double", DOUBLE);
    let model = manifest.admit("double", DOUBLE).expect("listed");
    assert_eq!(model.entry().more["trained_on"], "nothing");

    let mut changed = DOUBLE.to_vec();
    changed[20] ^= 1;
    let refused = manifest.admit("double", changed.clone()).expect_err("another hash");
    assert_eq!(refused.kind(), ErrorKind::Permanent);
    let text = refused.to_string();
    for needed in ["double.onnx", &sha256_hex(&changed), "not in the manifest", "Restore"] {
        assert!(text.contains(needed), "{needed:?} is missing in: {text}");
    }
    let unknown = manifest.admit("triple", DOUBLE).expect_err("not listed").to_string();
    assert!(unknown.contains("triple") && unknown.contains("double"), "{unknown}");
}

#[test]
fn a_model_file_is_read_beside_its_manifest() {
    let folder = tempfile::tempdir().expect("a folder");
    let manifest = manifest_of("double", DOUBLE);
    let missing = manifest.load("double", folder.path()).expect_err("no file yet").to_string();
    assert!(missing.contains("double.onnx"), "{missing}");
    std::fs::write(folder.path().join("double.onnx"), DOUBLE).expect("written");
    assert!(manifest.load("double", folder.path()).is_ok());
    std::fs::write(folder.path().join("double.onnx"), EXTERNAL).expect("written");
    assert!(manifest.load("double", folder.path()).is_err());
}

#[test]
fn a_manifest_that_leads_elsewhere_is_refused() {
    let entry = |file: &str, sha256: &str| {
        format!(r#"{{"models":[{{"name":"a","file":{file:?},"sha256":"{sha256}","bytes":1}}]}}"#)
    };
    let good = "ab".repeat(32);
    assert!(Manifest::parse(&entry("a.onnx", &good)).is_ok());
    for (file, hash) in [
        ("../a.onnx", &good),
        ("/a.onnx", &good),
        ("C:a.onnx", &good),
        ("", &good),
        ("a.onnx", &"AB".repeat(32)),
        ("a.onnx", &"ab".repeat(31)),
    ] {
        assert!(Manifest::parse(&entry(file, hash)).is_err(), "{file} {hash}");
    }
    for text in ["", "{}", "[]", "\u{0}", r#"{"models":[{"name":"a"}]}"#] {
        assert!(Manifest::parse(text).is_err(), "{text:?}");
    }
}

/// A protobuf field with bytes.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    if number > 15 {
        out = vec![(number & 15) << 3 | 0x82, number >> 4];
    }
    let mut length = bytes.len();
    while length > 127 {
        out.push(length as u8 & 127 | 128);
        length >>= 7;
    }
    out.push(length as u8);
    out.extend_from_slice(bytes);
    out
}

#[test]
fn a_model_that_points_outside_or_nests_is_refused() {
    let refuse = |bytes: &[u8]| {
        manifest_of("hostile", bytes).admit("hostile", bytes).expect_err("hostile").to_string()
    };
    assert!(refuse(EXTERNAL).contains("another file"));

    // Graph in attribute in node in graph, forty deep.
    let nested = (0..40).fold(Vec::new(), |inner, _| field(1, &field(5, &field(6, &inner))));
    assert!(refuse(&field(7, &nested)).contains("nest"));

    // A chain of functions, each calling the next, which ends ONNX Runtime's stack.
    let mut chain = field(7, &[]);
    for number in 0..=MODEL_FUNCTIONS_MAX {
        chain.extend(field(25, &field(1, format!("f{number}").as_bytes())));
    }
    assert!(refuse(&chain).contains("functions"));

    for cut in [0, 1, DOUBLE.len() / 2, DOUBLE.len() - 1] {
        assert!(refuse(&DOUBLE[..cut]).contains("not an ONNX file"), "cut at {cut}");
    }
}

#[test]
fn a_missing_library_is_told_with_every_place_looked_at() {
    let folder = tempfile::tempdir().expect("a folder");
    let named = LibraryPlaces { explicit: Some(folder.path().join("nowhere.so")), ..Default::default() };
    assert!(find_library(&named).expect_err("absent").to_string().contains("nowhere.so"));
    let places = LibraryPlaces {
        explicit: None,
        executable_dir: Some(folder.path().join("bin")),
        cache_dir: Some(folder.path().join("cache")),
        system_dirs: vec![folder.path().join("system")],
    };
    let text = find_library(&places).expect_err("absent").to_string();
    for needed in ["bin", "1.31.1", "system", "cargo xtask setup"] {
        assert!(text.contains(needed), "{needed:?} is missing in: {text}");
    }

    // The last place first: each that comes before it is then preferred.
    for (place, version) in [
        ("system", "1.31.1"),
        ("cache/onnxruntime/1.30.0", "1.30.0"),
        ("cache/onnxruntime/1.31.1", "1.31.1"),
        ("bin", "1.30.0"),
    ] {
        let folder = folder.path().join(place);
        std::fs::create_dir_all(&folder).expect("made");
        for name in [
            format!("libonnxruntime.so.{version}"),
            "onnxruntime.dll".to_owned(),
            format!("libonnxruntime.{version}.dylib"),
        ] {
            std::fs::write(folder.join(name), b"").expect("written");
        }
        assert_eq!(find_library(&places).expect("there").parent(), Some(folder.as_path()));
    }
    let not_a_library = Runtime::open(&find_library(&places).expect("cached"));
    assert!(not_a_library.err().expect("an empty file").to_string().contains("could not open ONNX Runtime"));
}

/// Gives only a frame's first bytes, and says how much was asked after them.
struct Lying {
    start: Cursor<Vec<u8>>,
}

impl Read for Lying {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.start.read(into)
    }
}

fn start_of_frame(magic: &[u8; 4], header: u32, blob: u64) -> Vec<u8> {
    [magic.as_slice(), &header.to_le_bytes(), &blob.to_le_bytes()].concat()
}

#[test]
fn a_length_is_judged_before_memory_is_taken() {
    let error =
        |bytes: Vec<u8>| read_frame(&mut Lying { start: Cursor::new(bytes) }).expect_err("broken").kind();
    for (header, blob) in [(HEADER_BYTES_MAX + 1, 0), (u32::MAX, 0), (2, BLOB_BYTES_MAX + 1), (2, u64::MAX)] {
        assert_eq!(
            error(start_of_frame(b"QMW1", header, blob)),
            io::ErrorKind::InvalidData,
            "{header} {blob}"
        );
    }
    // Within bounds but never sent: ends with the stream, having taken no more than arrived and a little.
    assert_eq!(error(start_of_frame(b"QMW1", 2, BLOB_BYTES_MAX)), io::ErrorKind::UnexpectedEof);
    assert_eq!(error(start_of_frame(b"GET ", 2, 0)), io::ErrorKind::InvalidData);
    assert_eq!(error(b"QM".to_vec()), io::ErrorKind::UnexpectedEof);
    assert!(read_frame(&mut io::empty()).expect("a clean end").is_none());
}

#[test]
fn shapes_that_lie_are_refused() {
    let head = |shape: &[usize]| vec![TensorHead { name: "x".to_owned(), shape: shape.to_vec() }];
    for shape in [&[usize::MAX, 2][..], &[1 << 40], &[0, usize::MAX], &[3], &[1; 9]] {
        assert!(unpack(head(shape), &[0; 8]).is_err(), "{shape:?}");
    }
    assert!(unpack(head(&[2]), &[0; 9]).is_err());
    assert!(unpack(head(&[2]), &[0; 8]).is_ok());
    assert!(Tensor::new("x", vec![2, 2], vec![0.0; 3]).is_err());
}

#[test]
fn a_worker_answers_nonsense_and_ends_on_garbage() {
    let mut input = Vec::new();
    write_frame(&mut input, &serde_json::json!({ "id": 1, "body": { "dance": {} } }), &[]).expect("written");
    let run = Request::Run { model: "none".to_owned(), inputs: Vec::new() };
    write_frame(&mut input, &Numbered { id: 2, body: run }, &[]).expect("written");
    let open = Request::Open { library: PathBuf::from("/nowhere/libonnxruntime.so") };
    write_frame(&mut input, &Numbered { id: 3, body: open }, &[]).expect("written");
    input.extend_from_slice(b"and then garbage that is longer than a frame's start");
    let mut output = Vec::new();
    assert!(serve(input.as_slice(), &mut output).is_err());
    let mut replies = output.as_slice();
    for needed in ["request that is not one", "not loaded", "no such file"] {
        let (header, _) = read_frame(&mut replies).expect("a frame").expect("a reply");
        let text = String::from_utf8(header).expect("JSON");
        assert!(text.contains(needed) && text.contains("failed"), "{needed:?} is missing in: {text}");
    }
    assert!(read_frame(&mut replies).expect("the end").is_none());
}

#[test]
fn a_profile_says_what_ran() {
    let profile = r#"[{"cat":"Session","name":"model_run","dur":9000},{"cat":"Session","name":"model_run","dur":1500},
        {"cat":"Node","name":"a_kernel_time","args":{"provider":"CPUExecutionProvider"}},
        {"cat":"Node","name":"a_kernel_time","args":{"provider":"CPUExecutionProvider","op_name":"Mul"}},
        {"cat":"Node","name":"b_kernel_time","args":{"provider":"DmlExecutionProvider"}},
        {"cat":"Node","name":"c_kernel_time","args":{"provider":"DmlExecutionProvider"}}]"#;
    let read = probe::read(profile);
    assert_eq!(read.nodes, vec![("DirectML".to_owned(), 2), ("CPU".to_owned(), 1)]);
    assert_eq!(read.run_ms, Some(1.5), "the quickest run, in ms");
    assert_eq!(probe::read("garbage"), probe::Profile::default());
}

#[test]
fn an_accelerator_is_believed_only_where_it_answers_as_the_cpu_does() {
    let answer = |data: &[f32]| vec![Tensor::new("y", vec![data.len()], data.to_vec()).expect("fits")];
    let cpu = answer(&[1.0, -2.0, 100.0]);
    for (own, ms, expected) in [
        (answer(&[1.0, -2.0, 100.0]), 4.0, None),
        (answer(&[1.2, -2.1, 100.4]), 4.0, None),
        (answer(&[1.0, -2.0, 102.0]), 4.0, Some("2.0 % off")),
        (answer(&[1.0, f32::NAN, 100.0]), 4.0, Some("off the CPU's")),
        (answer(&[1.0, -2.0]), 4.0, Some("is not the CPU's")),
        (Vec::new(), 4.0, Some("0 outputs instead of 1")),
        (answer(&[1.0, -2.0, 100.0]), 11.9, None),
        (answer(&[1.0, -2.0, 100.0]), 12.5, Some("12.50 ms")),
    ] {
        let objection = probe::objection(&cpu, Some(10.0), &own, Some(ms));
        match expected {
            None => assert_eq!(objection, None, "{own:?} {ms}"),
            Some(text) => {
                assert!(objection.as_ref().is_some_and(|o| o.contains(text)), "{own:?} {ms}: {objection:?}")
            }
        }
    }
    // Without a profile only the answers are known.
    assert_eq!(probe::objection(&cpu, None, &cpu, None), None);
}

#[test]
fn a_version_is_used_from_the_oldest_that_will_do() {
    for (version, good) in [
        ("1.24.0", true),
        ("1.31.1", true),
        ("1.99", true),
        ("1.23.2", false),
        ("0.9.0", false),
        ("2.0.0", false),
        ("built by hand", true),
    ] {
        assert_eq!(supported(version).is_ok(), good, "{version}");
    }
    assert!(supported("1.18.1").unwrap_err().contains("1.18.1"));
}

proptest! {
    #[test]
    fn tensors_survive_the_wire(rows in 0_usize..5, values in proptest::collection::vec(any::<f32>(), 20)) {
        let tensor = Tensor::new("x", vec![rows, 4], values[..rows * 4].to_vec()).expect("fits");
        let (heads, blob) = pack(std::slice::from_ref(&tensor));
        let mut frame = Vec::new();
        write_frame(&mut frame, &Numbered { id: 9, body: heads }, &blob).expect("written");
        let (header, blob) = read_frame(&mut frame.as_slice()).expect("a frame").expect("one");
        let header: Numbered<Vec<TensorHead>> = serde_json::from_slice(&header).expect("JSON");
        let back = unpack(header.body, &blob).expect("whole");
        prop_assert_eq!(&back[0].shape, &tensor.shape);
        prop_assert!(back[0].data.iter().zip(&tensor.data).all(|(a, b)| a.to_bits() == b.to_bits()));
    }

    #[test]
    fn garbage_is_never_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read_frame(&mut bytes.as_slice());
        let _ = crate::onnx::check_self_contained(&bytes);
        let mut lucky = start_of_frame(b"QMW1", 20, 100);
        lucky.extend_from_slice(&bytes);
        let _ = serve(lucky.as_slice(), io::sink());
    }
}
