package nanochat.eval.sandbox;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// How far a program is kept from the rest of the machine.
sealed interface Isolation {
    /// Nobody: a user without files or rights.
    String NOBODY = "65534";

    /// The command that runs a program.
    ///
    /// @param folder empty, for this program alone
    List<String> command(Interpreter python, Path folder, Limits limits);

    /// Whether the command reads the program from its standard input; otherwise it is to lie in the folder as `program.py`.
    boolean readsProgram();

    /// What it keeps from what, for people.
    String description();

    private static List<String> limited(Interpreter python, String folder, String user, Limits limits) {
        return List.of(python.executable().toString(), "-I", "-c", Script.text("limit.py"), folder, user, "" + limits.seconds(),
                "" + limits.processorSeconds(), "" + limits.addressSpaceBytes(), "" + limits.fileBytes(), "" + limits.openFiles());
    }

    /// Linux's namespaces: the program sees no other process, no network, and of the files only the system's programs and Python, none of which
    /// it can change; what it writes is in memory and gone with it. Made by `unshare` of util-linux, where the system allows it.
    record Namespaces() implements Isolation {
        private static final Path SYSTEM = Path.of("/usr");

        @Override
        public List<String> command(Interpreter python, Path folder, Limits limits) {
            Stream<String> unshare = Stream.of("unshare", "--mount", "--pid", "--net", "--ipc", "--uts", "--fork", "--kill-child");
            // whoever is not root already is made root of a user namespace, to be able to mount anything at all
            Stream<String> asRoot = python.root() ? Stream.of() : Stream.of("--user", "--map-root-user");
            Stream<String> isolate = Stream.of("sh", "-c", Script.text("isolate.sh"), "isolate", folder.toString(),
                    python.root() ? NOBODY : "", visible(python));
            return Stream.of(unshare, asRoot, isolate, limited(python, "/work", "", limits).stream()).flatMap(part -> part).toList();
        }

        private static String visible(Interpreter python) {
            List<Path> folders = Stream.concat(Stream.of(SYSTEM), python.folders().stream()).filter(folder -> folder.getNameCount() > 0)
                    .distinct().toList();
            // what lies within another one is seen with it
            return String.join(":", folders.stream()
                    .filter(folder -> folders.stream().noneMatch(other -> !other.equals(folder) && folder.startsWith(other)))
                    .map(Path::toString).toList());
        }

        @Override
        public boolean readsProgram() {
            return true;
        }

        @Override
        public String description() {
            return "no network, no other processes, no files but the system's programs, read-only";
        }
    }

    /// Limits alone: the program has the rights of its user, or of nobody where that is root.
    record LimitsAlone() implements Isolation {
        @Override
        public List<String> command(Interpreter python, Path folder, Limits limits) {
            return limited(python, folder.toString(), python.root() ? NOBODY : "", limits);
        }

        @Override
        public boolean readsProgram() {
            return false;
        }

        @Override
        public String description() {
            return "limits on time, memory and processes alone; NOT kept from the network, from files and processes of its user"
                    + " (this system does not allow namespaces)";
        }
    }
}
