package nanochat.eval.sandbox;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import nanochat.eval.sandbox.Execution.Outcome;
import nanochat.io.BadInputException;
import nanochat.task.ProgramRunner;

/// Runs Python programs that a model has written, each in a process of its own with a fresh folder, a scrubbed environment, nothing to read and
/// [Limits]; nothing of it is left afterwards. It cannot start other processes or threads. Where Linux allows it, namespaces keep it from everything
/// else on the machine; [#isolation] says whether they do.
///
/// This protects from the accidents of generated code. It is no prison for a program that looks for a gap in the kernel, and a program that means
/// to be taken for a right one can be.
///
/// For any number of threads; as many programs run at once as there are processors.
public final class PythonSandbox implements ProgramRunner {
    private static final String PROGRAM = "program.py";
    private static final String END = "\n__import__('os').write(3, b'done')\n";
    private static final String STARTED = "start\n";
    private static final String PASSED = STARTED + "done";
    private static final int REPORT_BYTES = 4096;
    /// For starting; a program that runs longer than its limits allow has made itself deaf to them.
    private static final int GRACE_SECONDS = 3;
    /// Exit codes of processes that a signal has ended: SIGALRM by the clock, SIGXCPU for processor time.
    private static final int SIGNALLED = 128;
    private static final int ALARM = SIGNALLED + 14;
    private static final int PROCESSOR_TIME = SIGNALLED + 24;

    private final Interpreter python;
    private final Isolation isolation;
    private final Limits limits;
    private final Path folder;
    private final Semaphore slots = new Semaphore(Runtime.getRuntime().availableProcessors());

    PythonSandbox(Interpreter python, Isolation isolation, Limits limits, Path folder) {
        this.python = python;
        this.isolation = isolation;
        this.limits = limits;
        this.folder = folder;
    }

    /// Takes the `python3` on the PATH and the best isolation that a trial shows to work.
    ///
    /// @throws BadInputException when there is no Python, or not even a harmless program runs within the limits
    public static PythonSandbox open(Limits limits) {
        return open(Interpreter.find("python3"), limits, Path.of(System.getProperty("java.io.tmpdir")));
    }

    static PythonSandbox open(Interpreter python, Limits limits, Path folder) {
        String reasons = "";
        for (Isolation isolation : List.of(new Isolation.Namespaces(), new Isolation.LimitsAlone())) {
            PythonSandbox sandbox = new PythonSandbox(python, isolation, limits, folder);
            try {
                if (sandbox.succeeds("")) {
                    return sandbox;
                }
            } catch (BadInputException e) {
                reasons += " " + e.getMessage();
            }
        }
        throw new BadInputException("Programs cannot be run in a sandbox here." + reasons);
    }

    /// What programs are kept from, for people.
    public String isolation() {
        return isolation.description();
    }

    @Override
    public boolean succeeds(String program) {
        return run(program).outcome() == Outcome.PASSED;
    }

    /// Runs a program and waits for its end.
    ///
    /// @throws BadInputException when it could not be started
    public Execution run(String program) {
        try {
            slots.acquire();
            try {
                Path home = Files.createTempDirectory(folder, "nanochat-program-");
                try {
                    return run(program + END, home);
                } finally {
                    FolderRemoval.remove(home);
                }
            } finally {
                slots.release();
            }
        } catch (IOException e) {
            throw new BadInputException("A program could not be run: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a program ran", e);
        }
    }

    private Execution run(String program, Path home) throws IOException, InterruptedException {
        byte[] source = program.getBytes(StandardCharsets.UTF_8);
        if (!isolation.readsProgram()) {
            Path file = Files.write(home.resolve(PROGRAM), source);
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        }
        ProcessBuilder builder = new ProcessBuilder(isolation.command(python, home, limits));
        Map<String, String> environment = builder.environment();
        String path = environment.getOrDefault("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        environment.clear();
        environment.put("PATH", path);
        Process process = builder.start();
        try {
            Head output = new Head(process.getInputStream(), limits.outputBytes());
            Head report = new Head(process.getErrorStream(), REPORT_BYTES);
            feed(process, isolation.readsProgram() ? source : new byte[0]);
            boolean ended = process.waitFor(limits.seconds() + GRACE_SECONDS, TimeUnit.SECONDS);
            kill(process);
            return execution(report.text(), output.text(), ended, process.waitFor());
        } finally {
            kill(process);
        }
    }

    /// Ends the process and with it all of its namespace. Unlike [Process#destroyForcibly] it leaves what was written to be read.
    private static void kill(Process process) {
        process.toHandle().destroyForcibly();
    }

    private static void feed(Process process, byte[] source) {
        try (OutputStream in = process.getOutputStream()) {
            in.write(source);
        } catch (IOException notRead) {
            // it ended before it read its program, and its report says why
            return;
        }
    }

    private static Execution execution(String report, String output, boolean ended, int code) {
        if (!report.contains(STARTED)) {
            throw new BadInputException("The sandbox could not be set up: " + (report + output).strip().replace('\n', ' '));
        }
        if (report.contains(PASSED)) {
            return new Execution(Outcome.PASSED, output);
        }
        boolean timedOut = !ended || code == ALARM || code == PROCESSOR_TIME;
        return new Execution(timedOut ? Outcome.TIMED_OUT : Outcome.FAILED, output);
    }
}
