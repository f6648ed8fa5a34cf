package nanochat.serve;

import java.util.List;
import java.util.function.Consumer;
import nanochat.explain.Lab;
import nanochat.explain.Subjects;
import nanochat.io.BadInputException;

/// Explanations as pages on which a reader changes what they are shown on.
public final class LabServer implements AutoCloseable {
    private final Lab lab;
    private final HttpFront http;

    private LabServer(Subjects subjects, ServerOptions options, Consumer<Throwable> errors) {
        lab = new Lab(subjects, errors);
        http = new HttpFront(options, List.of(WebPage.EXPLAIN), errors, config -> {
            config.routes.get("/", context -> context.redirect(WebPage.EXPLAIN.address()));
            new ExplainEndpoints(lab).addTo(config);
        });
    }

    /// Explains until the server is closed.
    ///
    /// @param errors told of errors of the program; clients learn only that there was one
    /// @throws BadInputException when the address cannot be listened at
    public static LabServer start(Subjects subjects, ServerOptions options, Consumer<Throwable> errors) {
        LabServer server = new LabServer(subjects, options, errors);
        try {
            server.http.start();
            return server;
        } catch (RuntimeException failure) {
            server.lab.close();
            throw failure;
        }
    }

    /// Where browsers find it.
    public String address() {
        return http.address() + WebPage.EXPLAIN.address();
    }

    @Override
    public void close() {
        lab.close();
        http.stop();
    }
}
