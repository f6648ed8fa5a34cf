package nanochat.serve;

import io.javalin.config.JavalinConfig;
import java.util.List;
import java.util.function.Consumer;
import nanochat.explain.Lab;
import nanochat.explain.Subjects;
import nanochat.io.BadInputException;
import nanochat.io.BaseDirectory;
import nanochat.runs.RunsWatcher;

/// One page on a server of its own, with what answers it.
public final class PageServer implements AutoCloseable {
    private final WebPage page;
    private final Runnable closing;
    private final HttpFront http;

    private PageServer(WebPage page, Consumer<JavalinConfig> endpoints, Runnable closing, ServerOptions options,
            Consumer<Throwable> errors) {
        this.page = page;
        this.closing = closing;
        http = new HttpFront(options, List.of(page), errors, config -> {
            config.routes.get("/", context -> context.redirect(page.address()));
            endpoints.accept(config);
        });
    }

    /// The runs in the base directory, shown while they train, until the server is closed. It needs no model and changes nothing.
    ///
    /// @param errors told of errors of the program; clients learn only that there was one
    /// @throws BadInputException when the address cannot be listened at
    public static PageServer ofRuns(BaseDirectory base, ServerOptions options, Consumer<Throwable> errors) {
        RunsWatcher runs = new RunsWatcher(base);
        return new PageServer(WebPage.RUNS, config -> new RunsEndpoints(runs).addTo(config), runs::close, options, errors).started();
    }

    /// Explanations on which a reader changes what they are shown on, until the server is closed.
    ///
    /// @param errors told of errors of the program; clients learn only that there was one
    /// @throws BadInputException when the address cannot be listened at
    public static PageServer ofExplanations(Subjects subjects, ServerOptions options, Consumer<Throwable> errors) {
        Lab lab = new Lab(subjects, errors);
        return new PageServer(WebPage.EXPLAIN, config -> new ExplainEndpoints(lab).addTo(config), lab::close, options, errors).started();
    }

    private PageServer started() {
        try {
            http.start();
            return this;
        } catch (RuntimeException failure) {
            closing.run();
            throw failure;
        }
    }

    /// Where browsers find it.
    public String address() {
        return http.address() + page.address();
    }

    @Override
    public void close() {
        closing.run();
        http.stop();
    }
}
