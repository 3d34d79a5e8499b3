//! Any text as a Blueprint or a mapping: read, checked, compiled, linted. Never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use qudao::Blueprint;
use qudao::import::Mapping;

fuzz_target!(|text: &str| {
    if let Ok(blueprint) = Blueprint::from_yaml(text) {
        let _ = blueprint.lint();
        let _ = blueprint.compile();
    }
    let _ = Mapping::from_yaml("fuzz", text, ".");
});
