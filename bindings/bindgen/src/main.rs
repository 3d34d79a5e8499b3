//! Writes the Kotlin or Swift sources for a built `qudao-mobile` library.
//!
//! `qudao-bindgen kotlin|swift LIBRARY OUT`
//!
//! Kotlin: package folders below OUT. Swift: `OUT/QudaoCore` (sources) and `OUT/QudaoFFI`
//! (C header and module map).
#![allow(clippy::print_stderr, reason = "a command-line program talks to its terminal")]

use std::error::Error;
use std::fs;
use std::process::ExitCode;

use uniffi_bindgen::bindings::{
    GenerateOptions, SwiftBindingsOptions, TargetLanguage, generate, generate_swift_bindings,
};

/// The C module. UniFFI's own map names Apple's modules; this one holds on Linux too and names the library.
const MODULE_MAP: &str = "module QudaoFFI {
    header \"QudaoFFI.h\"
    link \"qudao_mobile\"
    export *
}
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [language, library, out] = args.as_slice() else {
        eprintln!("usage: qudao-bindgen kotlin|swift LIBRARY OUT");
        return ExitCode::from(2);
    };
    let result = match language.as_str() {
        "kotlin" => kotlin(library, out),
        "swift" => swift(library, out),
        other => Err(format!("unknown language {other}").into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("qudao-bindgen: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn kotlin(library: &str, out: &str) -> Result<(), Box<dyn Error>> {
    generate(GenerateOptions {
        languages: vec![TargetLanguage::Kotlin],
        source: library.into(),
        out_dir: out.into(),
        ..GenerateOptions::default()
    })?;
    Ok(())
}

fn swift(library: &str, out: &str) -> Result<(), Box<dyn Error>> {
    let options = |sources: bool, folder: &str| SwiftBindingsOptions {
        generate_swift_sources: sources,
        generate_headers: !sources,
        source: library.into(),
        out_dir: format!("{out}/{folder}").into(),
        ..SwiftBindingsOptions::default()
    };
    generate_swift_bindings(options(true, "QudaoCore"))?;
    generate_swift_bindings(options(false, "QudaoFFI"))?;
    fs::write(format!("{out}/QudaoFFI/module.modulemap"), MODULE_MAP)?;
    Ok(())
}
