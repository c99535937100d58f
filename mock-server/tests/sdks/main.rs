//! The official SDKs of both generations, unmodified, against the mock: a provisioning and a license life cycle, in every
//! API version that they know (`flow.py`, `flow.mjs`).
//!
//! Opt-in, because it downloads some 110 MB of packages, once, into the build folder: set `POLAR_TEST_SDKS=1`. It needs
//! Node 20 with npm and Python 3.10 with pip.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs, io};

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use polar_mock::MockServer;

/// A program that runs scripts, and the packages it can have.
struct Language {
    name: &'static str,
    program: &'static str,
    /// Prints `True` or `true` when the program is new enough.
    check: [&'static str; 2],
    needs: &'static str,
}

const PYTHON: Language = Language {
    name: "Python",
    program: "python3",
    check: ["-c", "import sys, pip; print(sys.version_info >= (3, 10))"],
    needs: "Python 3.10 with pip",
};
const NODE: Language = Language {
    name: "Node",
    program: "node",
    check: [
        "--print",
        "Number(process.versions.node.split('.')[0]) >= 20",
    ],
    needs: "Node 20 with npm",
};

/// A released SDK and the script that uses it.
struct Sdk {
    name: &'static str,
    language: &'static Language,
    package: &'static str,
    version: &'static str,
    script: &'static str,
    /// The API versions it is tried in; nothing where it knows only one.
    api_versions: &'static [&'static str],
}

const API_VERSIONS: &[&str] = &["2026-04", "2026-10", "2027-01"];

const SDKS: [Sdk; 4] = [
    Sdk {
        name: "python_1x",
        language: &PYTHON,
        package: "polar-sdk",
        version: "1.0.2",
        script: "python_1x.py",
        api_versions: API_VERSIONS,
    },
    Sdk {
        name: "python_0x",
        language: &PYTHON,
        package: "polar-sdk",
        version: "0.32.0",
        script: "python_0x.py",
        api_versions: &[],
    },
    Sdk {
        name: "node_1x",
        language: &NODE,
        package: "@polar-sh/sdk",
        version: "1.0.1",
        script: "node_1x.mjs",
        api_versions: API_VERSIONS,
    },
    Sdk {
        name: "node_0x",
        language: &NODE,
        package: "@polar-sh/sdk",
        version: "0.49.0",
        script: "node_0x.mjs",
        api_versions: &[],
    },
];

fn main() {
    let arguments = Arguments::from_args();
    let trials = SDKS
        .iter()
        .map(|sdk| Trial::ignorable_test(sdk.name, || prove(sdk)))
        .collect();
    libtest_mimic::run(&arguments, trials).exit();
}

fn prove(sdk: &Sdk) -> Result<Completion, Failed> {
    if env::var_os("POLAR_TEST_SDKS").is_none() {
        let reason = "downloads packages; set POLAR_TEST_SDKS=1 to run it";
        return Ok(Completion::ignored_with(reason));
    }
    let folder = installed(sdk)?;
    let runtime = tokio::runtime::Runtime::new()?;
    let versions: Vec<Option<&str>> = match sdk.api_versions {
        [] => vec![None],
        versions => versions.iter().copied().map(Some).collect(),
    };
    for version in versions {
        let server = runtime.block_on(MockServer::start())?;
        let output = Command::new(sdk.language.program)
            .arg(folder.join(sdk.script))
            .arg(server.url())
            .args(version)
            .env("PYTHONPATH", &folder)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .output()?;
        let said = text(&output);
        if !output.status.success() {
            let wrong = said.lines().filter(|line| !line.starts_with("ok "));
            return Err(wrong.collect::<Vec<_>>().join("\n").into());
        }
        let closing = said.lines().last().unwrap_or_default();
        let (package, number) = (sdk.package, sdk.version);
        eprintln!(
            "{package} {number}, API {}: {closing}",
            version.unwrap_or("2026-04")
        );
    }
    Ok(Completion::Completed)
}

/// The folder with the package and our scripts; or why there is none.
fn installed(sdk: &Sdk) -> Result<PathBuf, String> {
    let Language {
        name,
        program,
        check,
        needs,
    } = sdk.language;
    let new_enough = Command::new(program)
        .args(check)
        .output()
        .is_ok_and(|output| text(&output).to_lowercase().starts_with("true"));
    if !new_enough {
        return Err(format!("{name} is missing or too old: needs {needs}"));
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("sdks")
        .join(format!("{}-{}", sdk.name, sdk.version));
    if !folder.is_dir() {
        let unfinished = folder.with_extension(format!("{}.unfinished", std::process::id()));
        let output = install(sdk, &unfinished)
            .map_err(|error| format!("{} cannot be installed: {error}", sdk.package))?;
        if !output.status.success() {
            let _ = fs::remove_dir_all(&unfinished);
            let said = text(&output);
            let last = said.trim().lines().last().unwrap_or_default();
            return Err(format!("{} cannot be installed: {last}", sdk.package));
        }
        fs::rename(&unfinished, &folder).map_err(|error| error.to_string())?;
    }
    copy_scripts(&folder).map_err(|error| format!("cannot copy the scripts: {error}"))?;
    Ok(folder)
}

fn install(sdk: &Sdk, folder: &Path) -> io::Result<Output> {
    fs::create_dir_all(folder)?;
    if sdk.language.program == PYTHON.program {
        Command::new(PYTHON.program)
            .args(["-m", "pip", "install", "--quiet", "--target"])
            .arg(folder)
            .arg(format!("{}=={}", sdk.package, sdk.version))
            .output()
    } else {
        // A package of its own, or npm installs into the nearest one above.
        fs::write(folder.join("package.json"), r#"{"private": true}"#)?;
        Command::new("npm")
            .args(["install", "--no-audit", "--no-fund", "--silent"])
            .arg(format!("{}@{}", sdk.package, sdk.version))
            .current_dir(folder)
            .output()
    }
}

/// Node finds packages beside the script that asks for them.
fn copy_scripts(folder: &Path) -> io::Result<()> {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sdks");
    for entry in fs::read_dir(scripts)? {
        let path = entry?.path();
        let is_script = path
            .extension()
            .is_some_and(|extension| extension == "py" || extension == "mjs");
        if let Some(name) = path.file_name()
            && is_script
        {
            fs::copy(&path, folder.join(name))?;
        }
    }
    Ok(())
}

fn text(output: &Output) -> String {
    let all = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    String::from_utf8_lossy(&all).into_owned()
}
