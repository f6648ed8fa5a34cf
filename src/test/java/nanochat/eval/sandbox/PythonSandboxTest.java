package nanochat.eval.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import nanochat.conversation.Message;
import nanochat.data.download.TaskFiles;
import nanochat.eval.sandbox.Execution.Outcome;
import nanochat.io.BadInputException;
import nanochat.task.DatasetFolder;
import nanochat.task.HumanEval;
import nanochat.task.ProgrammingProblem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Programs that do what a sandbox is there against. The oracle is the machine: no file, no process and no secret may be where it should not.
///
/// Every program of these tests is harmless even without a sandbox: a bomb stops by itself.
class PythonSandboxTest {
    /// Generous where a program should end by itself: the machine may be busy.
    private static final Limits PATIENT = new Limits(60, 60, 256L << 20, 1 << 20, 64, 64 << 10);
    private static final Limits BRIEF = new Limits(1, 1, 256L << 20, 1 << 20, 64, 64 << 10);

    private static final Interpreter PYTHON = findPython();
    private static final Map<Kind, Boolean> WORKS = new EnumMap<>(Kind.class);

    /// Both ways, as far as they work here.
    enum Kind {
        NAMESPACES(new Isolation.Namespaces()), LIMITS_ALONE(new Isolation.LimitsAlone());

        private final Isolation isolation;

        Kind(Isolation isolation) {
            this.isolation = isolation;
        }
    }

    @TempDir
    Path folder;

    @BeforeEach
    void letNobodyIn() throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        assertThat(folder).isEmptyDirectory();
        assertThat(survivors()).isEmpty();
    }

    /// Processes whose root or working folder is one of the sandbox's.
    private List<Path> survivors() throws IOException {
        Path processes = Path.of("/proc");
        if (!Files.exists(processes)) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(processes)) {
            return all.filter(each -> leadsHere(each.resolve("root")) || leadsHere(each.resolve("cwd"))).toList();
        }
    }

    private boolean leadsHere(Path link) {
        try {
            return Files.readSymbolicLink(link).startsWith(folder);
        } catch (IOException notAProcessOrGone) {
            return false;
        }
    }

    /// The Python of the system where there is one: a user's own may lie where nobody else can read it.
    private static Interpreter findPython() {
        String system = "/usr/bin/python3";
        return Interpreter.find(Files.exists(Path.of(system)) ? system : "python3");
    }

    private PythonSandbox sandbox(Kind kind, Limits limits) {
        PythonSandbox sandbox = new PythonSandbox(PYTHON, kind.isolation, limits, folder);
        assumeTrue(WORKS.computeIfAbsent(kind, _ -> works(sandbox)), "this system does not allow " + kind);
        return sandbox;
    }

    private static boolean works(PythonSandbox sandbox) {
        try {
            sandbox.run("");
            return true;
        } catch (BadInputException notAllowed) {
            return false;
        }
    }

    @ParameterizedTest
    @EnumSource
    void aProgramThatComesToItsEndSucceedsAndNoOtherDoes(Kind kind) {
        PythonSandbox sandbox = sandbox(kind, PATIENT);
        assertThat(sandbox.run("print('Grüße')")).isEqualTo(new Execution(Outcome.PASSED, "Grüße\n"));
        assertThat(sandbox.run("import math, collections\nassert math.comb(4, 2) == 6")).isEqualTo(new Execution(Outcome.PASSED, ""));
        Execution wrong = sandbox.run("assert 1 + 1 == 3");
        assertThat(wrong.outcome()).isEqualTo(Outcome.FAILED);
        assertThat(wrong.output()).contains("AssertionError");
        Execution notPython = sandbox.run("def f(:\n  return");
        assertThat(notPython.outcome()).isEqualTo(Outcome.FAILED);
        assertThat(notPython.output()).contains("SyntaxError");
        for (String early : List.of("exit(0)", "import os\nos._exit(0)", "raise SystemExit", "import os\nos.kill(os.getpid(), 9)", "'''")) {
            assertThat(sandbox.run(early).outcome()).as(early).isEqualTo(Outcome.FAILED);
        }
    }

    @Test
    void solutionsOfHumanEvalAreRightAndWrongOnesAreNot(@TempDir Path base) throws IOException {
        DatasetFolder data = new DatasetFolder(base);
        data.put("humaneval.parquet", "humaneval/openai_humaneval/test/0.parquet");
        HumanEval task = HumanEval.of(TaskFiles.HUMANEVAL_TEST, data.base(), PythonSandbox.open(PYTHON, PATIENT, folder));
        for (int i = 0; i < task.size(); i++) {
            ProgrammingProblem problem = task.problem(i);
            String solution = problem.prompt() + problem.solution();
            assertThat(task.isRight(i, new Message.Assistant(solution))).isTrue();
            assertThat(task.isRight(i, new Message.Assistant("Here it is:\n```python\n" + solution + "\n```\nGood luck!"))).isTrue();
            assertThat(task.isRight(i, new Message.Assistant(solution.replace("x + x", "x").replace("** 2", "* 3")))).isFalse();
            assertThat(task.isRight(i, new Message.Assistant("I do not know."))).isFalse();
            assertThat(task.isRight(i, new Message.Assistant())).isFalse();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aForkBombDoesNotGoOff(Kind kind) {
        Execution bomb = sandbox(kind, PATIENT).run("""
                import os
                forks = 0
                for attempt in range(100):
                    try:
                        if os.fork() == 0:
                            os._exit(0)
                        forks += 1
                    except OSError:
                        pass
                print(forks)
                """);
        assertThat(bomb).isEqualTo(new Execution(Outcome.PASSED, "0\n"));
    }

    @ParameterizedTest
    @EnumSource
    void nothingGoesOnBehindItsBack(Kind kind) {
        Execution demon = sandbox(kind, PATIENT).run("""
                import os, subprocess, threading, time
                def start(how):
                    try:
                        how()
                        print("started")
                    except (OSError, RuntimeError):
                        print("refused")
                def demon():
                    if os.fork() == 0:
                        os.setsid()
                        time.sleep(20)
                        os._exit(0)
                start(demon)
                start(lambda: subprocess.Popen(["sleep", "20"], start_new_session=True))
                start(lambda: threading.Thread(target=time.sleep, args=[20]).start())
                """);
        assertThat(demon.output()).startsWith("refused\nrefused\nrefused\n");
    }

    @ParameterizedTest
    @EnumSource
    void aMemoryBombIsRefusedMemory(Kind kind) {
        PythonSandbox sandbox = sandbox(kind, PATIENT);
        Execution bomb = sandbox.run("hoard = []\nfor block in range(400):\n    hoard.append(bytearray(1 << 20))");
        assertThat(bomb.outcome()).isEqualTo(Outcome.FAILED);
        assertThat(bomb.output()).contains("MemoryError");
        assertThat(sandbox.succeeds("hoard = [bytearray(1 << 20) for block in range(150)]")).as("150 MB are allowed").isTrue();
    }

    @Test
    void whatDoesNotEndIsEnded() throws Exception {
        String deaf = """
                import signal, time
                signal.signal(signal.SIGALRM, signal.SIG_IGN)
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                time.sleep(30)
                """;
        List<Callable<Execution>> programs = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            PythonSandbox sandbox = sandbox(kind, BRIEF);
            for (String program : List.of(deaf, "while True: pass", "import time\ntime.sleep(30)", "while True: print('x' * 1000)")) {
                programs.add(() -> sandbox.run(program));
            }
        }
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Execution>> ends = threads.invokeAll(programs);
            for (int i = 0; i < ends.size(); i++) {
                Execution end = ends.get(i).get();
                assertThat(end.outcome()).as("program %d", i).isEqualTo(Outcome.TIMED_OUT);
                assertThat(end.output()).hasSize(i % 4 == 3 ? BRIEF.outputBytes() : 0);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void muchOutputIsNoError(Kind kind) {
        Execution talker = sandbox(kind, PATIENT).run("for line in range(2000): print('x' * 1000)");
        assertThat(talker.outcome()).isEqualTo(Outcome.PASSED);
        assertThat(talker.output()).hasSize(PATIENT.outputBytes());
    }

    @ParameterizedTest
    @EnumSource
    void aFileDoesNotFillTheDisk(Kind kind) {
        Execution writer = sandbox(kind, PATIENT).run("""
                with open("big", "wb") as file:
                    for block in range(200):
                        file.write(bytes(1 << 20))
                """);
        assertThat(writer.outcome()).isEqualTo(Outcome.FAILED);
        assertThat(writer.output()).contains("File too large");
    }

    @ParameterizedTest
    @EnumSource
    void itsOwnFolderIsItsOwnAndGoneAfterwards(Kind kind) {
        assertThat(sandbox(kind, PATIENT).run("""
                import os
                os.makedirs("a/b")
                open("a/b/c", "w").write("text")
                assert open("a/b/c").read() == "text"
                os.symlink("/usr", "link")
                os.mkdir("locked")
                open("locked/file", "w").close()
                os.chmod("locked", 0)
                os.chmod("a/b", 0o500)
                """)).isEqualTo(new Execution(Outcome.PASSED, ""));
        assertThat(Path.of("/usr")).exists();
    }

    @ParameterizedTest
    @EnumSource
    void secretsOfTheEnvironmentAreNotInIt(Kind kind) {
        Execution reader = sandbox(kind, PATIENT).run("import os, sys\nprint(sorted(os.environ), repr(sys.stdin.read()))");
        assertThat(reader.output().strip()).isEqualTo("['HOME', 'LANG', 'OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'PATH',"
                + " 'PYTHONDONTWRITEBYTECODE', 'PYTHONHASHSEED', 'PYTHONNOUSERSITE', 'TMPDIR'] ''");
    }

    @Test
    void inNamespacesNothingOutsideItsFolderIsWrittenOrSeen() throws IOException {
        Path target = folder.resolve("written");
        Path secret = Files.writeString(folder.resolve("secret"), "password");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
        try {
            Execution writer = sandbox(Kind.NAMESPACES, PATIENT).run(
                    """
                            import os
                            for path in ["%s", "/tmp/nanochat-written", "/usr/nanochat-written", "/etc/nanochat-written", "/nanochat-written", "/dev/x",
                                         os.path.dirname(os.__file__) + "/nanochat-written", "../nanochat-written"]:
                                try:
                                    open(path, "w").close()
                                    print("wrote", path)
                                except OSError:
                                    pass
                            for path in ["%s", "/etc/passwd", "/home", "/proc/1/environ"]:
                                if os.path.exists(path):
                                    print("sees", path)
                            try:
                                os.kill(%d, 0)
                            except ProcessLookupError:
                                pass
                            except OSError:
                                print("sees a process")
                            """
                            .formatted(target, secret, ProcessHandle.current().pid()));
            assertThat(writer).isEqualTo(new Execution(Outcome.PASSED, ""));
            assertThat(target).doesNotExist();
        } finally {
            Files.delete(secret);
        }
    }

    @Test
    void inNamespacesThereIsNoNetwork() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Execution caller = sandbox(Kind.NAMESPACES, PATIENT).run("""
                    import socket
                    for address in [("127.0.0.1", %d), ("1.1.1.1", 80)]:
                        try:
                            socket.create_connection(address, timeout=5)
                            print("connected")
                        except OSError as refused:
                            print("no network")
                    """.formatted(server.getLocalPort()));
            assertThat(caller.output()).isEqualTo("no network\nno network\n");
        }
    }

    @Test
    void inNamespacesNoRightsAreLeft() {
        Execution climber = sandbox(Kind.NAMESPACES, PATIENT).run("""
                import ctypes, os
                libc = ctypes.CDLL(None, use_errno=True)
                print(libc.unshare(0x10000000), libc.unshare(0x00020000), libc.mount(b"none", b"/usr", None, 4096 | 32, None),
                      libc.chroot(b"/work"), libc.sethostname(b"x", 1))
                """);
        assertThat(climber.output()).isEqualTo("-1 -1 -1 -1 -1\n");
    }

    @Test
    void manyProgramsRunAtOnce() throws Exception {
        PythonSandbox sandbox = sandbox(Kind.NAMESPACES, PATIENT);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<String>> programs = IntStream.range(0, 12)
                    .<Callable<String>>mapToObj(i -> () -> sandbox.run("print(" + i + ")").output()).toList();
            List<Future<String>> outputs = threads.invokeAll(programs);
            for (int i = 0; i < outputs.size(); i++) {
                assertThat(outputs.get(i).get()).isEqualTo(i + "\n");
            }
        }
    }

    @Test
    void theBestIsolationThatWorksIsTaken() {
        PythonSandbox sandbox = PythonSandbox.open(PYTHON, PATIENT, folder);
        assertThat(sandbox.succeeds("x = 1")).isTrue();
        boolean namespaces = works(new PythonSandbox(PYTHON, new Isolation.Namespaces(), PATIENT, folder));
        assertThat(sandbox.isolation().contains("no network")).isEqualTo(namespaces);
    }

    @Test
    void withoutPythonTheErrorSaysWhatToDo() {
        assertThatThrownBy(() -> Interpreter.find("no-such-python")).isInstanceOf(BadInputException.class)
                .hasMessageContaining("no-such-python").hasMessageContaining("install Python 3");
        assertThatThrownBy(() -> Interpreter.find("false")).isInstanceOf(BadInputException.class).hasMessageContaining("not a Python 3");
    }

    @Test
    void whereTheSandboxCannotBeSetUpThatIsTheError() {
        Interpreter missing = new Interpreter(Path.of("/no/such/python"), List.of(), false);
        assertThatThrownBy(() -> PythonSandbox.open(missing, PATIENT, folder)).isInstanceOf(BadInputException.class)
                .hasMessageContaining("sandbox");
    }
}
