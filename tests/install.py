"""An installed copy, under a prefix of its own: programs build against it by CMake and by pkg-config, shared and static; the
program runs from there, with its sample; man pages, completion, module file; the Debian package. What cannot run here (Spack,
Apptainer) is looked over."""

import os
import pathlib
import py_compile
import re
import shutil
import subprocess

from mfals_run import SOURCE, Checks, launch, work_folder

BUILD = pathlib.Path(os.environ["MFALS_BUILD"])
PACKAGING = SOURCE / "scripts" / "packaging"
checks = Checks()


def run(*command, folder=None, limit=100, **environment):
    return subprocess.run(["timeout", "-k", "5", str(limit), *map(str, command)], cwd=folder, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, env={**os.environ, **environment})


def succeed(what, *command, **keywords):
    done = run(*command, **keywords)
    checks.check(done.returncode == 0, f"{what}: {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def example():
    """The whole program in mfals.h."""
    comment = (SOURCE / "include/mfals/mfals.h").read_text().split("*/")[0]
    return "\n".join(line[7:] for line in comment.splitlines() if line.startswith(" *     ")) + "\n"


def build_against(prefix, folder):
    shipped = prefix / "share/mfals/example"
    checks.check((shipped / "train.c").read_text() == example(), "the example installed is not that of mfals.h")
    shutil.copy(shipped / "train.c", folder / "user.c")
    succeed("the example's CMakeLists.txt", "cmake", "-S", shipped, "-B", folder / "example", f"-DCMAKE_PREFIX_PATH={prefix}")
    succeed("the example", "cmake", "--build", folder / "example")
    packages = next(prefix.rglob("mfals.pc")).parent
    (folder / "cc").mkdir()
    shutil.copy(SOURCE / "tests/library_user.cc", folder / "cc/user.cc")
    programs = []
    for language, compiler, place, source in (("C", "cc", folder, "user.c"), ("CXX", "c++", folder / "cc", "user.cc")):
        programs += build_in(language, compiler, place, source, prefix, packages)
    sample = prefix / "share/mfals/online_retail.tsv.gz"
    objectives = set()
    for program in programs:
        linked = run("ldd", program, LD_LIBRARY_PATH=str(packages.parent)).stdout
        checks.check(("libmfals.so.1" in linked) == program.name.endswith("shared"), f"{program.name}: {linked}")
        objectives.add(succeed(f"{program.name} on 2 ranks", *launch(2, program, sample), folder=folder,
                               LD_LIBRARY_PATH=str(packages.parent) if program.name == "by-pc-shared" else ""))
    checks.check(len(objectives) == 1 and "10: objective" in objectives.pop(), f"the programs say different things: {objectives}")


def build_in(language, compiler, folder, source, prefix, packages):
    """A program in this language, which is the only one of its project: by CMake and by pkg-config, shared and static."""
    ways = {"shared": [], "static": ["--static"]}
    for kind, how in ways.items():
        flags = succeed("pkg-config", "pkg-config", "--cflags", "--libs", *how, "mfals",
                        PKG_CONFIG_PATH=f"{packages}:{os.environ.get('PKG_CONFIG_PATH', '')}").split()
        if kind == "static":
            flags = [f"-l:lib{flag[2:]}.a" if flag == "-lmfals" else flag for flag in flags]
        succeed(f"{compiler}, {kind}", compiler, source, "-o", f"by-pc-{kind}", *flags, folder=folder)
    (folder / "CMakeLists.txt").write_text(
        f"cmake_minimum_required(VERSION 3.18)\nproject(user {language})\nfind_package(mfals 0.3 REQUIRED)\n" +
        "".join(f"add_executable(by-cmake-{kind} {source})\ntarget_link_libraries(by-cmake-{kind} mfals::{kind})\n" for kind in ways))
    succeed("cmake", "cmake", "-S", folder, "-B", folder / "build", f"-DCMAKE_PREFIX_PATH={prefix}")
    succeed("cmake --build", "cmake", "--build", folder / "build")
    return [folder / f"{place}-{kind}" for place in ("by-pc", "build/by-cmake") for kind in ways]


def run_program(prefix, folder):
    program = prefix / "bin/mfals"
    out = succeed("mfals without ratings", program, "-n", 1, "-k", 4, "-o", "model.h5", folder=folder)
    checks.check(f"{prefix}/bin/../share/mfals/online_retail" in out, f"the sample: {out[:200]}")
    checks.check((folder / "model.h5").exists(), "no model")
    jobs = prefix / "share/mfals/jobs"
    for job in jobs.glob("*.s*"):
        succeed(job.name, "bash", "-n", job)
    for given, code, told in ((None, 0, f"{prefix}/share/mfals/../../bin/mfals"), ("/nowhere/mfals", 66, "no mfals at /nowhere/mfals")):
        words = {"MFALS_SOURCE": str(prefix / "share/mfals"), "SLURM_JOB_ID": "1", "SLURM_SUBMIT_DIR": "/"}
        done = run("env", *(["-u", "MFALS"] if given is None else [f"MFALS={given}"]), "bash", "-c",
                   f"home=$MFALS_SOURCE; source {jobs / 'launch.sh'}; echo $mfals", **words)
        checks.check(done.returncode == code and told in done.stdout + done.stderr, f"launch.sh: {done.returncode} {done.stdout}{done.stderr}")
    named = {path.name for path in (SOURCE / "jobs").iterdir()}
    checks.check(named == {path.name for path in jobs.iterdir()}, "jobs that are not installed")
    for script in (prefix / "share/mfals/scripts").iterdir():
        succeed(script.name, "/usr/bin/python3", script, "--help")


def read_manual(prefix):
    pages = sorted((prefix / "share/man/man1").iterdir())
    commands = re.findall(r"^  (\w+) +", succeed("help", prefix / "bin/mfals", "--help").split("Commands")[1].split("\n\n")[0], re.MULTILINE)
    checks.check({page.name for page in pages} == {"mfals.1", *(f"mfals-{command}.1" for command in commands)}, f"pages: {pages}")
    for page in pages:
        done = run("groff", "-man", "-ww", "-z", "-Tutf8", page)
        checks.check(done.returncode == 0 and done.stderr == "", f"{page.name}: {done.stderr}")
    for command in commands:
        wanted = set(re.findall(r"--([a-z][a-z-]+)", succeed("help", prefix / "bin/mfals", command, "--help")))
        told = set(re.findall(r"^\\fB.*?\\-\\-([a-z\\-]+)\\fR", (prefix / f"share/man/man1/mfals-{command}.1").read_text(), re.MULTILINE))
        told = {name.replace("\\-", "-") for name in told}
        checks.check(told and told <= wanted, f"mfals-{command}(1) has options that the help has not: {told - wanted}")


def complete(prefix):
    def words(*line):
        script = (f"source {prefix}/share/bash-completion/completions/mfals; COMP_WORDS=({' '.join(map(repr, line))}); "
                  f"COMP_CWORD={len(line) - 1}; _mfals; printf '%s\\n' \"${{COMPREPLY[@]}}\"")
        return set(succeed("completion", "bash", "-c", script).split())

    checks.check(words("mfals", "ev") == {"evaluate"}, f"ev: {words('mfals', 'ev')}")
    checks.check(words("mfals", "train", "--checkpoint-") == {"--checkpoint-dir", "--checkpoint-every"}, "--checkpoint-")
    checks.check(words("mfals", "train", "--algorithm", "") == {"ials", "als", "sgd"}, "--algorithm")
    checks.check(words("mfals", "-a", "s") == {"sgd"}, f"-a s: {words('mfals', '-a', 's')}")
    checks.check("--item" in words("mfals", "similar", "--") and "--factors" not in words("mfals", "similar", "--"), "similar --")


def load_module(prefix):
    module = next((prefix / "share/mfals/modulefiles").rglob("0*"))
    stubs = """proc module-whatis {args} {}; proc conflict {args} {}
proc prepend-path {name value} { puts "$name=$value" }; proc setenv {name value} { puts "$name=$value" }
set ModulesCurrentModulefile [lindex $argv 0]; source $ModulesCurrentModulefile"""
    (prefix / "stubs.tcl").write_text(stubs)
    said = dict(line.split("=", 1) for line in succeed("module", "tclsh", prefix / "stubs.tcl", module).splitlines())
    checks.check((pathlib.Path(said.get("PATH", "")) / "mfals").exists(), f"PATH: {said}")
    checks.check((pathlib.Path(said.get("MFALS_SOURCE", "")) / "jobs/launch.sh").exists(), f"MFALS_SOURCE: {said}")
    checks.check((pathlib.Path(said.get("PKG_CONFIG_PATH", "")) / "mfals.pc").exists(), f"PKG_CONFIG_PATH: {said}")
    found = run("man", "--where", "mfals-train", PATH=f"{said.get('PATH', '')}:{os.environ['PATH']}", MANPATH="").stdout
    checks.check(not shutil.which("man") or str(prefix) in found, f"man: {found}")


def unpack_package(folder):
    succeed("cpack", "cpack", "--config", BUILD / "CPackConfig.cmake", "-B", folder / "packages")
    package = next((folder / "packages").glob("*.deb"))
    about = succeed("dpkg-deb -I", "dpkg-deb", "-I", package)
    built_with = succeed("what the build found", BUILD / "mfals", "--version")
    blas = re.search(r"^BLAS: +(OpenBLAS|BLIS|\S+)", built_with, re.MULTILINE).group(1)
    scalapack = () if re.search("^ScaLAPACK: +none", built_with, re.MULTILINE) else ("libscalapack",)
    mpi = "mpich" if "MPICH" in built_with else "openmpi"
    for needed in (mpi, f"libhdf5-{mpi}", {"OpenBLAS": "libopenblas", "BLIS": "libblis"}.get(blas, "libblas"), *scalapack, "libjansson"):
        checks.check(needed in about.split("Depends:")[1].split("\n")[0], f"the package does not depend on {needed}:\n{about}")
    if shutil.which("lintian"):
        succeed("lintian", "lintian", "--allow-root", "--fail-on", "error", package)
    else:
        print("no lintian here: the package is not looked over")
    succeed("dpkg-deb -x", "dpkg-deb", "-x", package, folder / "root")
    out = succeed("mfals of the package", folder / "root/usr/bin/mfals", "-n", 1, "-k", 4, "-o", "model.h5", folder=folder)
    checks.check("root/usr/bin/../share/mfals/online_retail" in out, f"the sample of the package: {out[:200]}")


def look_over_recipes(folder):
    shutil.copy(PACKAGING / "package.py", folder / "package.py")
    py_compile.compile(str(folder / "package.py"), doraise=True)
    for place, stub in (("spack/package.py", "def _(*a, **k): return None\nversion = variant = depends_on = _\n"),
                        ("spack_repo/builtin/build_systems/cmake.py", "class CMakePackage: pass\n")):
        (folder / place).parent.mkdir(parents=True)
        (folder / place).write_text(stub)
    succeed("package.py", "/usr/bin/python3", "-c", "import package; assert package.Mfals.cmake_args", folder=folder,
            PYTHONPATH=str(folder))
    sections = re.findall(r"^%(\w+)", (PACKAGING / "mfals.def").read_text(), re.MULTILINE)
    checks.check(sections == ["files", "post", "environment", "runscript", "test", "labels"], f"mfals.def: {sections}")
    for section in re.split(r"^%\w+\n", (PACKAGING / "mfals.def").read_text(), flags=re.MULTILINE)[2:6]:
        succeed("mfals.def", "bash", "-n", "-c", section)


def build_in_odd_folders(folder):
    """Built, installed and run where names have blanks and what a shell takes for its own. Unoptimized, to be quick."""
    source, build, prefix = folder / "so urce (1)", folder / "it's built", folder / "in stalled"
    source.mkdir(parents=True)
    for name in ("CMakeLists.txt", "LICENSE", "README.md", "data", "include", "jobs", "scripts", "src"):
        (shutil.copytree if (SOURCE / name).is_dir() else shutil.copy)(SOURCE / name, source / name)
    succeed("cmake in odd folders", "cmake", "-S", source, "-B", build, "-DMFALS_TESTS=OFF", "-DCMAKE_BUILD_TYPE=Debug")
    succeed("a build in odd folders", "cmake", "--build", build, "--parallel", 2, limit=1800)
    succeed("an installation in odd folders", "cmake", "--install", build, "--prefix", prefix)
    succeed("mfals in odd folders", *launch(2, prefix / "bin/mfals", "-n", 1, "-k", 4, "-o", folder / "mo del.h5", "--quiet"))
    checks.check((prefix / "share/man/man1/mfals-train.1").stat().st_size > 0, "a manual page without text")


def main():
    with work_folder() as name:
        folder = pathlib.Path(name)
        prefix = folder / "prefix"
        succeed("cmake --install", "cmake", "--install", BUILD, "--prefix", prefix)
        moved = folder / "elsewhere"
        prefix.rename(moved)  # nothing may know where it was installed to
        for part, step in (("user", build_against), ("run", run_program)):
            (folder / part).mkdir()
            step(moved, folder / part)
        read_manual(moved)
        complete(moved)
        load_module(moved)
        (folder / "deb").mkdir()
        unpack_package(folder / "deb")
        (folder / "recipes").mkdir()
        look_over_recipes(folder / "recipes")
        if os.environ.get("MFALS_SOAK", "") not in ("", "0"):
            build_in_odd_folders(folder / "odd folders")
    checks.finish()


main()
