package nanochat.task;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// A reward that another program gives: one process for a whole run, which reads a line of JSON for each answer and writes a line with its reward,
/// a number or an object with a number as `reward` (docs/rewards.md).
///
/// What it writes to its standard error is not shown; the last lines of it are told when it fails. Not for several threads.
public final class RewardProcess implements Reward {
    private static final Duration TO_END = Duration.ofSeconds(2);
    private static final int REMEMBERED_LINES = 5;

    private final String command;
    private final Duration limit;
    private final Process process;
    private final Writer in;
    /// What the process wrote, line by line; empty for its end.
    private final BlockingQueue<Optional<String>> out = new LinkedBlockingQueue<>();
    private final Deque<String> complaints = new ArrayDeque<>();
    private final List<Thread> readers;

    private interface LineTaker {
        void take(String line);
    }

    /// Starts the program.
    ///
    /// @param command for the system's shell
    /// @param limit how long it may take for one answer
    /// @throws BadInputException when there is no shell to start it
    public RewardProcess(String command, Duration limit) {
        this.command = command;
        this.limit = limit;
        try {
            process = new ProcessBuilder(isWindows() ? List.of("cmd", "/c", command) : List.of("sh", "-c", command)).start();
        } catch (IOException e) {
            throw new BadInputException("Cannot start the reward command '" + command + "': " + e.getMessage(), e);
        }
        in = process.outputWriter(StandardCharsets.UTF_8);
        readers = List.of(reader(process.inputReader(StandardCharsets.UTF_8), line -> out.add(Optional.of(line)), () -> out.add(Optional
                .empty())),
                reader(process.errorReader(StandardCharsets.UTF_8), this::remember, () -> {}));
    }

    private static boolean isWindows() {
        return System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("windows");
    }

    private static Thread reader(BufferedReader from, LineTaker taker, Runnable atEnd) {
        return Thread.ofVirtual().name("reward").start(() -> {
            try (from) {
                for (String line = from.readLine(); line != null; line = from.readLine()) {
                    taker.take(line);
                }
            } catch (IOException closed) {
                // the process is gone, which the other side sees
            } finally {
                atEnd.run();
            }
        });
    }

    private synchronized void remember(String line) {
        complaints.addLast(line);
        if (complaints.size() > REMEMBERED_LINES) {
            complaints.removeFirst();
        }
    }

    private synchronized String complaints() {
        return complaints.isEmpty() ? "" : "\nIt said:\n  " + String.join("\n  ", complaints);
    }

    /// @throws BadInputException when the program ends, takes too long, or answers anything but a finite number; the message has the line that it
    /// was given
    @Override
    public double of(Attempt attempt) {
        String line = attempt.json();
        try {
            in.write(line + "\n");
            in.flush();
        } catch (IOException e) {
            throw ended(line);
        }
        Optional<String> reply;
        try {
            Optional<String> taken = out.poll(limit.toMillis(), TimeUnit.MILLISECONDS);
            if (taken == null) {
                kill();
                throw failure("has not answered within " + limit.toMillis() / 1000.0
                        + " s (it has to write a line for each one it reads, and to"
                        + " flush it)", line);
            }
            reply = taken;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failure("was interrupted", line);
        }
        return number(reply.orElseThrow(() -> ended(line)), line);
    }

    private double number(String reply, String line) {
        JsonNode value;
        try {
            JsonNode json = Json.LINE.readTree(reply);
            value = json.isObject() ? json.path("reward") : json;
        } catch (JacksonException e) {
            throw failure("answered '" + reply + "', which is not JSON: a number, or an object with a number as \"reward\"", line);
        }
        if (!value.isNumber() || !Double.isFinite(value.asDouble())) {
            throw failure("answered '" + reply + "', which is not a finite number, nor an object with one as \"reward\"", line);
        }
        return value.asDouble();
    }

    /// The end of a process that should still be there.
    private BadInputException ended(String line) {
        try {
            if (process.waitFor(TO_END.toMillis(), TimeUnit.MILLISECONDS)) {
                readers.getLast().join(TO_END);
                return failure("ended with code " + process.exitValue(), line);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        kill();
        return failure("has closed its output", line);
    }

    private BadInputException failure(String what, String line) {
        return new BadInputException("The reward command '" + command + "' " + what + ". The line was:\n  " + line + complaints());
    }

    @Override
    public String name() {
        return command;
    }

    private void kill() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    /// Closes its input, which ends a program that reads to the end; ends it where it does not.
    @Override
    public void close() {
        try {
            in.close();
        } catch (IOException alreadyEnded) {
            // nothing is left to tell it
        }
        try {
            if (!process.waitFor(TO_END.toMillis(), TimeUnit.MILLISECONDS)) {
                kill();
            }
        } catch (InterruptedException e) {
            kill();
            Thread.currentThread().interrupt();
        }
    }
}
