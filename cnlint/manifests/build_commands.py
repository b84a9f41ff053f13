"""Commands that compile a program."""

from cnlint.manifests.commands import Command

# Program -> first operands of which one makes it a build; none: it always builds.
_BUILDS: dict[str, tuple[str, ...]] = {
    "go": ("build", "install"),
    "cargo": ("build", "install"),
    "mvn": ("package", "install", "verify", "deploy"),
    "mvnw": ("package", "install", "verify", "deploy"),
    "gradle": ("build", "assemble", "bootJar", "shadowJar", "installDist", "jar"),
    "gradlew": ("build", "assemble", "bootJar", "shadowJar", "installDist", "jar"),
    "sbt": ("assembly", "package", "stage", "compile"),
    "dotnet": ("build", "publish"),
    "swift": ("build",),
    "stack": ("build", "install"),
    "cabal": ("build", "install", "v2-build", "v2-install", "new-build"),
    "dart": ("compile",),
    "native-image": (),
    "gcc": (),
    "g++": (),
    "cc": (),
    "c++": (),
    "clang": (),
    "clang++": (),
    "make": (),
    "cmake": (),
    "ninja": (),
    "rustc": (),
    "javac": (),
}


def runs_build(command: Command) -> bool:
    """Tell whether a command compiles a program."""
    verbs = _BUILDS.get(command.program)
    if verbs is None:
        return False
    if not verbs:
        return not command.has_flag("--version", "--help", "-v")
    # Maven and Gradle take several goals, also of a module (:app:build).
    return any((word.value or "").rpartition(":")[2] in verbs for word in command.operands())
