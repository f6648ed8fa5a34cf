package nanochat.serve;

import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import nanochat.runs.CloseUp;
import nanochat.runs.RunsWatcher;
import nanochat.runs.RunsWatcher.Changes;
import tools.jackson.databind.JsonNode;

/// What the page of runs asks for, all of it to be read only. Who listens is told at once what there is, then what changes; curves are asked for, and
/// then as far as they are new. Names of runs are looked up and never become paths.
final class RunsEndpoints {
    /// How long a listener hears nothing: the second sign of life after it has left tells that it has.
    private static final Duration SIGN_OF_LIFE = Duration.ofSeconds(5);
    /// Between two events, so that fast steps become few events.
    private static final Duration PAUSE = Duration.ofMillis(400);
    /// Each has a thread that sleeps, and a browser has few.
    private static final int MOST_LISTENERS = 64;
    private static final long COME_BACK_SECONDS = 10;
    /// Files that are read again at once.
    private static final int MOST_CLOSE_UPS = 2;

    private final RunsWatcher runs;
    private final Semaphore places = new Semaphore(MOST_LISTENERS);
    private final Semaphore closeUps = new Semaphore(MOST_CLOSE_UPS);

    /// @param results as they are in the file; absent where nothing was measured
    private record Evaluation(Optional<Integer> step, Optional<JsonNode> results) {}

    RunsEndpoints(RunsWatcher runs) {
        this.runs = runs;
    }

    void addTo(JavalinConfig config) {
        config.routes.get("/runs/events", this::listen);
        config.routes.get("/runs/curves", context -> HttpFront.answer(context, runs.curves(name(context), known(context)).orElseThrow(
                () -> noSuchRun(context))));
        config.routes.get("/runs/closeup", context -> HttpFront.answer(context, closeUp(context)));
        config.routes.get("/runs/details", context -> HttpFront.answer(context, runs.details(name(context)).orElseThrow(
                () -> noSuchRun(context))));
        config.routes.get("/runs/evaluation", context -> {
            if (!runs.has(name(context))) {
                throw noSuchRun(context);
            }
            Optional<RunsWatcher.Measured> measured = runs.evaluation(name(context));
            HttpFront.answer(context, new Evaluation(measured.map(RunsWatcher.Measured::step), measured.map(
                    RunsWatcher.Measured::results)));
        });
    }

    private static String name(Context context) {
        return Optional.ofNullable(context.queryParam("run")).orElseThrow(() -> ApiException.invalid("run",
                "'run' must be the name of a run."));
    }

    private CloseUp closeUp(Context context) throws IOException, InterruptedException {
        String name = name(context);
        int from = step(context, "from");
        int to = step(context, "to");
        closeUps.acquire();
        try {
            return runs.closeUp(name, from, to).orElseThrow(() -> noSuchRun(context));
        } finally {
            closeUps.release();
        }
    }

    private static int step(Context context, String field) {
        String text = Optional.ofNullable(context.queryParam(field)).orElse("");
        if (!text.matches("\\d{1,9}")) {
            throw ApiException.invalid(field, "'" + field + "' must be a step, a whole number.");
        }
        return Integer.parseInt(text);
    }

    private static String known(Context context) {
        return Optional.ofNullable(context.queryParam("known")).orElse("");
    }

    private static ApiException noSuchRun(Context context) {
        return ApiException.refused(404, "no_such_run", "There is no run '" + name(context) + "' here.");
    }

    private void listen(Context context) throws IOException, InterruptedException {
        if (!places.tryAcquire()) {
            throw ApiException.busy(COME_BACK_SECONDS);
        }
        try {
            EventStream out = new EventStream(context.res());
            long known = 0;
            while (!runs.isClosed()) {
                Optional<Changes> changes = runs.changes(known, SIGN_OF_LIFE);
                if (changes.isEmpty()) {
                    out.comment();
                    continue;
                }
                known = changes.get().version();
                out.send(changes.get());
                Thread.sleep(PAUSE);
            }
        } finally {
            places.release();
        }
    }
}
