package nanochat.serve;

import java.util.List;
import java.util.function.Consumer;
import nanochat.io.BadInputException;
import nanochat.io.BaseDirectory;
import nanochat.runs.RunsWatcher;

/// The runs in the base directory as a page that shows them while they train. It needs no model and changes nothing.
public final class DashboardServer implements AutoCloseable {
    private final RunsWatcher runs;
    private final HttpFront http;

    private DashboardServer(BaseDirectory base, ServerOptions options, Consumer<Throwable> errors) {
        runs = new RunsWatcher(base);
        http = new HttpFront(options, List.of(WebPage.RUNS), errors, config -> {
            config.routes.get("/", context -> context.redirect(WebPage.RUNS.address()));
            new RunsEndpoints(runs).addTo(config);
        });
    }

    /// Shows runs until the server is closed.
    ///
    /// @param errors told of errors of the program; clients learn only that there was one
    /// @throws BadInputException when the address cannot be listened at
    public static DashboardServer start(BaseDirectory base, ServerOptions options, Consumer<Throwable> errors) {
        DashboardServer server = new DashboardServer(base, options, errors);
        try {
            server.http.start();
            return server;
        } catch (RuntimeException failure) {
            server.runs.close();
            throw failure;
        }
    }

    /// Where browsers find it.
    public String address() {
        return http.address() + WebPage.RUNS.address();
    }

    @Override
    public void close() {
        runs.close();
        http.stop();
    }
}
