//! Data for the benches: made by a small generator with a fixed seed, at the sizes 1,000, 10,000 and 100,000.

use qudao::prelude::*;

/// The sizes at which growth is looked at.
pub const SIZES: [usize; 3] = [1_000, 10_000, 100_000];

/// The engine of a starter Blueprint.
///
/// # Errors
/// When the starter does not compile, which a test of the `qudao` crate rules out.
pub fn engine() -> Result<Engine, Error> {
    Engine::from_yaml(Blueprint::starters()["project-sale"])
}

/// Account rows: every tenth is a duplicate under another spelling, every seventh has no usable phone.
///
/// # Errors
/// [`Error::UnknownObject`], which the standard objects rule out.
pub fn accounts(engine: &Engine, n: usize) -> Result<Rows, Error> {
    let object = ObjectName::new("account")?;
    let rows = (0..n).map(|i| {
        let firm = if i % 10 == 9 { i - 1 } else { i };
        let form = if i % 10 == 9 { "Limited" } else { "Ltd" };
        let phone =
            if i % 7 == 0 { "N/A".to_owned() } else { format!("138{:08}", firm * 7919 % 100_000_000) };
        vec![
            ("id", Value::text(format!("a{i}"))),
            (
                "name",
                Value::text(format!(
                    "Firm {:x} {:x} {form}",
                    firm * 2_654_435_761 % 4_294_967_291,
                    firm % 97
                )),
            ),
            ("phone", Value::text(phone)),
            ("type", Value::text(if i % 3 == 0 { "project" } else { "channel" })),
        ]
    });
    engine.rows(&object, rows)
}

/// User and system time of the process, where the system tells it.
#[must_use]
pub fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks: f64 = after.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<f64>().ok()).sum();
    ticks / 100.0
}

/// Processor time of the thread that asks, in seconds; zero where the system does not tell. On a busy machine it says what a call takes, wall
/// time what the others take.
#[must_use]
pub fn thread_seconds() -> f64 {
    #[cfg(target_os = "linux")]
    {
        let spent = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        spent.tv_sec as f64 + spent.tv_nsec as f64 / 1e9
    }
    #[cfg(not(target_os = "linux"))]
    0.0
}
