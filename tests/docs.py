"""What the documents say is so: files they name exist, links between them resolve, the commands they show use options that
mfals knows, the recipes of CONTRIBUTING.md name what is in the files, nothing of a folder is left out, and the man page has
its sections, examples and variables."""

import json
import os
import re
import shlex
import subprocess

from mfals_run import MFALS, SOURCE, Checks, train, work_folder

TOP_README_LINES = 150
FOLDERS = ("src", "include", "jobs", "tests", "scripts", "data", ".github", ".ci")
SUFFIXES = (".c", ".h", ".py", ".sh", ".sbatch", ".md", ".cmake", ".svg", ".def", ".map", ".in", ".yml", "CMakeLists.txt")
COMMANDS = ("train", "evaluate", "recommend", "similar", "convert", "generate", "plan", "info", "check")
JOBS = {"train.sbatch": ("train",), "resume.sbatch": ("train",), "evaluate.sbatch": ("evaluate", "recommend")}
RECIPES = SOURCE / ".github" / "CONTRIBUTING.md"
ABOUT_ITERATION = ("event", "time", "iteration", "wall_s", "solve_s", "exchange_s", "wait_s", "resolved_rows")
ABOUT_EVALUATION = ("event", "time", "users", "ratings", "popularity")
checks = Checks()


class Document:
    """A Markdown file: its text, its code spans, and the lines of its code blocks."""

    def __init__(self, path):
        self.path, self.name = path, str(path.relative_to(SOURCE))
        self.text = path.read_text()
        prose, self.code, fenced = [], [], False
        for line in self.text.splitlines():
            if line.startswith("```"):
                fenced = not fenced
            elif fenced or line.startswith("    "):
                self.code.append(line.strip())
            else:
                prose.append(line)
        self.prose = "\n".join(prose)
        self.spans = [" ".join(span.replace("\\|", "|").split()) for span in re.findall("`([^`]+)`", self.prose)]

    def anchors(self):
        """The headings as links name them."""
        headings = re.findall("^#+ (.*)$", self.prose, re.MULTILINE)
        return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}

    def exists(self, name):
        places = (SOURCE, self.path.parent, SOURCE / "src", SOURCE / "include", SOURCE / "tests", SOURCE / "scripts")
        return any((place / name).exists() for place in places)


def is_plain(word):
    """A name that stands for itself, not for others."""
    return re.fullmatch(r"[\w.+/-]+", word) is not None and "..." not in word


def check_paths(document):
    for text in document.spans + document.code:
        for word in re.split(r"[\s,;:()\"'=]+", text):
            in_folder = "/" in word and word.split("/")[0] in FOLDERS
            is_name = text in document.spans and (word.endswith(SUFFIXES) and not word.startswith(SUFFIXES) or word.endswith("/"))
            built = word.startswith("build/")
            if is_plain(word) and (in_folder or is_name) and not built:
                checks.check(document.exists(word), f"{document.name}: no such file: {word}")


def check_links(document, documents):
    for target in re.findall(r"\]\(([^)\s]+)\)", document.prose):
        if target.startswith("https://"):
            continue
        file, _, anchor = target.partition("#")
        path = (document.path.parent / file).resolve() if file else document.path
        checks.check(path.exists(), f"{document.name}: the link {target} leads nowhere")
        if anchor and path in documents:
            checks.check(anchor in documents[path].anchors(), f"{document.name}: no heading for the link {target}")


def read_options():
    """The options of each command, as its help lists them."""
    options = {}
    for command in COMMANDS:
        text = subprocess.run([MFALS, command, "--help"], stdout=subprocess.PIPE, text=True, check=True).stdout
        options[command] = set(re.findall(r"^  (?:-\w, |    )(--[a-z-]+)", text, re.MULTILINE))
        options[command] |= set(re.findall(r"^  (-\w), --", text, re.MULTILINE)) | {"-h", "--help"}
    return options


def told_command(words):
    """(commands whose options these may be, the words after them) of a command line, or None if mfals is not in it."""
    for i, word in enumerate(words):
        if word.split("/")[-1] in JOBS and words[0] == "sbatch":
            return JOBS[word.split("/")[-1]], words[i + 1:]
        if word.split("/")[-1] == "mfals" and (i == 0 or words[0] in ("mpirun", "srun")):
            rest = words[i + 1:]
            if rest and rest[0] in COMMANDS:
                return (rest[0],), rest[1:]
            return (COMMANDS if rest and rest[0] == "COMMAND" else ("train",)), rest
    return None


def check_commands(name, lines, options):
    for line in lines:
        for command in re.split(r"   +|  #|&&|\||;| or: ", line):
            try:
                told = told_command(shlex.split(command))
            except ValueError:  # prose with an apostrophe
                continue
            known = set().union(*(options[one] for one in told[0])) if told else set()
            for word in told[1] if told else ():
                if re.match("--?[a-z]", word):
                    checks.check(word.split("=")[0].rstrip(".],") in known, f"{name}: {word} is no option of mfals {'/'.join(told[0])}")


def check_spans_of_options(document, options):
    """--name in prose is an option of mfals, or of a script."""
    mine = set().union(*options.values())
    scripts = "".join(path.read_text() for folder in ("scripts", "jobs", ".ci") for path in (SOURCE / folder).rglob("*")
                      if path.is_file() and "__pycache__" not in path.parts)
    for span in document.spans:
        for option in re.findall(r"^--[a-z][a-z-]*", span):
            checks.check(option in mine or option in scripts, f"{document.name}: {option} is no option known")


def check_recipes(document):
    """Rows `| file | what |` below "## Recipes": what is in backticks on the right is in the file on the left."""
    recipes = document.text.partition("\n## Recipes")[2]
    rows = re.findall(r"^\| (`.*?) \| (.*) \|$", recipes, re.MULTILINE)
    checks.check(len(rows) >= 20, f"{document.name}: {len(rows)} rows of recipes")
    for files, what in rows:
        named = [name for name in re.findall("`([^`]+)`", files) if is_plain(name)]
        for name in named:
            checks.check((SOURCE / name).is_file(), f"{document.name}: a recipe names {name}, which is no file")
        text = "".join((SOURCE / name).read_text() for name in named if (SOURCE / name).is_file())
        for wanted in re.findall("`([^`]+)`", what) if named else ():
            if "<" not in wanted:
                found = re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", text)
                checks.check(found, f"{document.name}: '{wanted}' is not in {' or '.join(named)}")
    for kind in ("an option", "a command", "a metric", "a weight of ratings", "a file format", "an algorithm", "a test"):
        checks.check(f"\n### {kind.capitalize()}\n" in recipes, f"{document.name}: no recipe for {kind}")


def check_complete(folder, names):
    text = (SOURCE / folder / "README.md").read_text()
    for name in names:
        checks.check(f"`{name}`" in text, f"{folder}/README.md does not tell of {name}")


def check_folders():
    def files(folder, *patterns):
        return sorted({path.name for pattern in patterns for path in (SOURCE / folder).glob(pattern)})

    check_complete("scripts", files("scripts", "*.sh", "*.py"))
    check_complete("jobs", files("jobs", "*.sh", "*.sbatch"))
    check_complete("tests", files("tests", "*.py"))
    check_complete("include", [f"mfals/{name}" for name in files("include/mfals", "*.h") if name != "mfals.h"])
    check_complete("src", sorted({path.parent.name for path in (SOURCE / "src").glob("*/*.c")}))


def check_tests_of_promises(document):
    promises = document.text.partition("| promise |")[2].partition("\n\n")[0]
    for row in promises.splitlines()[2:]:
        for name in re.findall("`([^`]+)`", row.split("|")[3]):
            files = (SOURCE / "tests" / f"test_{name}.c", SOURCE / "tests" / f"{name}.py")
            checks.check(any(file.exists() for file in files), f"{document.name}: no test {name}")


def check_versions(documents):
    version = re.search(r"project\(mfals VERSION ([0-9.]+)", (SOURCE / "CMakeLists.txt").read_text()).group(1)
    top, changes = documents[SOURCE / "README.md"].text, documents[SOURCE / ".github" / "CHANGELOG.md"].text
    checks.check(f"version = {{{version}}}" in top, f"README.md: the version to cite is not {version}")
    checks.check(re.search(rf"^## {re.escape(version)}\b", changes, re.MULTILINE), f"CHANGELOG.md has nothing of {version}")


def check_manual(options):
    page = subprocess.run([os.environ["MFALS_MANUAL"]], stdout=subprocess.PIPE, text=True, check=True).stdout
    page = page.replace("\\-", "-").replace("\\e", "\\").replace("\\&", "")
    sections = dict(re.findall(r"^\.SH (.*)\n([\s\S]*?)(?=^\.SH |\Z)", page, re.MULTILINE))
    for wanted in ("FORMULAS", "EXAMPLES", "ENVIRONMENT", "SIGNALS", "FILES", "EXIT STATUS", "SEE ALSO"):
        checks.check(wanted in sections, f"mfals(1) has no section {wanted}")
    examples = re.findall(r"^\.TP\n\\fB(.*)\\fR$", sections["EXAMPLES"], re.MULTILINE)
    checks.check(len(examples) >= 5 and all("mfals" in example for example in examples), f"examples of mfals(1): {examples}")
    check_commands("mfals(1)", examples, options)
    used = "".join(path.read_text() for path in (SOURCE / "src").rglob("*.c") if path.name != "manual.c")
    for variable in re.findall("[A-Z][A-Za-z_]*_[A-Za-z_]+", sections["ENVIRONMENT"].replace("\\fB", "")):
        checks.check(f'"{variable}"' in used, f"mfals(1): nothing reads {variable}")
    codes = re.findall(r"X\(MFALS_\w+, (\d+),", (SOURCE / "include/mfals/status.h").read_text())
    checks.check(re.findall(r"^\.B (\d+)$", sections["EXIT STATUS"], re.MULTILINE) == codes, "exit codes of mfals(1)")


def check_library(document):
    """Functions and constants are those of the headers; statistics and metrics those of a run."""
    headers = "".join(path.read_text() for path in (SOURCE / "include" / "mfals").glob("*.h"))
    for name in re.findall(r"\bmfals_[a-z_]+|\bMFALS_[A-Z_]+\b", " ".join(document.code + document.spans)):
        checks.check(re.search(rf"\b{name}\b", headers), f"{document.name}: no header has {name}")
    told = set(document.spans)
    with work_folder() as folder:
        for algorithm in ("ials", "als"):
            log = f"{folder}/{algorithm}.jsonl"
            train(1, SOURCE / "data" / "online_retail.tsv.gz", f"{folder}/{algorithm}.h5", "-a", algorithm, "-n", 1, "-k", 4,
                  "--holdout", 1, "--log-json", log)
            events = {event["event"]: event for event in map(json.loads, open(log))}
            statistics = [name for name in events["iteration"] if name not in ABOUT_ITERATION]
            metrics = [name.replace("@10", "@K") for name in events["evaluation"] if name not in ABOUT_EVALUATION]
            for name in statistics + metrics:
                checks.check(name in told, f"{document.name}: nothing of {name}")


def check_workflows():
    for path in sorted((SOURCE / ".github" / "workflows").glob("*.yml")):
        for script in re.findall(r"run: (\S+)", path.read_text()):
            checks.check(os.access(SOURCE / script, os.X_OK), f"{path.name} runs {script}, which is no program")


paths = [SOURCE / "README.md", *sorted(SOURCE.glob("*/README.md")), *sorted((SOURCE / ".github").glob("*.md"))]
documents = {path: Document(path) for path in paths}
options = read_options()
for document in documents.values():
    check_paths(document)
    check_links(document, documents)
    check_commands(document.name, document.code + document.spans, options)
    check_spans_of_options(document, options)
lines = documents[SOURCE / "README.md"].text.count("\n")
checks.check(lines <= TOP_README_LINES, f"README.md has {lines} lines, more than {TOP_README_LINES}")
check_recipes(documents[RECIPES])
check_folders()
check_tests_of_promises(documents[SOURCE / "tests" / "README.md"])
check_versions(documents)
check_library(documents[SOURCE / "include" / "README.md"])
check_manual(options)
check_workflows()
checks.finish()
